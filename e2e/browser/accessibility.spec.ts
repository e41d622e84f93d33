import { expect, type Page, test } from '@playwright/test'
import { editorReady, openApp, rewind } from './app-page.ts'

/** Where the focus is: inside the editor, or the control's own words. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const at = document.activeElement
    if (at?.closest('.monaco-editor')) return 'editor'
    if (at === null || at === document.body) return 'page'
    const label = at instanceof HTMLInputElement ? at.labels?.[0]?.textContent : null
    return (at.getAttribute('aria-label') ?? label ?? at.textContent ?? at.tagName).trim()
  })

test('Tab indents in the editor; after Escape it leaves, forwards and backwards', async ({ page }) => {
  await openApp(page)
  await editorReady(page)
  await page.keyboard.press('e')
  await expect.poll(() => focused(page)).toBe('editor')
  await page.keyboard.press('Control+Home')
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('editor')
  await expect(page.locator('.monaco-editor .view-line').first()).toHaveText(/^\s{2}#/)
  await page.keyboard.press('Control+z')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Tab')
  expect(await focused(page)).not.toBe('editor')
  await page.keyboard.press('Shift+Tab')
  expect(await focused(page)).toBe('editor')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Shift+Tab')
  expect(await focused(page)).not.toBe('editor')
})

test('Tab alone, with Escape in the editor, goes through the whole page and back to its beginning', async ({ page }) => {
  await openApp(page)
  await editorReady(page)
  await rewind(page)
  await page.locator('body').click({ position: { x: 2, y: 2 } })
  const seen: string[] = []
  for (let presses = 0; presses < 200; presses++) {
    if (seen.at(-1) === 'editor') await page.keyboard.press('Escape')
    await page.keyboard.press('Tab')
    const now = await focused(page)
    if (seen.length > 0 && now === seen[0]) break
    seen.push(now)
  }
  expect(seen.filter((one) => one === 'editor')).toHaveLength(1)
  for (const name of [/^From/, /^To/, /^Walk/, /^Share/, /^Fit everything/, /^Reach/, /^(Play|Pause)$/, /^pod webapp/])
    expect(
      seen.some((one) => name.test(one)),
      `${name} among ${seen.join(' | ')}`,
    ).toBe(true)
  expect(seen.length).toBeLessThan(199)
})

test('every control has a focus that can be seen', async ({ page }) => {
  await openApp(page)
  await page.locator('body').click({ position: { x: 2, y: 2 } })
  for (let presses = 0; presses < 12; presses++) {
    await page.keyboard.press('Tab')
    const visible = await page.evaluate(() => {
      const focused = document.activeElement
      const around = focused?.closest('label') ?? focused
      return [focused, around].some((one) => one !== null && one !== undefined && getComputedStyle(one).outlineStyle !== 'none')
    })
    expect(visible).toBe(true)
  }
})
