/** A narrow screen: one pane at a time, and the path unrolled into one line on a phone. */
import { expect, test } from '@playwright/test'
import { currentStep, editorReady, keptText, steps } from './app-page.ts'

test.use({ viewport: { width: 390, height: 844 } })

test('the path is one line, with the packet on it and the player under it', async ({ page }) => {
  await page.goto('./')
  const path = page.getByTestId('unrolled')
  await expect(path).toBeVisible()
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.keyboard.press('Home')
  await page.keyboard.press('n')
  const here = path.locator('[aria-current="location"]')
  await expect(here).toContainText('nat PREROUTING')
  await expect(here).toContainText('10.96.250.92:3306')
  await expect(here).toBeInViewport({ ratio: 1 })
  await expect(path.getByTestId('network/lan').first()).toContainText('172.18.0.0/16')
  const slider = page.getByRole('slider', { name: 'Moment' })
  const before = await slider.inputValue()
  await page.getByRole('button', { name: 'Step forward' }).click()
  await expect(slider).toHaveValue(String(Number(before) + 1))
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await page.getByRole('button', { name: 'Whole picture' }).click()
  await expect(page.getByTestId('pod/default/webapp-82dlvpd5zs-pmnsz')).toBeVisible()
})

test('a pane that is left goes on as it is: the walk plays, the text keeps its history', async ({ page }) => {
  await page.goto('./')
  const panes = page.getByRole('navigation', { name: 'Panes' })
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible()
  await panes.getByRole('button', { name: 'Walk' }).click()
  await expect(steps(page)).toBeVisible()
  const first = await currentStep(page).innerText()
  await expect.poll(() => currentStep(page).innerText(), { timeout: 15_000 }).not.toBe(first)

  await panes.getByRole('button', { name: 'Scenario' }).click()
  await editorReady(page)
  await page.locator('.monaco-editor .view-lines').first().click()
  await page.keyboard.press('ControlOrMeta+Home')
  await page.keyboard.type('# mine ')
  await expect.poll(() => keptText(page)).toContain('# mine ')
  await panes.getByRole('button', { name: 'Picture' }).click()
  await expect(page.getByTestId('unrolled')).toBeVisible()
  await panes.getByRole('button', { name: 'Scenario' }).click()
  await page.locator('.monaco-editor .view-lines').first().click()
  await page.keyboard.press('ControlOrMeta+z')
  await expect.poll(() => keptText(page)).not.toContain('# mine ')
})

test('a line that is asked for opens the text', async ({ page }) => {
  await page.goto('./')
  await expect(page.getByTestId('unrolled')).toBeVisible()
  await page.keyboard.press('Home')
  await page.keyboard.press('n')
  await page.getByRole('navigation', { name: 'Panes' }).getByRole('button', { name: 'Walk' }).click()
  await page
    .getByRole('button', { name: /Service webapp-sql1, line \d+/ })
    .first()
    .click()
  await expect(page.getByRole('heading', { name: 'Scenario' })).toBeVisible()
})

test('between phone and desktop there is one pane at a time, with the picture', async ({ page }) => {
  await page.setViewportSize({ width: 640, height: 844 })
  await page.goto('./')
  await expect(page.locator('[data-testid^="node/"]').first()).toBeVisible()
  await page.getByRole('navigation', { name: 'Panes' }).getByRole('button', { name: 'Scenario' }).click()
  await expect(page.getByRole('heading', { name: 'Scenario' })).toBeVisible()
})
