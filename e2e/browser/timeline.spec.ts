/** The timeline: what it marks, how near it is, going round, and back in time. */
import { expect, type Page, test } from '@playwright/test'
import { currentStep, moment, openApp, rewind } from './app-page.ts'

const marks = (page: Page, icon: string) => page.getByTestId('timeline').locator(`[data-icon="${icon}"]`)

async function choose(page: Page, entry: string): Promise<void> {
  await page.getByRole('button', { name: /^Marks/ }).click()
  await page
    .getByRole('menuitemcheckbox', { name: entry })
    .or(page.getByRole('menuitem', { name: entry }))
    .click()
}

test('a kind of moments is left out, stays so after a reload, and comes back', async ({ page }) => {
  await openApp(page)
  await rewind(page)
  await expect(marks(page, 'routed').first()).toBeVisible()
  await choose(page, 'routed')
  await expect(marks(page, 'routed')).toHaveCount(0)
  await expect(marks(page, 'sent').first()).toBeVisible()
  await page.reload()
  await expect(marks(page, 'sent').first()).toBeVisible()
  await expect(marks(page, 'routed')).toHaveCount(0)
  await choose(page, 'Mark everything')
  await expect(marks(page, 'routed').first()).toBeVisible()
})

test('from nearer, fewer moments are on the timeline; each can still be reached', async ({ page }) => {
  await openApp(page)
  await rewind(page)
  const all = () => page.getByTestId('timeline').locator('g[data-state]').count()
  const before = await all()
  await page.getByTestId('timeline').hover()
  await page.keyboard.down('Control')
  await page.mouse.wheel(0, -100)
  await page.mouse.wheel(0, -100)
  await page.keyboard.up('Control')
  await expect.poll(all).toBeLessThan(before)
  for (let step = 0; step < 20; step++) await page.keyboard.press('ArrowRight')
  expect(await moment(page)).toBe(20)
  await expect(marks(page, 'sent').or(page.getByTestId('timeline').locator('[data-state="here"]')).first()).toBeVisible()
  await choose(page, 'Timeline as at first')
  await expect.poll(all).toBeGreaterThan(3)
})

test('dragging goes forth and back, and shows the state of that moment', async ({ page }) => {
  await openApp(page)
  await rewind(page)
  const box = await page.getByTestId('timeline').boundingBox()
  if (!box) throw new Error('no timeline')
  const y = box.y + box.height / 2
  await page.mouse.move(box.x + 200, y)
  await page.mouse.down()
  await page.mouse.move(box.x + 330, y, { steps: 4 })
  const far = await moment(page)
  const words = await currentStep(page).innerText()
  await page.mouse.move(box.x + 160, y, { steps: 4 })
  expect(await moment(page)).toBeLessThan(far)
  await page.mouse.move(box.x + 330, y, { steps: 4 })
  await page.mouse.up()
  expect(await moment(page)).toBe(far)
  expect(await currentStep(page).innerText()).toBe(words)
})

test('P presents: the editor steps aside, Space goes on by one step and Shift Space back, P puts everything back', async ({ page }) => {
  await openApp(page)
  await rewind(page)
  const editor = page.getByTestId('editor')
  const wide = (await editor.boundingBox())?.width ?? 0
  await page.keyboard.press('p')
  await expect.poll(async () => (await editor.boundingBox())?.width ?? 0).toBeLessThan(60)
  await page.keyboard.press('Space')
  await page.keyboard.press('Space')
  expect(await moment(page)).toBe(2)
  await page.keyboard.press('Shift+Space')
  expect(await moment(page)).toBe(1)
  await page.keyboard.press('p')
  await expect.poll(async () => (await editor.boundingBox())?.width ?? 0).toBe(wide)
})
