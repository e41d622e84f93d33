/** The pictures of docs/screens, taken from the built app: `npm run screens`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, type Page, test } from '@playwright/test'
import { encodeShare } from '../../src/protocol/share.ts'
import { smaller } from './png.ts'

interface Screen {
  readonly name: string
  /** The text to show; null: what a first visit shows. */
  readonly text: string | null
  readonly act: (page: Page) => Promise<void>
  readonly size?: { readonly width: number; readonly height: number }
}

const gallery = (file: string): string => readFileSync(`src/scenarios/${file}.yaml`, 'utf8')

/** The scenario with a Script above its first Walk. */
function withFault(text: string, on: string, run: string): string {
  const at = text.lastIndexOf('---\n', text.indexOf('kind: Walk')) + 4
  const script = `apiVersion: packetwalk.dev/v1alpha1\nkind: Script\nmetadata: {name: fault}\nspec: {on: ${on}, run: "${run}"}\n---\n`
  return text.slice(0, at) + script + text.slice(at)
}

/** A cluster that nobody wants to see pod by pod. */
const LARGE = [
  'apiVersion: packetwalk.dev/v1alpha1\nkind: Cluster\nspec: {nodes: 14}',
  ...['shop', 'cart', 'search', 'payments', 'images', 'mail'].flatMap((name, index) => [
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}}\nspec:\n  replicas: ${12 + 4 * index}\n  selector: {matchLabels: {app: ${name}}}\n  template:\n    metadata: {labels: {app: ${name}}}\n    spec: {containers: [{name: ${name}, image: ${name}, ports: [{containerPort: 8080}]}]}`,
    `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {selector: {app: ${name}}, ports: [{port: 80, targetPort: 8080}]}`,
  ]),
  'apiVersion: packetwalk.dev/v1alpha1\nkind: Walk\nmetadata: {name: shop-to-payments}\nspec: {from: deploy/shop, to: "http://payments/"}',
].join('\n---\n')

/** Waits until the walk on screen is complete, then presses keys. */
async function press(page: Page, ...keys: string[]): Promise<void> {
  await page.getByTestId('transport').waitFor()
  await expect(page.locator('.monaco-editor .view-lines').first()).toBeAttached({ timeout: 20_000 })
  await page.waitForTimeout(1_500)
  for (const key of keys) {
    await page.keyboard.press(key)
    await page.waitForTimeout(300)
  }
}

const SCREENS: readonly Screen[] = [
  { name: 'first-visit', text: null, act: (page) => press(page, 'n') },
  { name: 'reply', text: null, act: (page) => press(page, 'n', 'n', 'n') },
  { name: 'internet-to-nodeport', text: gallery('internet-to-nodeport'), act: (page) => press(page, 'n', 'n') },
  {
    name: 'tunnel',
    text: gallery('flannel-vxlan'),
    act: async (page) => {
      await press(page, 'Home')
      const step = page.getByRole('log').locator('[aria-current="step"]')
      for (let presses = 0; presses < 60; presses++) {
        await page.keyboard.press('ArrowRight')
        if (/into a UDP packet/.test(await step.innerText())) break
      }
    },
  },
  {
    name: 'failed',
    text: withFault(gallery('web-and-mysql'), 'node/worker-1', 'ip route del 10.244.2.0/24'),
    act: (page) => press(page, 'End'),
  },
  { name: 'overview', text: LARGE, act: (page) => press(page, 'n', '1') },
  {
    name: 'reach',
    text: gallery('service-source-ranges'),
    act: async (page) => {
      await press(page, 'r')
      await expect(page.getByRole('dialog').locator('[aria-busy="false"]')).toBeVisible({ timeout: 30_000 })
    },
  },
  {
    name: 'rule-explained',
    text: null,
    act: async (page) => {
      await press(page, 'n')
      await page
        .getByTestId('node/worker-2')
        .first()
        .click({ position: { x: 24, y: 18 } })
      await page.getByText('iptables-save -c').click()
      await page
        .getByRole('button', { name: /-j DNAT .*:3306$/ })
        .first()
        .click()
      await page.getByRole('button', { name: /^endpoint / }).scrollIntoViewIfNeeded()
    },
  },
  { name: 'phone', text: null, size: { width: 390, height: 844 }, act: (page) => press(page, 'n') },
  {
    name: 'commands',
    text: null,
    act: async (page) => {
      await press(page, 'Control+k')
      await page.keyboard.type('next')
    },
  },
]

for (const theme of ['light', 'dark'] as const) {
  for (const { name, text, act, size } of SCREENS) {
    test(`${name}, ${theme}`, async ({ page }) => {
      test.setTimeout(120_000)
      await page.emulateMedia({ colorScheme: theme })
      if (size) await page.setViewportSize(size)
      const link = text === null ? null : encodeShare({ yaml: text })
      await page.goto(link?.ok ? `./${link.fragment}` : './')
      await act(page)
      await page.mouse.move(0, 0)
      await page.waitForTimeout(400)
      writeFileSync(`docs/screens/${name}-${theme}.png`, smaller(await page.screenshot()))
    })
  }
}
