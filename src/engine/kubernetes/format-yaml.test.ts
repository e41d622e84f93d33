import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { applyChanges } from './drawing/drawing.ts'
import { formatYaml } from './format-yaml.ts'
import { dumpText } from './test-dump.ts'

function format(text: string): string {
  const changes = formatYaml(text)
  if ('problem' in changes) throw new Error(changes.problem)
  return applyChanges(text, changes)
}

describe('layout', () => {
  test.each([
    [
      'spaces',
      'kind:   Pod   # why\nmetadata: {  name:   x,labels: { a: "b" , c: \'d\' } }\n',
      'kind: Pod # why\nmetadata: { name: x, labels: { a: "b", c: \'d\' } }\n',
    ],
    ['indentation', 'spec:\n    ports:\n        - port: 80\n          name: a\n', 'spec:\n  ports:\n    - port: 80\n      name: a\n'],
    ['lists as they are indented', 'spec:\n    ports:\n    -   port: 80\n', 'spec:\n  ports:\n  - port: 80\n'],
    ['brackets as they are filled', 'a: [1,  2]\nb: {c: d,e: f}\n', 'a: [1, 2]\nb: {c: d, e: f}\n'],
    ['separators', 'a: 1\n--- # next\nb:   2', 'a: 1\n---\n# next\nb: 2\n'],
    ['the end of the text', 'a: 1\n\n\n', 'a: 1\n'],
    ['values as they are written', 'a:  010\nb: ~\nc:\nd: 0x1F\ne: yes\nf: 1.50\n', 'a: 010\nb: ~\nc:\nd: 0x1F\ne: yes\nf: 1.50\n'],
    [
      'lines of strings',
      'spec:\n    a: >-\n        one\n        two\n\n        three\n    b: plain\n      text\n    c: "x\n       y"\n',
      'spec:\n  a: >-\n    one\n    two\n\n    three\n  b: plain\n    text\n  c: "x\n     y"\n',
    ],
    [
      'commands',
      'spec:\n    run: |\n        ip link\n          # deeper\n        ip addr\n',
      'spec:\n  run: |\n    ip link\n      # deeper\n    ip addr\n',
    ],
    ['brackets over lines', 'spec:\n    a:   [1,\n          2]\n    b:   3\n', 'spec:\n  a: [1,\n        2]\n  b: 3\n'],
    ['JSON', '{\n "a": 1,\n "b": [1,\n 2]\n}\n', '{\n "a": 1,\n "b": [1,\n 2]\n}\n'],
    [
      'comments',
      '# top\na:  1 # one\n\n# two\nb:\n   # three\n   c:   2\n# end\n',
      '# top\na: 1 # one\n\n# two\nb:\n  # three\n  c: 2\n# end\n',
    ],
    ['nothing', '', ''],
    ['only comments', '   # nothing\n', '   # nothing\n'],
    ['anchors', 'a:   &x { b: 1 }\nc:   *x\n', 'a: &x { b: 1 }\nc: *x\n'],
  ])('%s', (_, before, after) => {
    expect(format(before)).toBe(after)
    expect(formatYaml(after)).toEqual([])
  })
})

test('only the documents that need it change', () => {
  const text = 'a: 1\n---\nb:   2\n---\nc: 3\n'
  expect(formatYaml(text)).toEqual([{ from: 5, to: 16, insert: '---\nb: 2\n' }])
})

test('a text with a syntax error is left alone, and the line is said', () => {
  expect(formatYaml('a: 1\nb: [\n')).toEqual({ problem: expect.stringMatching(/^Line \d+ has a syntax error/) })
})

const GALLERY = join(import.meta.dirname, '../../scenarios')

test.each(readdirSync(GALLERY).filter((name) => name.endsWith('.yaml')))('%s is in this layout', (name) => {
  const text = readFileSync(join(GALLERY, name), 'utf8')
  expect(format(text)).toBe(text)
})

test('what was indented otherwise comes back, and formatting twice is formatting once', () => {
  for (const name of readdirSync(GALLERY).filter((file) => file.endsWith('.yaml'))) {
    const text = readFileSync(join(GALLERY, name), 'utf8')
    const wide = parseAllDocuments(text)
      .map((document) => document.toString({ lineWidth: 0, indent: 4, flowCollectionPadding: false }))
      .join('')
    expect(format(wide)).toBe(text)
  }
})

test('a text of more than a megabyte is not formatted', () => {
  expect(formatYaml(`a: ${'b'.repeat(1_000_001)}`)).toEqual({ problem: expect.stringContaining('too long') })
})

test('what kubectl prints is in this layout', () => {
  const text = dumpText({ nodes: 2, pods: 6, services: 2, agent: { name: 'kube-flannel-ds', label: 'app: flannel' } })
  expect(format(text)).toBe(text)
})
