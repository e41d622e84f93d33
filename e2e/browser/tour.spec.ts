/** What README promises under "The tour", done as it says. */
import { readFileSync } from 'node:fs'
import { expect, type Page, test } from '@playwright/test'
import { editorReady, openApp, replaceText, rewind } from './app-page.ts'

/** The first block of YAML in README: the fault of step 3. */
const SNIPPET = (/```yaml\n([\s\S]*?)\n\s*```/.exec(readFileSync('README.md', 'utf8'))?.[1] ?? '').replaceAll(/^ {3}/gm, '')
const SCENARIO = readFileSync('src/scenarios/web-and-mysql.yaml', 'utf8')
const verdict = (page: Page) => page.getByRole('region', { name: 'Verdict' })

/** Puts a Script above the first Walk, after its "---". */
async function withFault(page: Page, script: string): Promise<void> {
  const walk = SCENARIO.lastIndexOf('---\n', SCENARIO.indexOf('kind: Walk')) + 4
  await replaceText(page, `${SCENARIO.slice(0, walk)}${script}\n${SCENARIO.slice(walk)}`)
  await expect(page.getByRole('region', { name: 'Problems' })).not.toContainText(/error/)
}

test('step 2: N goes to the rewrite that a line of the scenario asked for, G then Y to that line', async ({ page }) => {
  await openApp(page)
  await editorReady(page)
  await rewind(page)
  await page.keyboard.press('n')
  const decided = page.getByRole('region', { name: 'What decided' })
  await expect(decided).toContainText('Here the destination changes from Service webapp-sql1 to the endpoint 10.244.1.2:3306.')
  await page.keyboard.press('g')
  await page.keyboard.press('y')
  await expect(page.getByRole('region', { name: 'Problems' })).toContainText(/Line \d+ · Service webapp-sql1/)
})

test('step 3: a route that a Script deleted is named, and the line that did it', async ({ page }) => {
  await openApp(page)
  expect(SNIPPET).toContain('ip route del 10.244.2.0/24')
  await withFault(page, SNIPPET)
  await rewind(page)
  await page.keyboard.press('End')
  await expect(verdict(page)).toContainText('worker-1 has no route to 10.244.2.0/24. Script fault did that.')
  await verdict(page)
    .getByRole('button', { name: /Script fault, line \d+/ })
    .click()
  await expect(page.getByRole('region', { name: 'Problems' })).toContainText(/Script fault/)
})

test('ip_forward=0 leads to the Script that set it', async ({ page }) => {
  await openApp(page)
  await withFault(page, SNIPPET.replace(/run: ".*"/, 'run: "sysctl -w net.ipv4.ip_forward=0"'))
  await rewind(page)
  await page.keyboard.press('End')
  await expect(verdict(page)).toContainText('worker-1 does not forward packets: net.ipv4.ip_forward is 0.')
  await expect(verdict(page).getByRole('button', { name: /Script fault, line \d+/ })).toBeVisible()
})

test('a drop that is not there is said', async ({ page }) => {
  await openApp(page)
  await rewind(page)
  await page.keyboard.press('d')
  await expect(page.getByText('Nothing is dropped in this walk.')).toBeVisible()
})

test('the command menu and the help hold the same keys', async ({ page }) => {
  await openApp(page)
  await page.keyboard.press('?')
  const help = page.getByRole('dialog', { name: 'Help' })
  for (const key of ['Alt ←', 'Alt →', 'Ctrl Enter', 'Esc then Tab', 'R'])
    await expect(help.getByText(key, { exact: true }).first()).toBeVisible()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('dialog', { name: 'Command menu' })).toBeVisible()
  await page.keyboard.type('focus path')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Focus path' })).toHaveAttribute('aria-pressed', 'true')
})
