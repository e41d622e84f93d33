import { expect, test } from '@playwright/test'
import { currentStep, editorReady, keptText, openApp, replaceText, steps } from './app-page.ts'

test('the first visit shows the web and MySQL scenario, walking already', async ({ page }) => {
  await openApp(page)
  await expect(page.getByRole('button', { name: 'Scenario: web-and-mysql.yaml' })).toBeVisible()
  await expect(page.getByTestId('service/default/webapp-sql1')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible()
  const first = await currentStep(page).innerText({ timeout: 10_000 })
  await expect.poll(() => currentStep(page).innerText(), { timeout: 10_000 }).not.toBe(first)
  await expect(steps(page)).toHaveAttribute('aria-live', 'polite')
})

test('typing before the full editor has loaded is not lost', async ({ page }) => {
  await page.goto('./')
  const field = page.getByRole('textbox', { name: 'Scenario text' }).first()
  await field.focus()
  await page.keyboard.press('Control+Home')
  await page.keyboard.type('# typed early, with  spaces')
  await editorReady(page)
  await expect(page.locator('.monaco-editor .view-lines')).toContainText(/typed.early,.with..spaces/)
})

test('a broken edit keeps the picture and says what is wrong, and where', async ({ page }) => {
  await openApp(page)
  await replaceText(page, 'apiVersion: v1\nkind: Pod\nmetadata:\n\tname: x\n')
  const problems = page.getByRole('region', { name: 'Problems' })
  await expect(problems).toContainText(/Line 4/)
  await expect(problems).toContainText('The picture shows the text as it was before this.')
  await expect(page.getByTestId('service/default/webapp-sql1')).toBeVisible()
  await expect(page.locator('.monaco-editor .squiggly-error').first()).toBeVisible()
  await problems.getByRole('button', { name: /^error Line 4/ }).click()
  await expect(problems).toContainText(/1 error\s*Line 4/)
})

test('the space bar writes a space in the editor and plays elsewhere', async ({ page }) => {
  await openApp(page)
  await replaceText(page, '# a')
  await page.keyboard.press('Space')
  await page.keyboard.type('b')
  await expect(page.locator('.monaco-editor .view-lines')).toContainText(/a.b/)
})

test('Enter keeps the indentation; a text inserted as a whole stays as it is; kinds are completed', async ({ page }) => {
  await openApp(page)
  const text = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  ports:\n    - port: 80\n'
  await replaceText(page, text)
  await expect.poll(() => keptText(page)).toBe(text)
  await page.keyboard.press('ControlOrMeta+End')
  await page.keyboard.type('  selector:')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Enter')
  await page.keyboard.type('app: a')
  await expect.poll(() => keptText(page)).toBe(`${text}  selector:\n    app: a`)
  await page.keyboard.press('Escape')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Backspace')
  await page.keyboard.type('sessionAff')
  await page.keyboard.press('Control+Space')
  await expect(page.locator('.suggest-widget')).toContainText('sessionAffinity')
})

test('1024 × 768: nothing is cut off', async ({ page }) => {
  await page.setViewportSize({ width: 1024, height: 768 })
  await openApp(page)
  for (const name of ['Share', 'Help and shortcuts', 'Theme', 'Walk', 'Play', 'Pause']) {
    const button = page.getByRole('button', { name, exact: true }).first()
    if (!(await button.isVisible())) continue
    const box = await button.boundingBox()
    expect(box && box.x >= 0 && box.y >= 0 && box.x + box.width <= 1024 && box.y + box.height <= 768, name).toBe(true)
  }
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1024)
})

test('a narrow screen has one pane at a time', async ({ page }) => {
  await page.setViewportSize({ width: 480, height: 844 })
  await page.goto('./')
  await expect(page.locator('[data-testid^="node/"]').first()).toBeVisible()
  const panes = page.getByRole('navigation', { name: 'Panes' })
  await panes.getByRole('button', { name: 'Walk' }).click()
  await expect(steps(page)).toBeVisible()
  await panes.getByRole('button', { name: 'Scenario' }).click()
  await expect(page.getByRole('heading', { name: 'Scenario' })).toBeVisible()
})
