/** The pictures of docs/screens, taken from the built app: `npm run screens`. */
import { readFileSync } from 'node:fs'
import { type Page, test } from '@playwright/test'
import { encodeShare } from '../../src/protocol/share.ts'

interface Screen {
  readonly name: string
  /** A file of src/scenarios, or a whole text; null: what a first visit shows. */
  readonly scenario: string | null
  readonly act: (page: Page) => Promise<void>
}

const FAULT = `apiVersion: packetwalk.dev/v1alpha1
kind: Script
metadata: {name: fault}
spec: {on: node/worker-1, run: "iptables -I FORWARD -d 10.244.2.0/24 -j REJECT"}
---
`

async function press(page: Page, ...keys: string[]): Promise<void> {
  await page.getByTestId('transport').waitFor()
  await page.waitForTimeout(2500)
  for (const key of keys) {
    await page.keyboard.press(key)
    await page.waitForTimeout(400)
  }
}

const gallery = (file: string): string => readFileSync(`src/scenarios/${file}.yaml`, 'utf8')

const SCREENS: readonly Screen[] = [
  { name: 'first-visit', scenario: null, act: (page) => press(page, 'n') },
  { name: 'reply', scenario: null, act: (page) => press(page, 'n', 'n', 'n', 'n') },
  { name: 'delivered', scenario: null, act: (page) => press(page, 'End') },
  { name: 'internet-to-nodeport', scenario: gallery('internet-to-nodeport'), act: (page) => press(page, 'n', 'n') },
  { name: 'rejected', scenario: FAULT + gallery('pod-to-pod-across-nodes'), act: (page) => press(page, 'd') },
  { name: 'same-node', scenario: gallery('pod-to-pod-same-node'), act: (page) => press(page, 'Shift+ArrowRight', 'Shift+ArrowRight') },
  { name: 'overview', scenario: gallery('web-and-mysql'), act: (page) => press(page, '1') },
  { name: 'help', scenario: null, act: (page) => press(page, '?') },
  { name: 'commands', scenario: null, act: (page) => press(page, 'Control+k') },
]

for (const theme of ['light', 'dark'] as const) {
  for (const { name, scenario, act } of SCREENS) {
    test(`${name}, ${theme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: theme })
      const link = scenario === null ? null : encodeShare({ yaml: scenario })
      await page.goto(link?.ok ? `./${link.fragment}` : './')
      await act(page)
      await page.mouse.move(0, 0)
      await page.screenshot({ path: `docs/screens/${name}-${theme}.png` })
    })
  }
}
