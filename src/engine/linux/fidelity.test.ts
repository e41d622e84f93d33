/** docs/FIDELITY.md names the test of every observation: each must exist, and each point be named once. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8')

/** Rows of the form | CT1 | what was observed | `linux/x.test.ts` | title |. */
const rows = [...read('../../../docs/FIDELITY.md').matchAll(/^\| ([A-Z]{2}\d+) \| .* \| `([^`]+\.test\.ts)` \| (.+) \|$/gm)].map(
  ([, point = '', file = '', title = '']) => ({ point, file, title }),
)

/** What a test file calls its tests: the first argument of test(), it(), test.each()(). */
function titles(file: string): string[] {
  return [...read(`../${file}`).matchAll(/(?:\b(?:test|it)\(|\)\(|^ {2,}\)?)\s*(['`"])(.+?)\1,/gm)].map(([, , title = '']) => title)
}

describe('docs/FIDELITY.md', () => {
  test('has a row for every point, none twice', () => {
    expect(rows.length).toBeGreaterThan(110)
    expect(new Set(rows.map(({ point }) => point)).size).toBe(rows.length)
  })

  test.each(rows)('$point: $file has the test "$title"', ({ file, title }) => {
    expect(titles(file)).toContain(title)
  })
})
