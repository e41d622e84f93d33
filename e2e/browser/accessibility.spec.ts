import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'
import { editorReady, openApp, rewind } from './app-page.ts'

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).analyze()
  return found.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target.join(' ')} ${node.failureSummary ?? ''}`).join('; ')}`)
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing, ${colorScheme}`, async ({ browser, baseURL }) => {
    const context = await browser.newContext({ colorScheme, viewport: { width: 1440, height: 900 }, ...(baseURL ? { baseURL } : {}) })
    const page = await context.newPage()
    await openApp(page)
    await editorReady(page)
    await rewind(page)
    await page.keyboard.press('n')
    expect(await violations(page)).toEqual([])
    await page
      .locator('[data-testid^="node/"]')
      .first()
      .click({ position: { x: 24, y: 18 } })
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await expect(page.getByRole('dialog', { name: 'Help' })).toBeVisible()
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await expect(page.getByRole('dialog', { name: 'Command menu' })).toBeVisible()
    expect(await violations(page)).toEqual([])
    await context.close()
  })
}

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
