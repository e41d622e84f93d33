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
  {
    name: 'kernel',
    text: null,
    act: async (page) => {
      await press(page, 'n', '3', 'Alt+ArrowLeft')
      await expect(page.getByRole('list', { name: 'Chains in the order they were entered' })).toBeVisible()
    },
  },
  { name: 'internet-to-nodeport', text: gallery('internet-to-nodeport'), act: (page) => press(page, 'n', 'n') },
  { name: 'tunnel-vxlan', text: gallery('flannel-vxlan'), act: toTheWire },
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
    name: 'terminal',
    text: null,
    act: async (page) => {
      await press(page, 'n')
      await page.getByTestId('node/worker-1').click({ position: { x: 24, y: 18 } })
      await page.keyboard.press('t')
      await expect(page.getByRole('tabpanel').getByRole('textbox')).toBeFocused()
      for (const line of ['ip route', 'conntrack -L', 'iptables-save -t nat | grep webapp-sql1']) {
        await page.keyboard.type(line)
        await page.keyboard.press('Enter')
        await page.waitForTimeout(900)
      }
    },
  },
  {
    name: 'compare',
    text: gallery('pod-to-service'),
    act: async (page) => {
      await press(page, 'n', 'v')
      await expect(page.getByRole('region', { name: 'Compare' }).getByRole('status')).not.toBeEmpty({ timeout: 30_000 })
    },
  },
  { name: 'phone', text: null, size: { width: 390, height: 844 }, act: (page) => press(page, 'n') },
]

/** To the moment in which the packet is on the LAN inside another one. */
async function toTheWire(page: Page): Promise<void> {
  await press(page, 'Home')
  const step = page.getByRole('log').locator('[aria-current="step"]')
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('ArrowRight')
    if (/into a UDP packet/.test(await step.innerText())) break
  }
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
}

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
