/** docs/FIDELITY.md names the test of every observation: each must exist and run, and each point be named once. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8')

/** Rows of the form | CT1 | what was observed | `linux/x.test.ts` | title |. */
const rows = [...read('../../../docs/FIDELITY.md').matchAll(/^\| ([A-Z]{2}\d+) \| .* \| `([^`]+\.test\.ts)` \| (.+) \|$/gm)].map(
  ([, point = '', file = '', title = '']) => ({ point, file, title }),
)

const uncommented = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(?:^|\s)\/\/ ?.*$/gm, '')

/** What a test file calls its tests: the first argument of test(), it(), test.each()(). */
function titlesIn(text: string): string[] {
  return [...uncommented(text).matchAll(/(?:\b(?:test|it)\(|\)\(|^ {2,}\)?)\s*(['`"])(.+?)\1,/gm)].map(([, , title = '']) => title)
}

/** The ways in which vitest leaves tests out, or takes a failure for a success. */
function leftOut(text: string): string[] {
  const ways =
    /\b(?:test|it|describe)(?:\.\w+)*\.(?:skip|skipIf|runIf|todo|only|fails)\b|\bx(?:it|test|describe)\(|\b(?:skip|todo|only|fails): true/g
  return [...uncommented(text).matchAll(ways)].map(([way]) => way)
}

describe('a test that does not run', () => {
  test.each([
    ["// test('a', () => {})"],
    ["  // it('a', () => {})"],
    ["/*\n  test('a', () => {})\n*/"],
    ["expect(1).toBe(1) // test('a', () => {})"],
  ])('has no title: %j', (text) => {
    expect(titlesIn(text)).toEqual([])
  })

  test.each([
    ["test.skip('a', () => {})", 'test.skip'],
    ["it.skip.each([1])('a', () => {})", 'it.skip'],
    ["test.skip(\n  'a',\n  () => {})", 'test.skip'],
    ["describe.skip('all', () => {})", 'describe.skip'],
    ["test.concurrent.todo('a')", 'test.concurrent.todo'],
    ["test.skipIf(true)('a', () => {})", 'test.skipIf'],
    ["describe.only('others', () => {})", 'describe.only'],
    ["xit('a', () => {})", 'xit('],
    ["test('a', { skip: true }, () => {})", 'skip: true'],
  ])('is found: %j', (text, way) => {
    expect(leftOut(text)).toEqual([way])
  })

  test('leaves those that run', () => {
    const text = "test('a', () => {})\n// why\ntest.each([\n  ['http://x'],\n])('b %s', () => {})\nit(\n  'c',\n  () => {})"
    expect(titlesIn(text)).toEqual(['a', 'b %s', 'c'])
    expect(leftOut(text)).toEqual([])
  })
})

describe('docs/FIDELITY.md', () => {
  test('has a row for every point, none twice', () => {
    expect(rows.length).toBeGreaterThan(110)
    expect(new Set(rows.map(({ point }) => point)).size).toBe(rows.length)
  })

  test.each(rows)('$point: $file has the test "$title"', ({ file, title }) => {
    expect(titlesIn(read(`../${file}`))).toContain(title)
  })

  test.each([...new Set(rows.map(({ file }) => file))])('%s leaves no test out', (file) => {
    expect(leftOut(read(`../${file}`))).toEqual([])
  })
})
