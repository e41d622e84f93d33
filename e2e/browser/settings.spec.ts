/** Each setting does what it says, at once and the next time. */
import { expect, type Page, test } from '@playwright/test'
import { CLIENT_AND_WEB } from '../../src/engine/kubernetes/client-and-web.fixture.ts'
import { dropFile, editorReady, moment, openApp, rewind, steps } from './app-page.ts'

async function openSettings(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Walk', exact: true }).click()
  await page.keyboard.press('Control+,')
  await expect(page.getByRole('dialog', { name: 'Settings' })).toBeVisible()
}

async function choose(page: Page, group: string, choice: string): Promise<void> {
  await openSettings(page)
  await page.getByRole('group', { name: group }).getByRole('radio', { name: choice }).check()
  await page.keyboard.press('Escape')
}

const ground = (page: Page): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
const DARK = 'rgb(18, 19, 23)'
const LIGHT = 'rgb(244, 244, 241)'

test('the theme: of page and editor, whatever the system has', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' })
  await openApp(page)
  await editorReady(page)
  await choose(page, 'Theme', 'Dark')
  expect(await ground(page)).toBe(DARK)
  await expect(page.locator('.monaco-editor').first()).toHaveClass(/vs-dark/)
  await page.reload()
  expect(await ground(page)).toBe(DARK)
  await choose(page, 'Theme', 'As the system')
  expect(await ground(page)).toBe(LIGHT)
})

test('the density: rows of lists and lines of the text are higher', async ({ page }) => {
  await openApp(page)
  await editorReady(page)
  await rewind(page)
  const row = steps(page)
    .getByRole('button', { name: /^DNS query/ })
    .first()
  const heights = async () => ({
    row: (await row.boundingBox())?.height ?? 0,
    line: (await page.locator('.monaco-editor .view-line').first().boundingBox())?.height ?? 0,
  })
  const dense = await heights()
  await choose(page, 'Density', 'Roomy')
  await expect.poll(async () => (await heights()).line / dense.line).toBeGreaterThan(1.15)
  expect((await heights()).row / dense.row).toBeGreaterThan(1.15)
  await page.reload()
  await expect(page.locator('html')).toHaveAttribute('data-density', 'roomy')
  await editorReady(page)
  await expect.poll(async () => (await heights()).line).toBeGreaterThan(dense.line)
})

/** Different pictures of the packet while it is played for a while, and the moments that it passes. */
async function played(page: Page): Promise<{ readonly pictures: number; readonly moments: number }> {
  await rewind(page)
  await page.keyboard.press('Space')
  const from = await moment(page)
  const pictures = await page.evaluate(async () => {
    const canvas = document.querySelector<HTMLCanvasElement>('[data-testid="canvas"] canvas')
    const seen = new Set<string>()
    for (const end = performance.now() + 4_000; performance.now() < end; ) {
      await new Promise(requestAnimationFrame)
      seen.add(canvas?.toDataURL() ?? '')
    }
    return seen.size
  })
  await page.keyboard.press('Space')
  return { pictures, moments: (await moment(page)) - from }
}

test('motion: reduced, the packet stands still between its stations', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'no-preference' })
  await openApp(page)
  await editorReady(page)
  const button = page.getByRole('button', { name: 'Share' })
  await expect(button).toHaveCSS('transition-duration', '0.09s')
  const moving = await played(page)
  expect(moving.pictures).toBeGreaterThan(moving.moments + 4)
  await choose(page, 'Motion', 'Reduced')
  await expect(button).toHaveCSS('transition-duration', '0s')
  const still = await played(page)
  expect(still.moments).toBeGreaterThan(0)
  expect(still.pictures).toBeLessThanOrEqual(still.moments + 2)
})

test('Tab in the editor: indents, or moves on', async ({ page }) => {
  await openApp(page)
  await editorReady(page)
  const editor = page.getByRole('textbox', { name: /^Scenario text/ })
  const line = page.locator('.monaco-editor .view-line').first()
  const before = (await line.textContent()) ?? ''
  await editor.focus()
  await page.keyboard.press('Control+Home')
  await page.keyboard.press('Tab')
  await expect(editor).toBeFocused()
  expect(((await line.textContent()) ?? '').length).toBe(before.length + 2)
  await page.keyboard.press('Control+z')
  await expect(line).toHaveText(before)
  await choose(page, 'Tab in the editor', 'Moves on')
  await editor.focus()
  await page.keyboard.press('Tab')
  await expect(editor).not.toBeFocused()
  await expect(line).toHaveText(before)
})

test('what a scenario opens with', async ({ page }) => {
  await openApp(page)
  const level = (name: string) => page.getByRole('button', { name, exact: true, pressed: true })
  await expect(level('Network')).toBeVisible()
  await choose(page, 'A scenario opens with', 'Overview')
  await expect(level('Network')).toBeVisible()
  await page.reload()
  await expect(steps(page).getByRole('button').first()).toBeVisible()
  await expect(level('Overview')).toBeVisible()
  await choose(page, 'A scenario opens with', 'Kernel')
  await page.reload()
  await expect(level('Kernel')).toBeVisible()
  await expect(page.getByRole('main', { name: 'Kernel' })).toBeVisible()
  await dropFile(page, 'manifests.yaml', CLIENT_AND_WEB)
  await expect(steps(page).getByRole('button').first()).toBeVisible()
  await expect(level('Kernel')).toBeVisible()
  await choose(page, 'A scenario opens with', 'What fits')
  await page.reload()
  await expect(level('Network')).toBeVisible()
})

test('by keyboard, from the menu of the theme and back', async ({ page }) => {
  await openApp(page)
  await page.getByRole('button', { name: 'Theme' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'All settings…' }).focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Settings' })
  await expect(dialog).toBeVisible()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await expect(dialog.getByRole('radio', { name: 'Dense' })).toBeFocused()
  await page.keyboard.press('ArrowRight')
  await expect(dialog.getByRole('radio', { name: 'Roomy' })).toBeChecked()
  await expect(page.locator('html')).toHaveAttribute('data-density', 'roomy')
  await page.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Theme' })).toBeFocused()
})

test('from the help and back: the focus is where the first of the two dialogs was opened', async ({ page }) => {
  await openApp(page)
  const help = page.getByRole('button', { name: 'Help and shortcuts' })
  await help.focus()
  // Once fetched, the settings stand there in the very moment in which the help goes.
  for (const time of ['first', 'second']) {
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Help' }).getByRole('button', { name: 'Settings…' }).press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Settings' })
    await expect(dialog, time).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(dialog, time).toHaveCount(0)
    await expect(help, time).toBeFocused()
  }
})
