/** The tour as a new person meets it: nothing is remembered, and no link was followed. */
import { expect, type Locator, type Page, test } from '@playwright/test'
import { encodeShare } from '../../src/protocol/share.ts'
import { currentStep, steps } from './app-page.ts'
import { axeFinds } from './axe.ts'

test.use({ storageState: { cookies: [], origins: [] } })

const card = (page: Page): Locator => page.getByRole('dialog')
const TITLES = ['A packet is walking', 'Who sends, and to whom', 'Time goes both ways', 'What decided', 'The text is the network']

async function boxOf(locator: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await locator.boundingBox()
  if (box === null) throw new Error('It is not on screen.')
  return box
}

for (const [width, height] of [
  [1440, 900],
  [1024, 768],
] as const)
  for (const colorScheme of ['light', 'dark'] as const)
    test(`five stops, none hides what it explains, axe finds nothing: ${width} × ${height}, ${colorScheme}`, async ({ page }) => {
      test.setTimeout(120_000)
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme })
      await page.goto('./')
      for (const title of TITLES) {
        await expect(card(page)).toHaveAccessibleName(new RegExp(title))
        await expect(card(page)).toHaveAccessibleDescription(/\w/)
        const [over, ring] = [await boxOf(card(page)), await boxOf(page.locator('[data-tour-ring]'))]
        const apart =
          over.x >= ring.x + ring.width || ring.x >= over.x + over.width || over.y >= ring.y + ring.height || ring.y >= over.y + over.height
        expect(apart, `${title}: card ${JSON.stringify(over)}, subject ${JSON.stringify(ring)}`).toBe(true)
        expect(over.x >= 0 && over.y >= 0 && over.x + over.width <= width && over.y + over.height <= height).toBe(true)
        expect(await axeFinds(page, '[role="dialog"]')).toEqual([])
        await expect(card(page).getByRole('button', { name: title === TITLES.at(-1) ? 'Done' : 'Next' })).toBeFocused()
        await page.keyboard.press('Enter')
      }
      await expect(card(page)).toHaveCount(0)
      await page.reload()
      await expect(steps(page).getByRole('button').first()).toBeVisible()
      await expect(currentStep(page)).toBeVisible()
      await expect(card(page)).toHaveCount(0)
    })

test('the line around what is explained goes with it when it moves, and when it is drawn anew', async ({ page }) => {
  await page.goto('./')
  await expect(card(page)).toBeVisible()
  await page.keyboard.press('Enter')
  const ring = page.locator('[data-tour-ring]')
  const before = await boxOf(ring)
  await page.evaluate(() => {
    const form = document.querySelector<HTMLElement>('header form')
    if (form) form.style.translate = '-40px 0'
  })
  await expect.poll(async () => Math.round((await boxOf(ring)).x - before.x)).toBe(-40)
  await page.evaluate(() => {
    const form = document.querySelector<HTMLElement>('header form')
    const other = form?.cloneNode(true)
    if (form && other instanceof HTMLElement) {
      other.style.translate = '30px 0'
      form.replaceWith(other)
    }
  })
  await expect.poll(async () => Math.round((await boxOf(ring)).x - before.x)).toBe(30)
})

test('skipped with Escape, it never comes back; the help starts it again', async ({ page }) => {
  await page.goto('./')
  await expect(card(page)).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(card(page)).toHaveCount(0)
  await page.keyboard.press('Space')
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible()
  await page.reload()
  await expect(currentStep(page)).toBeVisible()
  await expect(card(page)).toHaveCount(0)
  await page.getByRole('button', { name: 'Help and shortcuts' }).click()
  await page.getByRole('button', { name: 'Take the tour' }).click()
  await expect(card(page)).toHaveAccessibleName(/A packet is walking/)
  await expect(card(page).getByRole('button', { name: 'Next' })).toBeFocused()
  await card(page).getByRole('button', { name: 'Skip', exact: true }).click()
  await expect(card(page)).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Help and shortcuts' })).toBeFocused()
})

test('the page stays usable beside it: a click elsewhere does not end it, and does what it does', async ({ page }) => {
  await page.goto('./')
  await expect(card(page)).toBeVisible()
  await page.getByRole('button', { name: 'Overview' }).click()
  await expect(page.getByRole('button', { name: 'Overview' })).toHaveAttribute('aria-pressed', 'true')
  await expect(card(page)).toBeVisible()
  await card(page).getByRole('button', { name: 'Next' }).click()
  await card(page).getByRole('button', { name: 'Back' }).click()
  await expect(card(page)).toHaveAccessibleName(/A packet is walking/)
  await card(page).getByRole('button', { name: 'Skip the tour' }).click()
  await expect(card(page)).toHaveCount(0)
})

test('who types already keeps the focus', async ({ page }) => {
  await page.goto('./')
  await page.getByRole('textbox', { name: 'Scenario text' }).first().focus()
  await expect(card(page)).toBeVisible()
  await page.keyboard.press('Control+Home')
  await page.keyboard.type('# mine')
  await expect(page.locator('.monaco-editor .view-lines').first()).toContainText(/mine/, { timeout: 20_000 })
  await expect(card(page)).toBeVisible()
})

test('none for who follows a link', async ({ page }) => {
  const link = encodeShare({ yaml: 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: i}]}\n' })
  await page.goto(link.ok ? `./${link.fragment}` : './')
  await expect(page.getByTestId('pod/default/a')).toBeVisible()
  await page.waitForTimeout(1_500)
  await expect(card(page)).toHaveCount(0)
})

test('none where panes are tabs', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto('./')
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible()
  await page.waitForTimeout(1_500)
  await expect(card(page)).toHaveCount(0)
})
