/** Several Walks of a scenario at once: their packets in hues of their own, a legend, and one clock. */
import { readFileSync } from 'node:fs'
import { expect, type Page, test } from '@playwright/test'
import { encodeShare } from '../../src/protocol/share.ts'
import { moment, openApp } from './app-page.ts'
import { axeFinds } from './axe.ts'

const legend = (page: Page) => page.getByRole('region', { name: 'Walks played together' })
const entries = (page: Page) => legend(page).getByRole('listitem')

/** The hues of the legend, as the browser paints them. */
const hues = (page: Page): Promise<string[]> =>
  entries(page).evaluateAll((items) =>
    items.map((item) => getComputedStyle(item.querySelector('button > span') ?? item).backgroundColor.replace(/[^\d,]/g, '')),
  )

/** How many pixels of packets and lines have each of these colours. */
const painted = (page: Page, colours: readonly string[]): Promise<number[]> =>
  page.locator('canvas[role="img"]').evaluate((canvas, wanted) => {
    if (!(canvas instanceof HTMLCanvasElement)) return []
    const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] }
    const counts = wanted.map(() => 0)
    for (let at = 0; at < data.length; at += 4) {
      const index = wanted.indexOf(`${data[at]},${data[at + 1]},${data[at + 2]}`)
      if (index >= 0) counts[index] = (counts[index] ?? 0) + 1
    }
    return counts
  }, colours)

/** Waits until each of these colours is in the picture. */
async function expectPainted(page: Page, colours: readonly string[]): Promise<void> {
  await expect.poll(async () => Math.min(...(await painted(page, colours)))).toBeGreaterThan(60)
}

async function openFour(page: Page): Promise<void> {
  const link = encodeShare({ yaml: readFileSync('src/scenarios/service-source-ranges.yaml', 'utf8') })
  if (!link.ok) throw new Error('The scenario is too large for a link.')
  await openApp(page, `./${link.fragment}`)
  await page.getByRole('heading', { name: 'Walk', exact: true }).click()
}

/** The first walk, and beside it one that times out: that goes on for minutes. */
async function openWithTimeout(page: Page): Promise<void> {
  await openFour(page)
  await page.getByRole('button', { name: 'Walks of this scenario' }).click()
  await page.getByRole('menuitemcheckbox', { name: /from-a-pod/ }).click({ modifiers: ['Shift'] })
  await page.keyboard.press('Escape')
  await expect(entries(page)).toHaveCount(2)
  await page.getByRole('heading', { name: 'Walk', exact: true }).click()
}

test('all walks fly at once, each in its hue; another one is focused at the same time of their clock; one alone again', async ({
  page,
}) => {
  await openFour(page)
  await page.keyboard.press('g')
  await page.keyboard.press('w')
  await expect(entries(page)).toHaveCount(4)
  await expect(entries(page).getByText(/delivered|timed out/)).toHaveCount(4)
  const colours = await hues(page)
  expect(new Set(colours).size).toBe(4)
  await expect.poll(() => moment(page)).toBeGreaterThan(6)
  await page.keyboard.press('k')
  await expectPainted(page, colours)

  const [first, second] = [entries(page).nth(0), entries(page).nth(1)]
  await expect(first.getByRole('button', { pressed: true })).toBeVisible()
  await second.getByRole('button').first().click()
  await expect(second.getByRole('button', { pressed: true })).toBeVisible()
  await expect(page.getByRole('combobox', { name: 'From' })).toHaveValue('internet')
  expect(await moment(page)).toBeGreaterThan(3)
  expect(await hues(page)).toEqual(colours)
  await expectPainted(page, colours)
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await axeFinds(page, 'main')).toEqual([])
  }

  await legend(page).getByRole('button', { name: 'Play one alone' }).click()
  await expect(legend(page)).toHaveCount(0)
  await expect.poll(async () => (await painted(page, colours)).filter((count) => count > 60).length).toBeLessThan(3)
})

test('walks are taken along and left out in the list, by keyboard and with Shift', async ({ page }) => {
  await openFour(page)
  const button = page.getByRole('button', { name: 'Walks of this scenario' })
  await button.focus()
  await page.keyboard.press('Enter')
  const items = page.getByRole('menuitemcheckbox')
  await expect(items).toHaveCount(4)
  await page.keyboard.press('ArrowDown')
  await expect(items.first()).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await expect(items.nth(1)).toBeFocused()
  await page.keyboard.press('Space')
  await expect(items.nth(1)).toBeChecked()
  await expect(entries(page)).toHaveCount(2)
  await items.nth(3).click({ modifiers: ['Shift'] })
  await expect(entries(page)).toHaveCount(3)
  await expect(entries(page).nth(2)).toContainText('by-the-node-port')
  expect(await axeFinds(page, '[role="menu"]')).toEqual([])
  await page.keyboard.press('Escape')
  await expect(button).toBeFocused()
  await legend(page).getByRole('button', { name: 'Take from-elsewhere away' }).click()
  await expect(entries(page)).toHaveCount(2)

  // One that is chosen without Space or Shift is walked alone.
  await button.click()
  await page.getByRole('menuitemcheckbox', { name: /from-a-pod/ }).click()
  await expect(legend(page)).toHaveCount(0)
  await expect(page.getByRole('combobox', { name: 'From' })).toHaveValue('pod/client')
})

test('those beside it walk on when the one in focus has arrived', async ({ page }) => {
  await openWithTimeout(page)
  await page.getByLabel('Speed').selectOption('4')
  await page.keyboard.press('End')
  const colours = await hues(page)
  for (let presses = 0; presses < 3; presses++) await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('k')
  await expect(page.getByLabel('Position')).toHaveText(/^(\d+) \/ \1/)
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible({ timeout: 30_000 })
  await expect.poll(async () => (await painted(page, colours))[1]).toBeGreaterThan(60)
})

test('pausing while only those beside it walk on pauses them, too, and playing goes on from there', async ({ page }) => {
  await openWithTimeout(page)
  await page.keyboard.press('End')
  await page.keyboard.press('ArrowLeft')
  const position = page.getByLabel('Position')
  await page.keyboard.press('k')
  await expect(position).toHaveText(/^(\d+) \/ \1/)
  const end = await position.innerText()
  for (let times = 0; times < 2; times++) {
    await page.keyboard.press('k')
    await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible()
    await expect(position).toHaveText(end)
    await page.keyboard.press('k')
    await expect(page.getByRole('button', { name: 'Pause', exact: true })).toBeVisible()
    await expect(position).toHaveText(end)
  }
})
