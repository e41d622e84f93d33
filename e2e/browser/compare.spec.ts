/** One walk in two worlds, side by side; and a failed walk that says why and mends itself. */
import { expect, type Page, test } from '@playwright/test'
import { CLIENT_AND_WEB, clientWalk } from '../../src/engine/kubernetes/client-and-web.fixture.ts'
import { moment, openApp, replaceText, rewind } from './app-page.ts'
import { axeFinds } from './axe.ts'

const TEXT = CLIENT_AND_WEB + clientWalk('one', 'tcp://10.96.0.50:80')

const compared = (page: Page) => page.getByRole('region', { name: 'Compare' })

async function openCompare(page: Page): Promise<void> {
  await openApp(page)
  await replaceText(page, TEXT)
  await expect(page.getByTestId('pod/default/client')).toBeVisible()
  await rewind(page)
  await page.getByRole('button', { name: 'Compare', exact: true }).click()
}

test('iptables and IPVS side by side: where they part, how each ends, and the moment in the picture', async ({ page }) => {
  await openCompare(page)
  await expect(compared(page).getByRole('status')).toHaveText('They part at worker-1.')
  await expect(compared(page).getByText('Here they part')).toHaveCount(1)
  await expect(compared(page).getByText('Here they part')).toBeInViewport()
  await expect(compared(page)).toContainText(/This walkdelivered: client reaches web/)
  await expect(compared(page)).toContainText(/kube-proxy in IPVS modedelivered: client reaches web/)
  expect(await moment(page)).toBe(0)
  const first = compared(page).getByRole('button', { name: /this walk: KUBE-SERVICES rule \d+ matches 10\.96\.0\.50.* the other: / })
  await first.click()
  expect(await moment(page)).toBeGreaterThan(1)
  await expect(page.getByRole('log').locator('[aria-current="step"]')).toContainText('worker-1')
  await page.getByRole('button', { name: 'Close the comparison' }).click()
  await expect(compared(page)).toBeHidden()
})

test('a text in IPVS mode is compared with iptables mode', async ({ page }) => {
  await openApp(page)
  const mode = `apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: ipvs\n---\n`
  await replaceText(page, mode + TEXT)
  await expect(page.getByTestId('pod/default/client')).toBeVisible()
  await rewind(page)
  await page.getByRole('button', { name: 'Compare', exact: true }).click()
  await expect(compared(page).getByRole('combobox', { name: 'with' })).toHaveValue('iptables')
  await expect(compared(page)).toContainText(/kube-proxy in iptables modedelivered: client reaches web/)
})

test('by keyboard: before the last edit, and back', async ({ page }) => {
  await openCompare(page)
  await page.getByRole('button', { name: 'Close the comparison' }).click()
  await replaceText(page, TEXT.replace('selector: {app: web}', 'selector: {app: nobody}'))
  await expect(page.getByRole('region', { name: 'Problems' })).toContainText('1 warning')
  await rewind(page)
  await page.keyboard.press('v')
  const choice = compared(page).getByRole('combobox', { name: 'with' })
  await choice.focus()
  await choice.selectOption('before the last edit')
  await expect(compared(page)).toContainText(/This walkrejected: .*before the last editdelivered: /)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  expect(await moment(page)).toBeGreaterThan(0)
  await page.getByRole('heading', { name: 'Compare', exact: true }).click()
  await page.keyboard.press('v')
  await expect(compared(page)).toBeHidden()
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing at 1024 px, ${colorScheme}`, async ({ browser, baseURL }) => {
    const context = await browser.newContext({ colorScheme, viewport: { width: 1024, height: 768 }, ...(baseURL ? { baseURL } : {}) })
    const page = await context.newPage()
    await openCompare(page)
    await expect(compared(page).getByText('Here they part')).toBeVisible()
    expect(await axeFinds(page)).toEqual([])
    await context.close()
  })
}

test('a failed walk says why, and its fix is applied and walked', async ({ page }) => {
  await openApp(page)
  await replaceText(page, TEXT.replace('selector: {app: web}', 'selector: {app: wbe}'))
  await expect(page.getByTestId('pod/default/client')).toBeVisible()
  await rewind(page)
  await page.keyboard.press('End')
  const verdict = page.getByRole('region', { name: 'Verdict' })
  await expect(verdict).toContainText(/No pod .* has the labels app=wbe/)
  await expect(verdict.getByRole('button', { name: /^Service web, line \d+$/ })).toBeVisible()
  await verdict.getByRole('button', { name: 'Apply fix' }).click()
  await expect(page.locator('.monaco-editor .view-lines').first()).not.toContainText('wbe')
  await expect(page.getByRole('region', { name: 'Problems' })).toContainText('No problems')
  await rewind(page)
  await page.keyboard.press('End')
  await expect(verdict).toContainText('Delivered')
})
