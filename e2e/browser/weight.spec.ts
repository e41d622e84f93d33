/** The picture can be used before the editor has loaded, with little JavaScript: counted as fetched by the browser, gzipped. */
import { gzipSync } from 'node:zlib'
import { expect, type Response, test } from '@playwright/test'

const MOST_KB = 260

test(`at most ${MOST_KB} KB of JavaScript until the first shape can be used`, async ({ page }) => {
  const scripts: Response[] = []
  page.on('response', (response) => {
    if (/javascript/.test(response.headers()['content-type'] ?? '')) scripts.push(response)
  })
  await page.goto('./')
  const shape = page.locator('[data-testid^="pod/"]').first()
  await shape.waitFor()
  await shape.focus()
  const fetched = [...scripts]
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
