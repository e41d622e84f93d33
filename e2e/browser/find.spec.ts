/** Finding in the picture: every hit is ringed, the one that is shown stronger; by keyboard, at every level. */
import { expect, type Page, test } from '@playwright/test'
import { openApp, rewind } from './app-page.ts'
import { axeFinds } from './axe.ts'

const rings = (page: Page) => page.locator('[data-hit]')
const current = (page: Page) => page.locator('[data-hit][data-current]')
const field = (page: Page) => page.getByRole('textbox', { name: 'Find in the picture' })

test('all hits are ringed, Enter goes from one to the next, Escape leaves the focus on it', async ({ page }) => {
  await openApp(page)
  await rewind(page)
  await page.keyboard.press('/')
  await expect(field(page)).toBeFocused()
  await page.keyboard.type('webapp')
  // Two Services, two pods.
  await expect(rings(page)).toHaveCount(4)
  await expect(page.getByText('1 of 4')).toBeVisible()
  await expect(current(page)).toHaveAttribute('data-hit', /^service\/default\/webapp/)
  const strength = (which: typeof rings) =>
    which(page)
      .first()
      .locator('rect')
      .last()
      .evaluate((rect) => getComputedStyle(rect).strokeWidth)
  expect(Number.parseFloat(await strength(current))).toBeGreaterThan(2 * Number.parseFloat(await strength(rings)))
  await page.keyboard.press('Shift+Enter')
  await expect(page.getByText('4 of 4')).toBeVisible()
  const ref = (await current(page).getAttribute('data-hit')) ?? ''
  expect(ref).toMatch(/^pod\/default\/webapp/)
  await expect(async () => {
    const [ring, pod] = [await current(page).boundingBox(), await page.getByTestId(ref).boundingBox()]
    expect(Math.abs((ring?.x ?? 0) + (ring?.width ?? 0) / 2 - (pod?.x ?? 99) - (pod?.width ?? 0) / 2)).toBeLessThan(2)
  }).toPass({ timeout: 5_000 })
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await axeFinds(page, 'main')).toEqual([])
  }
  await page.keyboard.press('Escape')
  await expect(rings(page)).toHaveCount(0)
  await expect(page.getByTestId(ref)).toBeFocused()
})

test('a hit out of view comes into it, one in a collapsed node rings that node, and the overview has rings too', async ({ page }) => {
  await openApp(page)
  await rewind(page)
  for (let times = 0; times < 5; times++) await page.getByRole('button', { name: 'Zoom in' }).click()
  const pod = page.getByTestId(/^pod\/default\/mysql/)
  await page.getByRole('button', { name: 'Find in the picture' }).click()
  await expect(page.getByTestId('gateway')).not.toBeInViewport()
  await field(page).fill('gateway')
  await expect(page.getByTestId('gateway')).toBeInViewport({ ratio: 0.9 })
  await field(page).fill('mysql-')
  await expect(pod).toBeInViewport({ ratio: 0.9 })
  await page.getByRole('button', { name: 'Close the search' }).click()
  await page.keyboard.press('1')
  await page.keyboard.press('/')
  await page.keyboard.type('mysql-')
  await expect(field(page)).toHaveValue('mysql-')
  await expect(current(page)).toHaveAttribute('data-hit', /^pod\/default\/mysql/)
  await page.keyboard.press('Escape')
  await page.keyboard.press('2')
  await page.keyboard.press('Control+k')
  await page.getByRole('option', { name: 'Collapse every node' }).click()
  await expect(pod).toHaveCount(0)
  await page.keyboard.press('/')
  await page.keyboard.type('mysql-')
  await expect(current(page)).toBeVisible()
  const [ring, node] = [await current(page).boundingBox(), await page.getByTestId('node/worker-1').boundingBox()]
  expect(ring?.width).toBeGreaterThan(node?.width ?? 9999)
  await page.keyboard.press('Escape')
  await expect(page.getByTestId('node/worker-1')).toBeFocused()
})

test('an open search takes the focus again, and follows the picture as it changes', async ({ page }) => {
  await openApp(page)
  await rewind(page)
  await page.keyboard.press('/')
  await page.keyboard.type('webapp')
  await expect(page.getByText('1 of 4')).toBeVisible()
  await rewind(page)
  await expect(field(page)).not.toBeFocused()
  await page.keyboard.press('/')
  await expect(field(page)).toBeFocused()
  await page
    .getByTestId(/^pod\/default\/webapp/)
    .first()
    .focus()
  // One replica less.
  await page.keyboard.press('Delete')
  await expect(rings(page)).toHaveCount(3)
  await expect(page.getByText('1 of 3')).toBeVisible()
})
