/** The level of detail follows the zoom, and what is under the pointer stays under it; the settings can say otherwise. */
import { expect, type Page, test } from '@playwright/test'
import { openApp, rewind } from './app-page.ts'

const level = (page: Page) => page.getByRole('group', { name: 'Level of detail' }).getByRole('button', { pressed: true })
const node = (page: Page) => page.getByTestId('node/worker-2')

/** Turns the wheel with Ctrl, as a pinch does, until that level is there. */
async function wheelTo(page: Page, name: string, deltaY: number): Promise<void> {
  await page.keyboard.down('Control')
  for (let turns = 0; turns < 40 && (await level(page).innerText()) !== name; turns++) {
    await page.mouse.wheel(0, deltaY)
    await page.waitForTimeout(40)
  }
  await page.keyboard.up('Control')
  await expect(level(page)).toHaveText(name)
}

/** Presses a key until that level is there. */
async function pressTo(page: Page, name: string, key: string): Promise<void> {
  for (let presses = 0; presses < 12 && (await level(page).innerText()) !== name; presses++) await page.keyboard.press(key)
  await expect(level(page)).toHaveText(name)
}

test('out to the overview and in again with the wheel: the node under the pointer stays under it, at its size', async ({ page }) => {
  await openApp(page)
  await rewind(page)
  const box = await node(page).boundingBox()
  if (!box) throw new Error('It is not on screen.')
  await page.mouse.move(box.x + box.width * 0.6, box.y + 14)
  await wheelTo(page, 'Overview', 40)
  await expect(async () => {
    const small = await node(page).boundingBox()
    if (!small) throw new Error('It is not on screen.')
    expect(small.x).toBeLessThanOrEqual(box.x + box.width * 0.6)
    expect(small.x + small.width).toBeGreaterThanOrEqual(box.x + box.width * 0.6)
    expect(small.y).toBeLessThanOrEqual(box.y + 14)
    expect(small.y + small.height).toBeGreaterThanOrEqual(box.y + 14)
    // As wide as the rack was at that zoom: 0.43 of what it is at 1.
    expect(small.width).toBeGreaterThan(110)
  }).toPass({ timeout: 5_000 })
  await wheelTo(page, 'Network', -40)
  await expect(async () => {
    const again = await node(page).boundingBox()
    expect(again?.x).toBeLessThanOrEqual(box.x + box.width * 0.6)
    expect((again?.x ?? 0) + (again?.width ?? 0)).toBeGreaterThanOrEqual(box.x + box.width * 0.6)
  }).toPass({ timeout: 5_000 })
})

test('by keyboard too, and into a kernel and out of it; not where the settings say that levels stay', async ({ page }) => {
  await openApp(page)
  await rewind(page)
  await pressTo(page, 'Overview', '-')
  await pressTo(page, 'Network', '+')
  await page.keyboard.press('0')
  const strip = await page.locator('[data-strip="node/worker-1"]').boundingBox()
  if (!strip) throw new Error('It is not on screen.')
  await page.mouse.move(strip.x + strip.width / 3, strip.y + strip.height * 0.7)
  await wheelTo(page, 'Kernel', -40)
  await page.mouse.move(strip.x + strip.width / 3, strip.y + strip.height / 2)
  await wheelTo(page, 'Network', 40)

  await page.keyboard.press('Control+,')
  await page.getByRole('radio', { name: 'By the keys 1, 2, 3 only' }).check({ force: true })
  await page.keyboard.press('Escape')
  await rewind(page)
  await page.keyboard.press('0')
  for (let presses = 0; presses < 8; presses++) await page.keyboard.press('-')
  await expect(level(page)).toHaveText('Network')
})
