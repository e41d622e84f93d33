/** The minimap: there while the picture is larger than the view, and a way to the rest of it. */
import { expect, type Page, test } from '@playwright/test'
import { openApp, rewind } from './app-page.ts'

const minimap = (page: Page) => page.getByTestId('minimap')

test('from near it shows where the view is, leads to the rest of the picture, and can be left out', async ({ page }) => {
  await openApp(page)
  await rewind(page)
  await expect(minimap(page)).toHaveCount(0)
  for (let times = 0; times < 3; times++) await page.getByRole('button', { name: 'Zoom in' }).click()
  await expect(minimap(page)).toBeVisible()
  // Two nodes, gateway and internet, and what is in view.
  await expect(minimap(page).locator('rect')).toHaveCount(5)
  const gateway = page.getByTestId('gateway')
  await minimap(page).click({ position: { x: 6, y: 6 } })
  await expect(page.getByTestId('service/default/webapp-sql1')).toBeInViewport()
  await expect(gateway).not.toBeInViewport()
  const box = await minimap(page).boundingBox()
  if (!box) throw new Error('It is not on screen.')
  await minimap(page).click({ position: { x: box.width - 14, y: box.height - 8 } })
  await expect(gateway).toBeInViewport()
  await rewind(page)
  await page.keyboard.press('o')
  await expect(minimap(page)).toHaveCount(0)
  await openApp(page)
  await rewind(page)
  for (let times = 0; times < 3; times++) await page.getByRole('button', { name: 'Zoom in' }).click()
  await expect(minimap(page)).toHaveCount(0)
  await rewind(page)
  await page.keyboard.press('o')
  await expect(minimap(page)).toBeVisible()
  await page.keyboard.press('0')
  await expect(minimap(page)).toHaveCount(0)
})
