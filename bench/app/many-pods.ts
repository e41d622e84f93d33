/** 2,000 pods: opened, looked at on both levels and moved about, no frame takes long. */
import type { Page } from '@playwright/test'
import type { Row } from '../measure.ts'
import { drop, forget, gaps, read, type Stage, walkShown } from './stage.ts'
import { podsText, walkText } from './texts.ts'

const NODES = 40
const PODS = 50
const MOST_MS = 100

const TEXT = [
  podsText(NODES, PODS),
  'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: d7-1}, ports: [{port: 80}]}',
  walkText('deploy/d1-0', 'tcp://svc/web:80'),
].join('\n---\n')

export function benchManyPods(stage: Stage): Promise<Row[]> {
  return stage.withPage('', async (page) => {
    const rows: Row[] = []
    const measure = async (what: string, work: () => Promise<void>): Promise<void> => {
      await page.waitForTimeout(1_000)
      await forget(page)
      await work()
      const [longest = 0, second = 0] = gaps((await read(page)).frames)
      rows.push({
        what: `${NODES * PODS} pods: ${what}`,
        ours: `longest frame ${longest.toFixed(0)} ms, second ${second.toFixed(0)} ms`,
        peer: '',
        bar: `≤ ${MOST_MS} ms`,
        holds: longest <= MOST_MS,
      })
    }
    await measure('open', async () => {
      await drop(page, TEXT)
      await walkShown(page)
      await page.waitForTimeout(1_500)
    })
    await measure('pan the overview', () => pan(page))
    await measure('from the overview to the network', async () => {
      await page.getByRole('heading', { name: 'Walk', exact: true }).click()
      await page.keyboard.press('2')
      await page.waitForTimeout(1_500)
    })
    await measure('pan the network', () => pan(page))
    await measure('the whole network, and pan it', async () => {
      await page.keyboard.press('0')
      await page.waitForTimeout(1_000)
      await pan(page)
    })
    return rows
  })
}

/** Moves the picture as a hand on a touchpad does, and back. */
async function pan(page: Page): Promise<void> {
  const box = await page.getByTestId('canvas').boundingBox()
  if (!box) throw new Error('There is no picture.')
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  for (const direction of [1, -1])
    for (let step = 0; step < 40; step++) {
      await page.mouse.wheel(direction * 25, direction * 40)
      await page.waitForTimeout(16)
    }
}
