/** The timeline: what it marks, how near it is, going round, and back in time. */
import { expect, type Page, test } from '@playwright/test'
import { currentStep, moment, openApp, rewind, steps } from './app-page.ts'

const marks = (page: Page, icon: string) => page.getByTestId('timeline').locator(`[data-icon="${icon}"]`)

/** What stands under the marks. */
const times = (page: Page) =>
  page
    .getByTestId('timeline')
    .locator('svg text')
    .filter({ hasText: /^(0|[\d.]+ (µs|ms|s))$/ })

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
  const timesBefore = await times(page).allTextContents()
  expect(timesBefore.length).toBeGreaterThan(2)
  await choose(page, 'routed')
  await expect(marks(page, 'routed')).toHaveCount(0)
  await expect(marks(page, 'sent').first()).toBeVisible()
  await expect(times(page)).toHaveText(timesBefore)
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
  // Two fingers that part: many small turns, and one step.
  for (let turn = 0; turn < 4; turn++) await page.mouse.wheel(0, -10)
  await page.waitForTimeout(300)
  expect(await all()).toBe(before)
  await page.mouse.wheel(0, -10)
  await expect.poll(all).toBeLessThan(before)
  const once = await all()
  await page.mouse.wheel(0, -100)
  await expect.poll(all).toBeLessThan(once)
  await page.keyboard.up('Control')
  for (let step = 0; step < 20; step++) await page.keyboard.press('ArrowRight')
  expect(await moment(page)).toBe(20)
  await expect(page.getByTestId('timeline').locator('[data-state="here"]')).toBeVisible()
  await choose(page, 'Timeline as at first')
  await rewind(page)
  await expect.poll(all).toBe(before)
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

test('P presents: the editor steps aside, words are larger, Space goes on by one step and Shift Space back, P puts everything back', async ({
  page,
}) => {
  await openApp(page)
  await rewind(page)
  const wide = async (pane: 'editor' | 'walk') => Math.round((await page.getByTestId(pane).boundingBox())?.width ?? 0)
  const inFocus = page.getByRole('button', { name: 'Focus path', pressed: true })
  const size = () => steps(page).evaluate((list) => Number(getComputedStyle(list).zoom))
  const [editor, words] = [await wide('editor'), await size()]
  await page.keyboard.press('i')
  await expect.poll(() => wide('walk')).toBe(0)
  await page.keyboard.press('p')
  await expect.poll(() => wide('editor')).toBeLessThan(60)
  await expect.poll(() => wide('walk')).toBeGreaterThan(200)
  await expect(inFocus).toBeVisible()
  expect(await size()).toBeGreaterThan(words)
  await page.keyboard.press('Space')
  await page.keyboard.press('Space')
  expect(await moment(page)).toBe(2)
  await page.keyboard.press('Shift+Space')
  expect(await moment(page)).toBe(1)
  await steps(page).getByRole('listitem').nth(3).getByRole('button').first().click()
  const chosen = await moment(page)
  await page.keyboard.press('Space')
  expect(await moment(page)).toBe(chosen + 1)
  await page.keyboard.press('p')
  await expect.poll(() => wide('editor')).toBe(editor)
  await expect.poll(() => wide('walk')).toBe(0)
  await expect(inFocus).toHaveCount(0)
  expect(await size()).toBe(words)
})
