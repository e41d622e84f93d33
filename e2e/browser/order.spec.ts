/** Pods and nodes stand where they are dragged to, in the grid of the layout; the text knows nothing of it. */
import { expect, type Page, test } from '@playwright/test'
import { editorReady, openApp, rewind } from './app-page.ts'

/** Shapes from left to right. */
const fromLeft = (page: Page, ref: RegExp): Promise<string[]> =>
  page
    .getByTestId(ref)
    .evaluateAll((shapes) =>
      shapes
        .sort((a, b) => a.getBoundingClientRect().left - b.getBoundingClientRect().left)
        .map((shape) => shape.getAttribute('data-testid') ?? ''),
    )
const NODES = /^node\//

test('a pod is dragged before another, a node before another, by keyboard back; undone, and reset', async ({ page }) => {
  await openApp(page)
  await editorReady(page)
  await rewind(page)
  const text = await page.evaluate(() => document.querySelector('.monaco-editor')?.textContent ?? '')
  const home = async (): Promise<string[]> => {
    const node = await page.getByTestId('node/worker-1').boundingBox()
    const pods = await fromLeft(page, /^pod\//)
    const boxes = await Promise.all(pods.map((ref) => page.getByTestId(ref).boundingBox()))
    return pods.filter(
      (_, index) => (boxes[index]?.x ?? 0) > (node?.x ?? 0) && (boxes[index]?.x ?? 0) < (node?.x ?? 0) + (node?.width ?? 0),
    )
  }
  const [first = '', second = ''] = await home()
  const [from, to] = [await page.getByTestId(second).boundingBox(), await page.getByTestId(first).boundingBox()]
  if (!from || !to) throw new Error('They are not on screen.')
  await page.mouse.move(from.x + 40, from.y + 50)
  await page.mouse.down()
  await page.mouse.move(to.x + 60, to.y + 50, { steps: 4 })
  await page.mouse.move(to.x + 20, to.y + 50, { steps: 3 })
  await expect(page.getByTestId('guide')).toBeVisible()
  await page.mouse.up()
  await expect.poll(home).toEqual([second, first])
  expect(await page.getByTestId(second).boundingBox()).toEqual(to)
  await page.keyboard.press('Control+z')
  await expect.poll(home).toEqual([first, second])
  await page.getByTestId(first).focus()
  await page.keyboard.press('Shift+Alt+ArrowRight')
  await expect.poll(home).toEqual([second, first])
  await expect(page.getByTestId(first)).toBeFocused()

  const [one, two] = [await page.getByTestId('node/worker-1').boundingBox(), await page.getByTestId('node/worker-2').boundingBox()]
  if (!one || !two) throw new Error('They are not on screen.')
  await page.mouse.move(two.x + 200, two.y + 10)
  await page.mouse.down()
  await page.mouse.move(one.x + 60, one.y + 14, { steps: 5 })
  await page.mouse.up()
  await expect.poll(() => fromLeft(page, NODES)).toEqual(['node/worker-2', 'node/worker-1'])
  expect(await page.evaluate(() => document.querySelector('.monaco-editor')?.textContent ?? '')).toBe(text)
  await page.keyboard.press('Control+k')
  await page.getByRole('option', { name: 'Reset the layout' }).click()
  await expect.poll(() => fromLeft(page, NODES)).toEqual(['node/worker-1', 'node/worker-2'])
  await expect.poll(home).toEqual([first, second])
})
