/** A walk of 20,000 events: whichever moment is chosen on the timeline is on screen at once. */
import type { Page } from '@playwright/test'
import type { Row } from '../measure.ts'
import { read, type Stage, walkShown } from './stage.ts'
import { countingText, podsText, walkText } from './texts.ts'

const RULES = 1_960
const CHOICES = 60
const MOST_MS = 50

const TEXT = [
  podsText(2, 10),
  'apiVersion: v1\nkind: Pod\nmetadata: {name: target}\nspec: {nodeName: worker-2, containers: [{name: web, image: web, ports: [{containerPort: 80}]}]}',
  countingText(RULES),
  walkText('deploy/d1-0', 'tcp://pod/target:80'),
].join('\n---\n')

export function benchScrub(stage: Stage): Promise<Row[]> {
  return stage.withPage(TEXT, async (page) => {
    await walkShown(page)
    await page.getByRole('heading', { name: 'Walk', exact: true }).click()
    await page.keyboard.press('End')
    await page.waitForTimeout(2_000)
    const { events } = await read(page)
    await watchMoments(page)
    const clicked = await scrub(page, true)
    const dragged = await scrub(page, false)
    const row = (what: string, times: readonly number[]): Row => {
      const sorted = [...times].sort((a, b) => a - b)
      const longest = sorted.at(-1) ?? Number.NaN
      return {
        what: `${events} events, ${times.length} moments ${what}`,
        ours: `longest ${longest.toFixed(0)} ms, median ${sorted[times.length >> 1]?.toFixed(0)} ms`,
        peer: 'from the hand to the frame that shows it',
        bar: `≤ ${MOST_MS} ms each`,
        holds: longest <= MOST_MS && times.length > CHOICES / 2,
      }
    }
    return [row('clicked on the timeline', clicked), row('dragged to', dragged)]
  })
}

/** From what the hand does (the button pressed, the pointer moved with it, the button let go over a chapter) to the frame that shows another moment, ms each. */
function watchMoments(page: Page): Promise<void> {
  return page.evaluate(() => {
    const clock: ScrubClock = { times: [], since: null }
    Object.assign(window, { scrub: clock })
    const begin = (event: Event): void => {
      if (event instanceof PointerEvent && (event.type === 'pointerdown' || event.buttons !== 0)) clock.since ??= event.timeStamp
    }
    for (const name of ['pointerdown', 'pointermove'] as const) document.addEventListener(name, begin, true)
    // A chapter is chosen by letting the button go.
    document.querySelector('[data-testid=chapters]')?.addEventListener(
      'click',
      ({ timeStamp }) => {
        clock.since = timeStamp
      },
      true,
    )
    const slider = document.querySelector('[role=slider][aria-label=Moment]')
    if (!slider) throw new Error('There is no timeline.')
    new MutationObserver(() => {
      const from = clock.since
      clock.since = null
      if (from === null) return
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => clock.times.push(performance.now() - from)
        port2.postMessage(null)
      })
    }).observe(slider, { attributes: true, attributeFilter: ['aria-valuenow'] })
  })
}

interface ScrubClock {
  readonly times: number[]
  /** When the hand chose a moment that is not shown yet. */
  since: number | null
}

declare global {
  interface Window {
    scrub: ScrubClock
  }
}

/** Three seconds after a choice nothing more comes: it was the moment that was shown already. Shorter, and what hangs would count for nothing. */
async function settle(page: Page): Promise<void> {
  await page.waitForTimeout(120)
  await page.waitForFunction(() => window.scrub.since === null, undefined, { timeout: 3_000 }).catch(() => null)
  await page.evaluate(() => {
    window.scrub.since = null
  })
}

/** Goes to many moments, near and far, by clicks or in one drag. */
async function scrub(page: Page, clicks: boolean): Promise<number[]> {
  const box = await page.getByTestId('timeline').boundingBox()
  const strip = await page.getByTestId('chapters').boundingBox()
  if (!box || !strip) throw new Error('There is no timeline.')
  await page.evaluate(() => {
    window.scrub.times.length = 0
  })
  const y = box.y + box.height / 2
  await page.mouse.move(box.x + box.width / 2, y)
  if (!clicks) await page.mouse.down()
  for (let choice = 0; choice < CHOICES; choice++) {
    // Every third one is on another page of the timeline.
    if (clicks && choice % 3 === 2) await page.mouse.click(strip.x + strip.width * ((choice * 0.37) % 1), strip.y + strip.height / 2)
    else {
      await page.mouse.move(box.x + 130 + (box.width - 150) * ((choice * 0.618) % 1), y)
      if (clicks) {
        await page.mouse.down()
        await page.mouse.up()
      }
    }
    await settle(page)
  }
  if (!clicks) await page.mouse.up()
  return page.evaluate(() => [...window.scrub.times])
}
