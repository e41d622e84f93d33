/** A node, or a workload's pods, as one shape: by button, menu, key and command; packets and undo go on. */
import { expect, type Page, test } from '@playwright/test'
import { dropLonelyPod, openApp, rewind } from './app-page.ts'
import { axeFinds } from './axe.ts'

const node = (page: Page, name: string) => page.getByTestId(`node/${name}`)
const webapps = (page: Page) => page.getByTestId(/^pod\/default\/webapp/)
const groups = (page: Page) => page.getByTestId(/^group\/.*\/deployment\/default\/webapp$/)

async function command(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+k')
  await page.getByRole('option', { name }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
}

/** Middle of the packet's label, and the box of a shape. */
async function isNear(page: Page, ref: string, most: number): Promise<boolean> {
  const letter = await page.locator('canvas[role="img"]').evaluate((canvas) => {
    if (!(canvas instanceof HTMLCanvasElement)) return null
    const { data, width } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [], width: 1 }
    const amber = getComputedStyle(canvas).getPropertyValue('--rewrite').trim()
    const wanted = [1, 3, 5].map((at) => Number.parseInt(amber.slice(at, at + 2), 16)).join()
    for (let at = 0; at < data.length; at += 4)
      if (`${data[at]},${data[at + 1]},${data[at + 2]}` === wanted) return { x: (at / 4) % width, y: Math.floor(at / 4 / width) }
    return null
  })
  const [canvas, box] = [await page.locator('canvas[role="img"]').boundingBox(), await page.getByTestId(ref).boundingBox()]
  if (!letter || !canvas || !box) return false
  const [x, y] = [canvas.x + letter.x, canvas.y + letter.y]
  return x > box.x - most && x < box.x + box.width + most && y > box.y - most && y < box.y + box.height + most
}

test('a node collapses to one box with a count, packets go through it, and undo opens it again', async ({ page }) => {
  await openApp(page)
  await rewind(page)
  await page.keyboard.press('n')
  await page.keyboard.press('n')
  const wide = await node(page, 'worker-2').boundingBox()
  await page.getByRole('button', { name: 'Collapse node worker-2' }).click()
  await expect(node(page, 'worker-2')).toContainText(/worker-2.*2 pods/)
  await expect(node(page, 'worker-2')).toHaveAccessibleName(/^node worker-2, .*, collapsed, 2 pods/)
  await expect(node(page, 'worker-2')).toBeFocused()
  await expect(webapps(page)).toHaveCount(1)
  const small = await node(page, 'worker-2').boundingBox()
  expect(small?.height ?? 999).toBeLessThan((wide?.height ?? 0) / 2)
  // The packet is rewritten in its kernel: in the box.
  await expect.poll(() => isNear(page, 'node/worker-2', 12)).toBe(true)
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await axeFinds(page, 'main')).toEqual([])
  }
  await page.keyboard.press('Control+z')
  await expect(webapps(page)).toHaveCount(2)
  await page.keyboard.press('Control+y')
  await expect(webapps(page)).toHaveCount(1)
  await page.getByRole('button', { name: 'Open node worker-2' }).click()
  await expect(webapps(page)).toHaveCount(2)
})

test('the pods of a Deployment collapse on every node, by keyboard, menu and command', async ({ page }) => {
  await openApp(page)
  await rewind(page)
  await webapps(page).first().focus()
  await page.keyboard.press('h')
  await expect(webapps(page)).toHaveCount(0)
  await expect(groups(page)).toHaveCount(2)
  await expect(groups(page).first()).toContainText(/webapp\s*1 pod/)
  await expect(groups(page).first()).toBeFocused()
  // It stands for what is inside.
  await page.keyboard.press('Enter')
  await expect(
    page
      .getByRole('region', { name: /^Chosen/ })
      .getByRole('heading')
      .first(),
  ).toContainText(/webapp-/)
  await page.keyboard.press('h')
  await expect(webapps(page)).toHaveCount(2)
  await expect(webapps(page).first()).toBeFocused()

  await webapps(page).first().click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Collapse Deployment webapp' }).click()
  await expect(groups(page)).toHaveCount(2)
  await command(page, 'Collapse every node')
  await expect(page.getByTestId(/^pod\//)).toHaveCount(0)
  await command(page, 'Open everything that is collapsed')
  await expect(webapps(page)).toHaveCount(2)
})

test('what is collapsed stays so in one’s own work after a reload', async ({ page }) => {
  await openApp(page)
  await dropLonelyPod(page)
  await page.getByRole('button', { name: 'Collapse node worker-1' }).click()
  await expect(page.getByTestId('pod/default/lonely')).toHaveCount(0)
  await expect.poll(() => page.evaluate(() => localStorage.getItem('packetwalk.works'))).toContain('node/worker-1')
  await page.reload()
  await expect(node(page, 'worker-1')).toHaveAccessibleName(/collapsed/)
})
