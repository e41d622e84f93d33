import { expect, type Page, test } from '@playwright/test'
import { currentStep, editorReady, keptText, openApp, replaceText, rewind } from './app-page.ts'

const shapes = (page: Page): Promise<string[]> =>
  page.locator('[data-testid]').evaluateAll((all) =>
    all
      .map((one) => one.getAttribute('data-testid') ?? '')
      .filter((id) => /^(node|pod|service|bridge)\//.test(id))
      .sort(),
  )

async function copiedLink(page: Page): Promise<string> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Share' }).click()
  await expect(page.getByText(/Link copied: [\d,]+ characters/)).toBeVisible()
  return page.evaluate(() => navigator.clipboard.readText())
}

test('the link shows the same picture at the same moment in a fresh browser', async ({ page, browser, baseURL }) => {
  await openApp(page)
  await rewind(page)
  for (let presses = 0; presses < 6; presses++) await page.keyboard.press('ArrowRight')
  const [step, picture] = [await currentStep(page).innerText(), await shapes(page)]
  const link = await copiedLink(page)
  expect(link.length).toBeLessThanOrEqual(1_500)

  const fresh = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...(baseURL ? { baseURL } : {}) })
  const other = await fresh.newPage()
  await openApp(other, link)
  await expect(currentStep(other)).toHaveText(step, { useInnerText: true })
  expect(await shapes(other)).toEqual(picture)
  await expect(other.getByRole('note')).toContainText('Opened from a link')
  await fresh.close()
})

test('opening a link leaves the user’s own work alone', async ({ page }) => {
  await openApp(page)
  const link = await copiedLink(page)
  await replaceText(page, 'apiVersion: v1\nkind: Pod\nmetadata: { name: mine }\nspec: { containers: [{ name: c, image: i }] }\n')
  await expect(page.getByTestId('pod/default/mine')).toBeVisible()
  await expect.poll(() => keptText(page)).toContain('name: mine')
  await page.goto('about:blank')
  await openApp(page, link)
  await expect(page.getByTestId('service/default/webapp-sql1')).toBeVisible()
  expect(await keptText(page)).toContain('name: mine')
  await page.getByRole('button', { name: 'Back to mine' }).click()
  await expect(page.getByTestId('pod/default/mine')).toBeVisible()
  await page.reload()
  await expect(page.getByTestId('pod/default/mine')).toBeVisible()
  await editorReady(page)
  await expect(page.locator('.monaco-editor .view-lines')).toContainText('mine')
})

test('a link that was cut off or is too long is answered with a message, not a blank page', async ({ page }) => {
  await openApp(page)
  const link = await copiedLink(page)
  const broken = [
    link.slice(0, link.indexOf('&') < 0 ? link.length / 2 : link.indexOf('&') / 2),
    `${link.split('#')[0]}#v1.d.${'A'.repeat(250_000)}`,
    `${link.split('#')[0]}#v9.z.xx`,
  ]
  for (const one of broken) {
    await page.goto('about:blank')
    await page.goto(one)
    await expect(page.getByRole('alert').filter({ hasText: /link/i })).toBeVisible()
    await expect(page.locator('[data-testid^="node/"]').first()).toBeVisible()
  }
})
