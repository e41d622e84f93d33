/** The tables of a machine in the inspector: what the walk used of them, and of which moment they are. */
import { expect, type Page, test } from '@playwright/test'
import { currentStep, openApp, rewind } from './app-page.ts'

const chosen = (page: Page) => page.locator('section[aria-label^="Chosen"]')

test('routes, neighbours and connections lead to the steps that used them', async ({ page }) => {
  await openApp(page)
  await rewind(page)
  await page.keyboard.press('End')
  await page.getByTestId('node/worker-2').click({ position: { x: 24, y: 18 } })
  const routes = chosen(page).getByRole('list', { name: 'Routes: used by the walk' })
  const route = routes.getByRole('listitem').filter({ hasText: /^10\.244\.1\.0\/24 via 172\.18\.0\.11 dev eth0/ })
  await route.getByRole('button', { name: /^Step/ }).first().click()
  await expect(currentStep(page)).toContainText('10.244.1.0/24 is behind worker-1')
  await page.keyboard.press('End')
  await expect(
    chosen(page)
      .getByRole('list', { name: 'Neighbours: used by the walk' })
      .getByText(/^172\.18\.0\.11 dev eth0 lladdr/),
  ).toBeVisible()
  const connections = chosen(page).getByRole('list', { name: 'Connections tracked: used by the walk' })
  await expect(connections.getByText(/^tcp .*dport=3306/)).toBeVisible()
  const tracked = chosen(page).locator('details').filter({ hasText: 'conntrack -L' })
  await expect(tracked.getByRole('button', { name: /^10\.96\.250\.92, Service webapp-sql1, line \d+$/ }).first()).toBeVisible()
  const neighbours = chosen(page).locator('details').filter({ hasText: 'ip neigh' })
  await neighbours
    .getByRole('button', { name: /^10\.244\.2\.2, pod webapp-\S+, line \d+$/ })
    .first()
    .click()
  await expect(page.getByRole('region', { name: 'Problems' })).toContainText(/Deployment webapp/)
})

test('while the packet moves on, the tables say of which step they are', async ({ page }) => {
  await openApp(page)
  await rewind(page)
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await page.getByTestId('node/worker-2').click({ position: { x: 24, y: 18 } })
  await expect(chosen(page).getByText('ip route', { exact: true })).toBeVisible()
  await expect(chosen(page).getByText(/as at step/)).toHaveCount(0)
  await page.getByRole('button', { name: 'Play', exact: true }).click()
  await expect(chosen(page).getByText(/^Tables as at step 2 of \d+\./)).toBeVisible()
  await page.getByRole('button', { name: 'Pause', exact: true }).click()
  await expect(chosen(page).getByText(/as at step/)).toHaveCount(0)
})
