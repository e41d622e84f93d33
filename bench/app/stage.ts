/** The built app behind a server of its own, in a headless Chromium, with clocks in the page: what the benches stand on. */
import { type Browser, chromium, type Page } from '@playwright/test'
import { preview } from 'vite'
import { browserArguments, chromiumPath } from '../../e2e/browser/chromium.ts'

export interface Stage {
  /** Opens the app in a page of its own, shows a text in it as if its file had been dropped, does the work and closes the page. */
  readonly withPage: <T>(text: string, work: (page: Page) => Promise<T>) => Promise<T>
}

/** Serves dist/app (or the directory in PACKETWALK_APP, to measure another build) and starts the browser. */
export async function withStage(work: (stage: Stage) => Promise<void>): Promise<void> {
  const server = await preview({
    configFile: false,
    base: './',
    logLevel: 'error',
    build: { outDir: process.env.PACKETWALK_APP ?? 'dist/app' },
    preview: { port: 0 },
  })
  const address = server.httpServer.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const browser = await chromium.launch({ executablePath: await chromiumPath(), args: browserArguments })
  try {
    await work({ withPage: (text, inPage) => withPage({ browser, url: `http://localhost:${port}/` }, text, inPage) })
  } finally {
    await browser.close()
    await server.close()
  }
}

async function withPage<T>(
  { browser, url }: { readonly browser: Browser; readonly url: string },
  text: string,
  work: (page: Page) => Promise<T>,
): Promise<T> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  try {
    await page.addInitScript(clocks)
    await page.goto(url)
    await page.getByRole('log').getByRole('button').first().waitFor({ timeout: 30_000 })
    await page.locator('.monaco-editor .view-lines').first().waitFor({ timeout: 30_000 })
    await page.waitForTimeout(1_500)
    await forget(page)
    if (text !== '') await drop(page, text)
    return await work(page)
  } finally {
    await page.close()
  }
}

declare global {
  interface Window {
    clock: Clocks
  }
}

/** What happened in the page, by its own clock, ms. */
export interface Clocks {
  /** When each animation frame began, since `frames` was last emptied. */
  frames: number[]
  /** Trace events that the page has taken. */
  events: number
  /** Messages between page and engine, as the page sends and reads them: 'ask open', 'answer scenario' …; 'shown': a walk is on screen. */
  messages: { readonly what: string; readonly at: number }[]
}

/** Runs in the page before the app does. */
function clocks(): void {
  localStorage.setItem('packetwalk.tour', 'seen')
  const clock: Clocks = { frames: [], events: 0, messages: [] }
  Object.assign(window, { clock })
  const frame = (now: number): void => {
    clock.frames.push(now)
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
  const Real = window.Worker
  window.Worker = class extends Real {
    constructor(...asked: ConstructorParameters<typeof Worker>) {
      super(...asked)
      if (asked[1]?.name !== 'engine') return
      this.addEventListener('message', ({ data }) => {
        clock.messages.push({ what: `answer ${data.type}`, at: performance.now() })
        clock.events += data.type === 'page' ? (data.records ?? data.packed.timesMs).length : 0
        if (data.type !== 'walked') return
        // Behind the next frame's own work: what it has drawn is on screen.
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel()
          port1.onmessage = () => clock.messages.push({ what: 'shown', at: performance.now() })
          port2.postMessage(null)
        })
      })
      const post = this.postMessage.bind(this)
      this.postMessage = (message: { readonly type: string }, ...rest: unknown[]) => {
        clock.messages.push({ what: `ask ${message.type}`, at: performance.now() })
        post(message, ...(rest as []))
      }
    }
  }
}

/** Drops a file on the page. */
export async function drop(page: Page, text: string): Promise<void> {
  await page.evaluate((content) => {
    const data = new DataTransfer()
    data.items.add(new File([content], 'bench.yaml'))
    document.dispatchEvent(new DragEvent('drop', { dataTransfer: data, cancelable: true }))
  }, text)
}

/** Waits until the walk that the page asks for is on screen, whole. */
export async function walkShown(page: Page): Promise<void> {
  await page.waitForFunction(() => window.clock.messages.some(({ what }) => what === 'shown'), undefined, { timeout: 120_000, polling: 50 })
}

/** Empties the clocks. */
export function forget(page: Page): Promise<void> {
  return page.evaluate(() => {
    const { clock } = window
    clock.frames.length = 0
    clock.events = 0
    clock.messages.length = 0
  })
}

/** Reads the clocks. */
export function read(page: Page): Promise<Clocks> {
  return page.evaluate(() => structuredClone(window.clock))
}

/** From one frame to the next, ms, longest first. */
export function gaps(frames: readonly number[]): number[] {
  return frames
    .slice(1)
    .map((at, index) => at - (frames[index] ?? at))
    .sort((a, b) => b - a)
}

/** Frames a second over a stretch of them. */
export function rate(frames: readonly number[]): number {
  const [first, last] = [frames[0] ?? 0, frames.at(-1) ?? 0]
  return ((frames.length - 1) * 1000) / (last - first)
}
