/** Terminals: commands at the moment on screen, what they change, and tcpdump while the walk plays. */
import { expect, type Locator, type Page, test } from '@playwright/test'
import { CLIENT_AND_WEB, clientWalk } from '../../src/engine/kubernetes/client-and-web.fixture.ts'
import { dropFile, editorReady, keptText, openApp } from './app-page.ts'
import { axeFinds } from './axe.ts'

const TEXT = CLIENT_AND_WEB + clientWalk('client-to-web', 'tcp://pod/web:80')

async function open(page: Page): Promise<void> {
  await openApp(page)
  await dropFile(page, 'web.yaml', TEXT)
  await editorReady(page)
  await expect(page.getByRole('combobox', { name: 'From', exact: true })).toHaveValue('pod/client')
  await page.getByRole('heading', { name: 'Walk', exact: true }).click()
  await page.keyboard.press('End')
}

/** What the terminal on screen shows. */
const screenOf = (page: Page): Locator => page.getByRole('tabpanel').locator('.xterm-rows')

const input = (page: Page): Locator => page.getByRole('tabpanel').getByRole('textbox')

async function openByKey(page: Page): Promise<void> {
  await page.keyboard.press('t')
  await expect(input(page)).toBeFocused()
}

async function enter(page: Page, line: string): Promise<void> {
  await page.keyboard.type(line)
  await page.keyboard.press('Enter')
}

async function toTheEnd(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Walk', exact: true }).click()
  await page.keyboard.press('End')
}

const verdict = (page: Page): Locator => page.getByRole('region', { name: 'Verdict' })

test('T opens a terminal where the packet is; commands print what the tools print; Tab completes, Up recalls', async ({ page }) => {
  await open(page)
  await page.getByTestId('node/worker-1').click({ position: { x: 24, y: 18 } })
  await page.keyboard.press('t')
  await expect(page.getByRole('tab', { name: 'worker-1' })).toHaveAttribute('aria-selected', 'true')
  await expect(page.getByLabel('Terminal on node/worker-1').getByRole('textbox')).toBeFocused()
  await enter(page, 'ip route')
  const routes = page.locator('section[aria-label^="Chosen"] details', { hasText: 'ip route' }).locator('pre')
  const shown = (await routes.innerText()).split('\n')
  expect(shown.length).toBeGreaterThan(2)
  for (const line of shown) await expect(screenOf(page)).toContainText(line.trim())
  await enter(page, 'clear')
  await page.keyboard.type('iptables-sa')
  await page.keyboard.press('Tab')
  await page.keyboard.type('-t nat | head -2')
  await page.keyboard.press('Enter')
  await expect(screenOf(page)).toContainText('*nat')
  await page.keyboard.press('ArrowUp')
  await expect(screenOf(page)).toContainText(/worker-1:~# iptables-save -t nat \| head -2\s*$/)
})

test('a command changes the walk at its moment: it fails there; undone, it arrives; kept, a clean Script stands in the text', async ({
  page,
}) => {
  await open(page)
  await expect(verdict(page)).toContainText(/delivered|arriv|accept/i)
  await page.keyboard.press('Home')
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight')
  await page.getByTestId('node/worker-1').click({ position: { x: 24, y: 18 } })
  await page.getByRole('button', { name: 'Terminal here' }).click()
  await expect(input(page)).toBeFocused()
  const before = await page.getByLabel('Commands run at').innerText()
  await enter(page, 'ip link set eth0 down')
  await expect(page.getByText('1 change', { exact: true })).toBeVisible()
  expect(await page.getByLabel('Commands run at').innerText()).toContain(before.split(',')[0] ?? before)
  await enter(page, 'ip link show eth0')
  await expect(screenOf(page)).toContainText('state DOWN')
  await toTheEnd(page)
  // With its device down the routes over it are gone, as in a real kernel.
  await expect(verdict(page)).toContainText('Rejected at worker-1')
  await expect(verdict(page)).toContainText('network is unreachable')
  await page.getByRole('button', { name: 'Undo ip link set eth0 down' }).click()
  await expect(page.getByText('1 change', { exact: true })).toBeHidden()
  await toTheEnd(page)
  await expect(verdict(page)).toContainText(/delivered|arriv|accept/i)
  await page.keyboard.press('Home')
  await page.getByRole('tabpanel').click()
  await enter(page, 'ip link set eth0 down')
  await page.getByRole('button', { name: 'Keep as Script' }).click()
  await expect(page.getByText('1 change', { exact: true })).toBeHidden()
  await expect
    .poll(() => keptText(page))
    .toMatch(
      /---\napiVersion: packetwalk.dev\/v1alpha1\nkind: Script\nmetadata:\n {2}name: worker-1-change\nspec:\n {2}on: node\/worker-1\n {2}at: \{walk: client-to-web, timeMs: [\d.]+\}\n {2}run: \|\n {4}ip link set eth0 down\n$/,
    )
  expect(await keptText(page)).toContain(TEXT)
  await toTheEnd(page)
  await expect(verdict(page)).toContainText('Rejected at worker-1')
})

test('tcpdump prints as the walk plays, takes lines away when one goes back, and marks the line of the packet', async ({ page }) => {
  await open(page)
  await page.getByTestId('node/worker-1').click({ position: { x: 24, y: 18 } })
  await page.getByRole('heading', { name: 'Walk', exact: true }).click()
  await page.keyboard.press('Home')
  await openByKey(page)
  await enter(page, 'tcpdump -i any -n tcp')
  await expect(screenOf(page)).toContainText('listening on any')
  await expect(screenOf(page)).not.toContainText('Flags')
  await page.getByRole('heading', { name: 'Walk', exact: true }).click()
  await page.keyboard.press('End')
  await expect(screenOf(page)).toContainText('Flags [F.]')
  await page.keyboard.press('Home')
  await expect(screenOf(page)).not.toContainText('Flags')
  await expect(async () => {
    await page.keyboard.press('ArrowRight')
    await expect(page.getByTestId('terminal-now')).toHaveCount(1, { timeout: 200 })
  }).toPass({ intervals: [0], timeout: 20_000 })
  await expect(screenOf(page)).toContainText('Flags [S]')
  await page.getByRole('tabpanel').click()
  await page.keyboard.press('Control+c')
  await expect(screenOf(page)).toContainText(/\d+ packets? captured/)
  await enter(page, 'hostname')
  await expect(screenOf(page)).toContainText(/hostname\s*worker-1\s*worker-1:~#/)
})

test('the keyboard enters and leaves a terminal', async ({ page }) => {
  await open(page)
  await page.keyboard.press('t')
  await expect(input(page)).toBeFocused()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Tab')
  await expect(input(page)).not.toBeFocused()
  await page.keyboard.press('Shift+Tab')
  await expect(input(page)).toBeFocused()
  await page.keyboard.press('Shift+Tab')
  await expect(page.getByRole('button', { name: 'Close the terminals' })).toBeFocused()
})

test('a terminal is found by name and has the focus: another, and the one on screen', async ({ page }) => {
  await open(page)
  await openByKey(page)
  for (const name of ['client', 'web', 'web']) {
    await page.getByRole('button', { name: 'Open another terminal' }).press('Enter')
    await page.keyboard.type(name)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('tab', { name })).toHaveAttribute('aria-selected', 'true')
    await expect(input(page)).toBeFocused()
  }
  await enter(page, 'ping -c 1 10.244.1.2')
  await expect(screenOf(page)).toContainText('1 packets transmitted, 1 received')
})

for (const colorScheme of ['light', 'dark'] as const)
  test(`axe finds nothing in a terminal, ${colorScheme}`, async ({ browser, baseURL }) => {
    const context = await browser.newContext({ colorScheme, viewport: { width: 1440, height: 900 }, ...(baseURL ? { baseURL } : {}) })
    const page = await context.newPage()
    await open(page)
    await openByKey(page)
    await page.getByRole('button', { name: 'Screen reader' }).click()
    await page.getByRole('tabpanel').click()
    await enter(page, 'ip link set lo down')
    await expect(page.getByText('1 change', { exact: true })).toBeVisible()
    expect(await axeFinds(page, 'section[aria-label="Terminals"]')).toEqual([])
    await context.close()
  })
