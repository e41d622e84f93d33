/** 500 pods on screen, and a broadcast on its way to 250 of them: as many frames as when nothing moves. */
import type { Page } from '@playwright/test'
import type { Row } from '../measure.ts'
import { forget, gaps, rate, read, type Stage, walkShown } from './stage.ts'
import { podsText, walkText } from './texts.ts'

const PODS = 250
const LEAST_PACKETS = 200
const REST_MS = 3_000
const FLIGHT_MS = 8_000

const TEXT = [
  podsText(2, PODS),
  'apiVersion: v1\nkind: Pod\nmetadata: {name: target}\nspec: {nodeName: worker-1, containers: [{name: web, image: web, ports: [{containerPort: 80}]}]}',
  walkText('deploy/d1-0', 'tcp://pod/target:80'),
].join('\n---\n')

export function benchFlight(stage: Stage): Promise<Row[]> {
  return stage.withPage(TEXT, async (page) => {
    await walkShown(page)
    await page.getByRole('heading', { name: 'Walk', exact: true }).click()
    await page.keyboard.press('Home')
    const pods = await page.locator('[data-testid^="pod/"]').count()
    await toFlood(page)
    await page.waitForTimeout(1_000)
    await forget(page)
    await page.waitForTimeout(REST_MS)
    const rest = (await read(page)).frames
    await loopHere(page)
    await page.getByLabel('Speed').selectOption('0.25')
    await page.keyboard.press('Escape')
    await page.getByRole('heading', { name: 'Walk', exact: true }).click()
    await page.keyboard.press('Space')
    await page.waitForTimeout(1_000)
    const packets = await drawnAtOnce(page)
    await forget(page)
    await page.waitForTimeout(FLIGHT_MS)
    const flight = (await read(page)).frames
    const share = rate(flight) / rate(rest)
    return [
      {
        what: `${pods} pods on screen, ${packets} packets in flight`,
        ours: `${rate(flight).toFixed(1)} frames/s (longest ${gaps(flight)[0]?.toFixed(0)} ms)`,
        peer: `at rest ${rate(rest).toFixed(1)} frames/s: ${share.toFixed(2)} ×`,
        bar: '≥ 0.9 × the same canvas at rest',
        holds: share >= 0.9 && packets >= LEAST_PACKETS && pods >= 2 * PODS,
      },
    ]
  })
}

/** Steps to the moment in which the bridge sends one frame to all its ports. */
async function toFlood(page: Page): Promise<void> {
  const step = page.getByRole('log').locator('[aria-current="step"]')
  for (let presses = 0; presses < 30; presses++) {
    await page.keyboard.press('ArrowRight')
    if (/sends the broadcast to all/.test(await step.innerText())) return
  }
  throw new Error('Nothing is flooded in this walk.')
}

/** Goes round from the moment before to this one, by the mouse on the timeline. */
async function loopHere(page: Page): Promise<void> {
  const flag = page.getByRole('slider', { name: 'Moment' })
  const here = await flag.boundingBox()
  await page.keyboard.press('ArrowLeft')
  const before = await flag.boundingBox()
  if (!here || !before) throw new Error('The timeline shows no moment.')
  const y = here.y + 30
  await page.keyboard.down('Shift')
  await page.mouse.move(before.x + before.width / 2, y)
  await page.mouse.down()
  await page.mouse.move(here.x + here.width / 2, y)
  await page.mouse.up()
  await page.keyboard.up('Shift')
}

/** How many packets one frame draws: each is stamped from a picture of its kind. */
function drawnAtOnce(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const drawing = CanvasRenderingContext2D.prototype
        const stamp = drawing.drawImage
        let stamps = 0
        let frames = 0
        drawing.drawImage = function (this: CanvasRenderingContext2D, ...asked: unknown[]) {
          stamps += 1
          Reflect.apply(stamp, this, asked)
        }
        const frame = (): void => {
          frames += 1
          if (frames < 20) requestAnimationFrame(frame)
          else {
            drawing.drawImage = stamp
            resolve(Math.round(stamps / frames))
          }
        }
        requestAnimationFrame(frame)
      }),
  )
}
