/** Breakpoints, watchpoints and the camera that follows: playing halts where it was told to, and the packet stays in view. */
import { expect, type Page, test } from '@playwright/test'
import { currentStep, openApp, rewind } from './app-page.ts'

const position = (page: Page) => page.getByRole('status', { name: 'Position' })
const play = (page: Page) => page.getByRole('button', { name: 'Play', exact: true })
const stopMenu = (page: Page) => page.getByRole('button', { name: /^Stop at: / })

test('playing halts at a rule where a breakpoint stands, and again behind it', async ({ page }) => {
  await openApp(page)
  await rewind(page)
  await page.keyboard.press('3')
  await page.keyboard.press('n')
  await page.keyboard.press('Alt+ArrowLeft')
  const chain = page.getByRole('region', { name: /^Chain KUBE-SEP-/ })
  await chain.getByRole('button', { name: /^Stop at KUBE-SEP-\w+ rule 2/ }).click()
  await expect(stopMenu(page)).toHaveAccessibleName(/^Stop at: KUBE-SEP-\w+ rule 2 on worker-\d$/)
  const there = await position(page).innerText()

  await rewind(page)
  await expect(position(page)).not.toHaveText(there)
  await page.getByRole('combobox', { name: 'Speed' }).selectOption('4')
  await play(page).click()
  await expect(play(page)).toBeVisible({ timeout: 30_000 })
  await expect(position(page)).toHaveText(there)
  await expect(chain.locator('[data-state="matched"]')).toContainText('DNAT')

  await page.keyboard.press('End')
  await page.keyboard.press(',')
  await expect(position(page)).toHaveText(there)
})

test('the watchpoint "next NAT" halts at the rewrite; it is listed and can be taken away', async ({ page }) => {
  await openApp(page)
  await rewind(page)
  await stopMenu(page).click()
  await page.getByRole('menuitemcheckbox', { name: 'next NAT' }).click()
  await page.getByRole('combobox', { name: 'Speed' }).selectOption('4')
  await play(page).click()
  await expect(play(page)).toBeVisible({ timeout: 30_000 })
  await expect(currentStep(page)).toContainText(/(source|destination) becomes/)
  await expect(page.getByTestId('timeline')).toContainText('next NAT')

  await stopMenu(page).click()
  await expect(page.getByRole('menuitemcheckbox', { name: 'next NAT' })).toBeChecked()
  await page.getByRole('menuitem', { name: 'Take all stops away' }).click()
  await expect(stopMenu(page)).toHaveAccessibleName('Stop at: the end')
})

test('B stops here, and the link brings the stop along', async ({ page }) => {
  await openApp(page)
  await rewind(page)
  for (let steps = 0; steps < 3; steps++) await page.keyboard.press('ArrowRight')
  await page.keyboard.press('b')
  await expect(stopMenu(page)).not.toHaveAccessibleName('Stop at: the end')
  const name = (await stopMenu(page).getAttribute('aria-label')) ?? ''
  await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))
  await page.getByRole('button', { name: 'Share', exact: true }).click()
  const link = await page.getByRole('dialog').getByRole('textbox').inputValue()
  await page.goto('about:blank')
  await openApp(page, link)
  await expect(stopMenu(page)).toHaveAccessibleName(name)
})

test('the camera keeps the packet in view while it plays, until somebody pans', async ({ page }) => {
  await openApp(page)
  await rewind(page)
  for (let times = 0; times < 5; times++) await page.getByRole('button', { name: 'Zoom in' }).click()
  const follow = page.getByRole('button', { name: 'Follow the packet' })
  await page.keyboard.press('n')
  await page.keyboard.press('c')
  await expect(follow).toHaveAttribute('aria-pressed', 'true')
  const camera = () => page.locator('.react-flow__viewport').getAttribute('style')
  const before = await camera()
  const pictureOf = page.getByTestId('canvas')
  for (let machines = 0; machines < 3; machines++) {
    await page.keyboard.press('m')
    const where = await currentStep(page).locator('b').first().innerText()
    const shape = page.getByTestId(new RegExp(`^(node|pod/default)/${where.replace(/-\w+$/, '')}`)).first()
    await expect(shape).toBeInViewport()
  }
  expect(await camera()).not.toBe(before)

  await pictureOf.hover()
  await page.mouse.wheel(0, 300)
  await expect(follow).toHaveAttribute('aria-pressed', 'false')
})
