/** A walk of 100,000 events from the engine's worker to the page, where it is played. */
import type { Row } from '../measure.ts'
import { drop, forget, gaps, read, type Stage, walkShown } from './stage.ts'
import { countingText, podsText, walkText } from './texts.ts'

const RULES = 200
const TIMES = 500
const MOST_MS = 50

const TEXT = [
  podsText(2, 3),
  'apiVersion: v1\nkind: Pod\nmetadata: {name: target}\nspec: {nodeName: worker-2, containers: [{name: web, image: web, ports: [{containerPort: 80}]}]}',
  countingText(RULES, TIMES),
  walkText('deploy/d1-0', 'tcp://pod/target:80'),
].join('\n---\n')

export function benchTransfer(stage: Stage): Promise<Row[]> {
  return stage.withPage('', async (page) => {
    await page.waitForTimeout(1_000)
    await forget(page)
    await drop(page, TEXT)
    await walkShown(page)
    // The same once more: the first time everything is new to both sides.
    await page.getByRole('heading', { name: 'Walk', exact: true }).click()
    await page.waitForTimeout(2_000)
    await forget(page)
    await page.keyboard.press('w')
    await walkShown(page)
    await page.waitForTimeout(500)
    const { frames, messages, events } = await read(page)
    const at = (what: string): number => messages.find((message) => message.what === what)?.at ?? Number.NaN
    const ms = at('answer walked') - at('answer page')
    const around = frames.filter((frame) => frame > at('ask walk') - 50)
    const [gap = Number.NaN] = gaps(around)
    return [
      {
        what: `${events} trace events from worker to page`,
        ours: `${ms.toFixed(0)} ms from the first page read to the last, longest frame ${gap.toFixed(0)} ms`,
        peer: `on screen ${(at('shown') - at('answer page')).toFixed(0)} ms after the first page`,
        bar: `≤ ${MOST_MS} ms, no frame over ${MOST_MS} ms`,
        holds: ms <= MOST_MS && gap <= MOST_MS,
      },
    ]
  })
}
