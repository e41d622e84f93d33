/** Syntax errors in words for those who have not read the YAML specification. */
import { expect, test } from 'vitest'
import { parseScenario } from './manifest.ts'

test.each([
  ['kind: [1, 2\nfoo: 1\n', 'A list that begins with [ does not end: write ] behind its last item, on a line that is indented.'],
  ['kind: {a: 1\nfoo: 1\n', 'A mapping that begins with { does not end: write } behind its last entry, on a line that is indented.'],
  ['a: 1\nfoo\n', 'This line is no "key: value": it lacks a colon, or belongs to the line above and must be indented deeper.'],
  ['a: b: c\n', 'A second "key: value" stands on this line: write it on a line of its own, or put the value in quotes.'],
  [
    'a:\n    b: 1\n  c: 2\n',
    'This key is indented differently from the keys above that it belongs to: they must start at the same column.',
  ],
  ['a: "b" c\n', 'This stands behind a value that is complete: it lacks a line break, or quotes around all of it.'],
])('%j', (text, message) => {
  expect(parseScenario(text).diagnostics.map((diagnostic) => diagnostic.message)).toContain(message)
})

test('metadata that is no mapping is said once', () => {
  const { diagnostics } = parseScenario('apiVersion: v1\nkind: Pod\nmetadata: web\nspec: {containers: [{name: c, image: i}]}\n')
  expect(diagnostics.map(({ message }) => message)).toEqual(['metadata must be a mapping, not a string.'])
})
