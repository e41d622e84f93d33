import { expect, test } from '@playwright/test'
import { currentStep, editorReady, keptText, openApp, replaceText, rewind, steps } from './app-page.ts'

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

test('where the first text comes late, nobody types into what it would replace', async ({ page }) => {
  await page.route(/first-picture.*\.js$/, async (route) => {
    await new Promise((done) => setTimeout(done, 1_500))
    await route.continue()
  })
  await page.goto('./')
  await expect(page.getByRole('region', { name: 'Scenario' })).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Scenario text' })).toBeHidden()
  await page.getByRole('textbox', { name: 'Scenario text' }).first().focus()
  await page.keyboard.press('Control+Home')
  await page.keyboard.type('# typed early')
  await expect.poll(() => keptText(page)).toContain('# typed early')
})

test('where the first text cannot be fetched, an empty one is there', async ({ page }) => {
  await page.route(/first-picture.*\.js$/, (route) => route.abort())
  await page.goto('./')
  await expect(page.getByText('The first scenario could not be fetched.')).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Scenario text' }).first()).toHaveValue('')
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
  await rewind(page)
  await page.keyboard.press('n')
  for (const name of ['Share', 'Help and shortcuts', 'Theme', 'Walk', 'Play', 'Step forward', 'Fit everything', 'Reach']) {
    const button = page.getByRole('button', { name, exact: true }).first()
    await expect(button).toBeInViewport({ ratio: 1 })
  }
  // What decided stands where it can be read without scrolling.
  await expect(page.getByRole('region', { name: 'What decided' }).getByRole('button', { name: /Service webapp-sql1/ })).toBeInViewport({
    ratio: 1,
  })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1024)
})

test('an empty text invites, and begins with one click', async ({ page }) => {
  await openApp(page)
  await replaceText(page, '#')
  await page.keyboard.press('Backspace')
  const invitation = page.getByRole('region', { name: 'No cluster yet' })
  await expect(invitation.getByRole('button', { name: 'All scenarios' })).toBeVisible()
  await invitation.getByRole('button', { name: 'Two pods and a Service' }).click()
  await expect(page.getByTestId('service/default/web')).toBeVisible()
  await expect(page.locator('.monaco-editor')).toHaveClass(/focused/)
  await page.getByRole('heading', { name: 'Walk', exact: true }).click()
  await page.keyboard.press('w')
  await expect(currentStep(page)).toBeVisible()
  await page.keyboard.press('End')
  await expect(page.getByRole('region', { name: 'Verdict' })).toContainText('client reaches web on port 80 and gets 200')
})

test('a quick fix puts the focus back into the text', async ({ page }) => {
  await openApp(page)
  await replaceText(
    page,
    'apiVersion: v1\nkind: Pod\nmetadata: { name: a, labels: { app: web } }\nspec: { containers: [{ name: c, image: i, ports: [{ containerPort: 80 }] }] }\n---\n' +
      'apiVersion: v1\nkind: Service\nmetadata: { name: b }\nspec: { selector: { app: wbe }, ports: [{ port: 80 }] }\n',
  )
  const problems = page.getByRole('region', { name: 'Problems' })
  const fix = problems.getByRole('button', { name: 'Fix' })
  if (!(await fix.isVisible()))
    await problems
      .getByRole('button', { name: /warning|note|error/ })
      .last()
      .click()
  await fix.first().focus()
  await page.keyboard.press('Enter')
  await expect(fix).toHaveCount(0)
  await expect(page.locator('.monaco-editor')).toHaveClass(/focused/)
})
