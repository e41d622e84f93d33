/** Kernel level: what a person sees inside a node while a packet goes through its hooks. */
import { expect, type Page, test } from '@playwright/test'
import { currentStep, openApp, rewind } from './app-page.ts'

const kernel = (page: Page) => page.getByRole('main', { name: 'Kernel' })
const levels = (page: Page) => page.getByRole('group', { name: 'Level of detail' })

/** To the rule that chooses the database's endpoint, inside the kernel. */
async function toTheRewrite(page: Page): Promise<void> {
  await openApp(page)
  await rewind(page)
  await page.keyboard.press('3')
  await page.keyboard.press('n')
  await page.keyboard.press('Alt+ArrowLeft')
  await expect(currentStep(page)).toContainText('as the destination')
}

test('the rule that matched is lit, and the ones before it say why they did not', async ({ page }) => {
  await toTheRewrite(page)
  await expect(levels(page).getByRole('button', { name: 'Kernel' })).toHaveAttribute('aria-pressed', 'true')
  await expect(kernel(page).getByRole('heading', { name: 'nat, PREROUTING' })).toBeVisible()
  await expect(kernel(page).getByRole('button', { name: /^PREROUTING nat: .*the packet is here/ })).toBeVisible()

  const chains = kernel(page).getByRole('list', { name: 'Chains in the order they were entered' })
  await expect(chains.getByRole('heading')).toHaveText([/^PREROUTING$/, /^KUBE-SERVICES$/, /^KUBE-SVC-\w+$/, /^KUBE-SEP-\w+$/])
  const lit = chains.locator('[data-state="matched"]').last()
  await expect(lit).toBeInViewport()
  await expect(lit).toContainText(/DNAT --to-destination 10\.244\.\d+\.\d+:3306/)
  await expect(lit).toHaveCSS('background-color', 'rgb(255, 240, 199)')

  const services = chains.getByRole('region', { name: 'Chain KUBE-SERVICES' })
  const failed = services.locator('[data-state="failed"]').first()
  await expect(failed.locator('u')).toHaveText(/^-d 10\.96\.\d+\.\d+\/32$/)
  await expect(failed).toContainText(/the destination is 10\.96\.\d+\.\d+/)
  await expect(services).toContainText('jumped to by PREROUTING, rule 1')
})

test('a table is opened by hand, searched, and its rules lead to their lines', async ({ page }) => {
  await toTheRewrite(page)
  await kernel(page)
    .getByRole('button', { name: /^FORWARD filter: / })
    .click()
  await expect(kernel(page).getByRole('heading', { name: 'filter, FORWARD' })).toBeVisible()
  await kernel(page)
    .getByRole('button', { name: /^PREROUTING nat: / })
    .click()
  await kernel(page).getByRole('searchbox').fill('3306')
  await expect(kernel(page).getByRole('region', { name: 'Chain PREROUTING' })).toContainText('no such rule')
  await kernel(page)
    .getByRole('button', { name: /^kube-proxy, for line \d+$/ })
    .last()
    .click()
  await expect(page.getByRole('region', { name: 'Problems' })).toContainText(/Service webapp-sql1/)
})

test('a double click on a pod leads inside, Escape out; the packet is followed unless a place was chosen', async ({ page }) => {
  await openApp(page)
  await page.keyboard.press('Home')
  await page
    .getByTestId(/^pod\/default\/webapp/)
    .first()
    .dblclick({ position: { x: 50, y: 52 } })
  await expect(kernel(page)).toBeVisible()
  const whose = kernel(page).getByRole('combobox', { name: 'Whose kernel' })
  await expect(whose).toHaveValue(/^pod\/default\/webapp/)
  await page.keyboard.press('End')
  await expect(whose).toHaveValue(/^pod\/default\/webapp/)
  await whose.selectOption({ index: 0 })
  await rewind(page)
  await page.keyboard.press('n')
  await expect(whose.locator('option:checked')).toHaveText(/where the packet is: worker-\d/)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('main', { name: 'Network' })).toBeVisible()
  await expect(levels(page).getByRole('button', { name: 'Network' })).toHaveAttribute('aria-pressed', 'true')
})

test('IPVS is a station with its servers', async ({ page }) => {
  await openApp(page)
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('dialog', { name: 'Command menu' })).toBeVisible()
  await page.keyboard.type('kube-proxy in IPVS mode')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Scenario: service-ipvs.yaml' })).toBeVisible()
  await expect(page.getByRole('log').getByRole('button').first()).toBeVisible()
  await rewind(page)
  await page.keyboard.press('3')
  await page.keyboard.press('n')
  await page.keyboard.press('ArrowLeft')
  await expect(currentStep(page)).toContainText('IPVS gives the connection')
  await expect(kernel(page).getByRole('heading', { name: 'IPVS, INPUT' })).toBeVisible()
  const service = kernel(page).getByRole('region', { name: /^IPVS service TCP 10\.96/ })
  await expect(service.locator('[data-state="matched"]')).toContainText(/^10\.244\.\d\.\d:8080/)
  await expect(service.getByLabel('chosen')).toHaveCount(1)
})
