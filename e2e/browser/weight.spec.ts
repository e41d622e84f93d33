/** The picture can be used before the editor has loaded, with little JavaScript: counted as fetched by the browser, gzipped. */
import { gzipSync } from 'node:zlib'
import { expect, type Response, test } from '@playwright/test'

const MOST_KB = 260

// Nobody has been here before: the tour comes, too, but after the first shape.
test.use({ storageState: { cookies: [], origins: [] } })

/** In the page, before its own scripts: remembers when a pod first stood on the canvas, visible and focusable. Epoch ms. */
function watchForShape(): void {
  const look = (): void => {
    const shape = document.querySelector<HTMLElement>('[data-testid^="pod/"]')
    if (shape?.checkVisibility({ visibilityProperty: true }) && shape.tabIndex >= 0)
      document.documentElement.dataset.firstShape = `${performance.timeOrigin + performance.now()}`
    else requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}

test(`at most ${MOST_KB} KB of JavaScript until the first shape can be used`, async ({ page }) => {
  const scripts: Response[] = []
  page.on('response', (response) => {
    if (/javascript/.test(response.headers()['content-type'] ?? '')) scripts.push(response)
  })
  await page.addInitScript(watchForShape)
  await page.goto('./')
  const root = page.locator('html')
  await expect(root).toHaveAttribute('data-first-shape', /\d/)
  const usable = Number(await root.getAttribute('data-first-shape'))
  await page.locator('[data-testid^="pod/"]').first().focus()
  // What the browser had begun to fetch by then; what it fetches afterwards does not keep anybody waiting.
  const fetched = scripts.filter((response) => response.request().timing().startTime <= usable)
  const sizes = await Promise.all(
    fetched.map(async (response) => ({ name: response.url().split('/').at(-1), bytes: gzipSync(await response.body()).length })),
  )
  const total = sizes.reduce((sum, one) => sum + one.bytes, 0)
  test.info().annotations.push({
    type: 'JavaScript',
    description: `${(total / 1024).toFixed(1)} KB: ${sizes.map((one) => `${one.name} ${one.bytes}`).join(', ')}`,
  })
  console.log(
    `JavaScript until the first shape: ${(total / 1024).toFixed(1)} KB gzip (${sizes.map((one) => `${one.name} ${one.bytes}`).join(', ')})`,
  )
  expect(fetched.length).toBeGreaterThan(1)
  expect(total / 1024).toBeLessThanOrEqual(MOST_KB)
})
