/** Which Chromium the tests use: one that is there already, else the one that @sparticuz/chromium carries (linux-x64). */
import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from '@playwright/test'

/** No sandbox, since tests run as root in containers; nothing in the background; no GPU. */
export const browserArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const KNOWN_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** The first Chromium found; an error that lists all places when there is none. */
export async function chromiumPath(): Promise<string> {
  const asked = process.env.CHROME_PATH
  if (asked !== undefined && asked !== '') {
    if (!existsSync(asked)) throw new Error(`CHROME_PATH is ${asked}, but there is nothing.`)
    return asked
  }
  const places = [chromium.executablePath(), ...KNOWN_PLACES]
  const found = places.find((place) => existsSync(place))
  return found ?? (await carried(places))
}

/** Unpacks the browser of @sparticuz/chromium into a directory of its version: it reuses whatever it finds in TMPDIR. */
async function carried(places: readonly string[]): Promise<string> {
  const before = process.env.TMPDIR
  try {
    const directory = join(tmpdir(), 'packetwalk-chromium-143.0.4')
    mkdirSync(directory, { recursive: true })
    process.env.TMPDIR = directory
    const { default: sparticuz } = await import('@sparticuz/chromium')
    return await sparticuz.executablePath()
  } catch (error) {
    throw new Error(
      `No Chromium found. Looked at: ${places.join(', ')}; and in @sparticuz/chromium (${error}). ` +
        'Install one (sudo apt-get install chromium, or npx playwright install chromium), or set CHROME_PATH.',
    )
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
}
