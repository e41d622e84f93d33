/** An edit in each scenario of the gallery: how long until the new trace is on screen, without the wait for the next key. */
import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { GALLERY } from '../../src/scenarios/gallery.ts'
import type { Row } from '../measure.ts'
import { drop, forget, read, type Stage, walkShown } from './stage.ts'

const EDITS = 3
const MOST_MS = 100
const POD = (n: number): string =>
  `\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: added-${n}}\nspec: {containers: [{name: web, image: web, ports: [{containerPort: 80}]}]}\n`

export function benchEdit(stage: Stage): Promise<Row[]> {
  return stage.withPage('', async (page) => {
    const times: { readonly file: string; readonly ms: number }[] = []
    for (const { file } of GALLERY) {
      await forget(page)
      await drop(page, readFileSync(`src/scenarios/${file}.yaml`, 'utf8'))
      await walkShown(page).catch(() => Promise.reject(new Error(`${file} shows no walk.`)))
      await page.waitForTimeout(600)
      const edits: number[] = []
      for (let edit = 0; edit < EDITS; edit++) edits.push(await editMs(page, edit))
      times.push({ file, ms: edits.sort((a, b) => a - b)[EDITS >> 1] ?? Number.NaN })
    }
    times.sort((a, b) => b.ms - a.ms)
    const worst = times[0]?.ms ?? Number.NaN
    return [
      {
        what: `${times.length} gallery scenarios: from an edit to its trace on screen, median of ${EDITS} each`,
        ours: `longest ${worst.toFixed(0)} ms (${times
          .slice(0, 3)
          .map(({ file, ms }) => `${file} ${ms.toFixed(0)}`)
          .join(', ')}), median ${times[times.length >> 1]?.ms.toFixed(0)} ms`,
        peer: '',
        bar: `< ${MOST_MS} ms`,
        holds: worst < MOST_MS,
      },
    ]
  })
}

/** Adds a pod at the end of the text, as typed. From the moment the engine is asked until the frame that shows the new walk. */
async function editMs(page: Page, n: number): Promise<number> {
  // Not in the middle of the lines: they may be longer than the pane is wide, and what lies there is what moves its edge.
  await page
    .locator('.monaco-editor')
    .first()
    .click({ position: { x: 120, y: 200 } })
  await page.keyboard.press('ControlOrMeta+End')
  await forget(page)
  await page.keyboard.insertText(POD(n))
  await walkShown(page).catch(() => Promise.reject(new Error('An edit brought no walk.')))
  const { messages } = await read(page)
  const asked = messages.find(({ what }) => what === 'ask open')?.at ?? Number.NaN
  const shown = messages.find(({ what }) => what === 'shown')?.at ?? Number.NaN
  return shown - asked
}
