/** The whole way of a person: open, edit the YAML, walk, step, step back, read the rule. Once by mouse, once by keyboard alone. */
import { expect, type Page, test } from '@playwright/test'
import { currentStep, editorReady, openApp, steps } from './app-page.ts'

const position = (page: Page) => page.getByRole('status', { name: 'Position' })
const packet = (page: Page) => page.getByRole('region', { name: 'Packet at this moment' })

test('by mouse', async ({ page }) => {
  await openApp(page)
  await editorReady(page)
  for (const [title, file] of [
    ['Two containers in one pod', 'localhost'],
    ['Web application and MySQL', 'web-and-mysql'],
  ] as const) {
    await page.getByRole('button', { name: /^Scenario:/ }).click()
    await page.getByRole('menuitem', { name: 'Scenarios…' }).click()
    await page.getByRole('dialog', { name: 'Scenarios' }).getByRole('button', { name: title }).click()
    await expect(page.getByRole('dialog')).toBeHidden()
    await expect(page.getByRole('button', { name: `Scenario: ${file}.yaml` })).toBeVisible()
  }
  await expect(page.getByTestId('service/default/webapp-sql1')).toBeVisible()

  await page.locator('.monaco-editor .view-line', { hasText: 'webapp-sql1' }).first().click()
  await page.keyboard.press('Home')
  await page.keyboard.insertText('# seen\n')
  await expect(page.getByRole('region', { name: 'Problems' })).toBeVisible()

  await page.getByRole('combobox', { name: 'To', exact: true }).click()
  await page
    .getByRole('option', { name: /webapp-sql1:3306/ })
    .first()
    .click()
  await page.getByRole('button', { name: 'Walk', exact: true }).click()
  await expect(currentStep(page)).toBeVisible()
  await page.getByRole('button', { name: 'Pause' }).click()

  const rewrite = steps(page).getByRole('button', { name: /destination becomes/ })
  await steps(page)
    .getByRole('button', { name: /^Connection/ })
    .click()
  await steps(page)
    .getByRole('button', { expanded: false })
    .filter({ hasText: /^SYN\w/ })
    .first()
    .click()
  await rewrite.last().click()
  await expect(currentStep(page)).toContainText('destination becomes')
  await expect(packet(page).locator('ins').first()).toBeVisible()
  await expect(packet(page)).toContainText(/KUBE-SEP-\w+ rule \d/)
  await packet(page).getByRole('button', { name: 'Draw the headers as they stand on the wire' }).click()
  const ipv4 = packet(page).getByRole('region', { name: 'IPv4' })
  for (const field of ['fragment offset', 'checksum', 'destination']) await expect(ipv4.getByText(field, { exact: true })).toBeVisible()
  await expect(ipv4.locator('ins')).toHaveCount(2)
  await packet(page).getByRole('button', { name: 'Draw the headers as they stand on the wire' }).click()
  await expect(ipv4.getByText('checksum')).toHaveCount(0)
  const at = await position(page).innerText()
  await page.getByRole('button', { name: 'Step forward' }).click()
  await expect(position(page)).not.toHaveText(at)
  await page.getByRole('button', { name: 'Step back' }).click()
  await expect(position(page)).toHaveText(at)

  await packet(page)
    .getByRole('button', { name: /line \d+/ })
    .first()
    .click()
  await expect(page.getByRole('region', { name: 'Problems' })).toContainText(/Service webapp-sql1/)
})

test('by keyboard alone', async ({ page }) => {
  await openApp(page)
  await editorReady(page)
  for (const [title, scenario] of [
    ['two containers in one pod', 'localhost'],
    ['web application and mysql', 'web-and-mysql'],
  ] as const) {
    await page.keyboard.press('Control+k')
    await expect(page.getByRole('dialog', { name: 'Command menu' })).toBeVisible()
    await page.keyboard.type(`open ${title}`)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('button', { name: `Scenario: ${scenario}.yaml` })).toBeVisible()
  }
  await expect(page.getByTestId('service/default/webapp-sql1')).toBeVisible()

  await page.keyboard.press('e')
  await page.keyboard.press('Control+Home')
  await page.keyboard.type('# my copy')
  await page.keyboard.press('Enter')
  await expect(page.locator('.monaco-editor .view-lines')).toContainText(/my.copy/)
  // Completion may be open: the first Escape closes it, the second lets Tab leave.
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')

  const to = page.getByRole('combobox', { name: 'To', exact: true })
  for (let presses = 0; presses < 60 && !(await to.evaluate((field) => field === document.activeElement)); presses++)
    await page.keyboard.press('Shift+Tab')
  await expect(to).toBeFocused()
  await page.keyboard.press('Control+A')
  await page.keyboard.type('webapp-sql1')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await expect(to).toHaveValue(/webapp-sql1:3306/)
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Walk', exact: true })).toBeFocused()
  await expect(currentStep(page)).toBeVisible()

  await page.keyboard.press('Home')
  await page.keyboard.press('n')
  await expect(currentStep(page)).toContainText(/becomes/)
  await expect(packet(page).locator('ins').first()).toBeVisible()
  // The first stop is a rewrite that the scenario asked for: the Service's, not the cluster's DNS.
  await expect(packet(page).getByRole('button', { name: /Service webapp-sql1, line \d+/ })).toBeVisible()
  const at = await position(page).innerText()
  await page.keyboard.press('ArrowRight')
  await expect(position(page)).not.toHaveText(at)
  await page.keyboard.press('ArrowLeft')
  await expect(position(page)).toHaveText(at)
  await expect(packet(page)).toContainText(/rule \d/)

  await page.keyboard.press('g')
  await page.keyboard.press('y')
  await expect(page.getByRole('region', { name: 'Problems' })).toContainText(/Line \d+ · Service/)
})

test('stepping back restores the tables of that moment', async ({ page }) => {
  await openApp(page)
  await page.keyboard.press('End')
  await page
    .locator('[data-testid^="node/"]')
    .first()
    .click({ position: { x: 24, y: 18 } })
  const chosen = page.getByRole('region', { name: /^Chosen: node\// })
  const tables = chosen.locator('details')
  await expect(tables.filter({ hasText: 'conntrack -L' })).toContainText('dst=10.96.0.10')
  await expect(tables.first()).toBeVisible()
  const late = await chosen.innerText()
  await page.keyboard.press('Home')
  await expect.poll(() => chosen.innerText()).not.toBe(late)
  await page.keyboard.press('End')
  await expect.poll(() => chosen.innerText()).toBe(late)
})
