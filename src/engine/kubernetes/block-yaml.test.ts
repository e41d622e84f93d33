import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { readBlockYaml } from './block-yaml.ts'
import { createReport } from './report.ts'
import { dumpText } from './test-dump.ts'
import { readAnyYaml } from './yaml-documents.ts'

const library = (text: string) => readAnyYaml(text, createReport(text)).map(({ index, value }) => ({ index, value }))

const scenarios = new URL('../../scenarios/', import.meta.url)
const files = readdirSync(scenarios).filter((name) => name.endsWith('.yaml'))

describe('gives the values, paths and places of the YAML library, or gives up', () => {
  const gallery = files.map((file) => readFileSync(new URL(file, scenarios), 'utf8'))
  const read = gallery.filter((text) => readBlockYaml(text) !== null)

  test('the gallery: more than half of it is plain enough', () => {
    expect(read.length).toBeGreaterThan(gallery.length / 2)
    expect(read.map(readBlockYaml)).toEqual(read.map(library))
  })

  test('a dump of a cluster', () => {
    const text = dumpText({ nodes: 2, pods: 6, services: 2, agent: { name: 'kindnet', label: 'app: kindnet' } })
    expect(readBlockYaml(text)).toEqual(library(text))
  })

  test.each([
    [
      'scalars',
      'a: 1\nb: -2.5e3\nc: "x\\ty"\nd: \'it\'\'s\'\ne: true\ng: ~\nh: 10.0.0.1\ni: 1.30\nj: "80"\nk: null\nl: a b  \nm: x#y\nn: a:b\n',
    ],
    ['numbers that are none', 'a: 0b9f5c2e\nb: 1_000\nc: 1.2.3\nd: +5\ne: .5\nf: 5.\ng: 1e3\nj: 2024-05-02\n'],
    ['lists', 'a:\n- 1\n- b: 2\n  c:\n    - x\n    - y\nd:\n  - - 1\n    - 2\n  - e: {}\n    f: []\n'],
    ['documents', '---\na: 1\n---\n# nothing\n---\nb: 2\n---\n'],
    ['literals', 'a: |\n  one\n   two\n\n  three\nb: |-\n  x\n\ne: |\n  x\n\n\nc: |+\n  y\n\nd: 1\n'],
    ['comments', '# first\na: 1\n\n# between\nb:\n# before\n  c: 2\n# last\n'],
    ['no end of line', 'a:\n  b: 1'],
    ['keys', '"a b": 1\n\'c\': 2\nd.e/f: 3\n_g: 4\n'],
  ])('%s', (_name, text) => {
    const documents = readBlockYaml(text)
    expect(documents).not.toBeNull()
    expect(documents).toEqual(library(text))
  })

  test.each([
    ['an anchor', 'a: &x 1\n'],
    ['an alias', 'a: *x\n'],
    ['a tag', 'a: !!str 1\n'],
    ['a flow mapping', 'a: {b: 1}\n'],
    ['folded text', 'a: >\n  b\n'],
    ['a scalar on two lines', 'a: b\n  c\n'],
    ['a quoted scalar on two lines', 'a: "b\n  c"\n'],
    ['a comment behind a value', 'a: 1 # one\n'],
    ['a key without a value', 'a:\nb: 1\n'],
    ['an indented comment', 'a: 1\n  # one\n'],
    ['a tab', 'a:\n\tb: 1\n'],
    ['a carriage return', 'a: 1\r\nb: 2\r\n'],
    ['a key twice', 'a: 1\na: 2\n'],
    ['a merge key', '<<: 1\n'],
    ['a number as a key', '1: a\n'],
    ['a word as a key', 'true: a\n'],
    ['wrong indentation', 'a:\n    b: 1\n  c: 2\n'],
    ['a colon inside', 'a: b: c\n'],
    ['text', 'hello\n'],
    ['a separator glued on', 'a: {}---\n'],
    ['other numbers', 'a: 0x10\n'],
    ['the end of a document', 'a: 1\n...\n'],
    ['a directive', '%YAML 1.2\n---\na: 1\n'],
  ])('gives up at %s', (_name, text) => {
    expect(readBlockYaml(text)).toBeNull()
  })
})

describe('laws', () => {
  const word = fc.constantFrom(
    'a',
    'app',
    'b-c',
    'x/y',
    '10.0.0.1',
    '80',
    'true',
    'no',
    'null',
    '~',
    '1e3',
    '0x1f',
    '-',
    '- a',
    'a: b',
    'a #b',
    "it's",
    '"',
    '',
    ' ',
    '|',
    '&x',
    'é',
  )
  const scalar = fc.oneof(
    word,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.double({ noNaN: true }),
    fc.string({ maxLength: 8 }),
    fc.constant('two\nlines\n'),
    fc.constant('two\n\nlines'),
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      scalar,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(word, tie('value'), { maxKeys: 4 }),
    ),
  }))
  const styled = fc
    .tuple(
      value,
      fc.constantFrom('PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE') as fc.Arbitrary<'PLAIN' | 'QUOTE_SINGLE' | 'QUOTE_DOUBLE'>,
      fc.boolean(),
    )
    .map(([content, defaultStringType, indentSeq]) => stringify({ top: content }, { defaultStringType, indentSeq, lineWidth: 0 }))

  test('whatever the library prints is read as the library reads it, or given up', () => {
    fc.assert(
      fc.property(fc.array(styled, { minLength: 1, maxLength: 3 }), (documents) => {
        const text = documents.join('---\n')
        const read = readBlockYaml(text)
        if (read !== null) expect(read).toEqual(library(text))
      }),
      { numRuns: 400 },
    )
  })

  test('with a character changed, put in or taken out, it is read as the library reads it, or given up', () => {
    const edit = fc.tuple(fc.nat(), fc.constantFrom('', ' ', '  ', '\n', ':', '-', '#', '"', "'", '\t', '{', '|', 'a', '1'), fc.nat(2))
    fc.assert(
      fc.property(styled, fc.array(edit, { minLength: 1, maxLength: 2 }), (printed, edits) => {
        const text = edits.reduce((now, [at, insert, length]) => {
          const from = at % (now.length + 1)
          return now.slice(0, from) + insert + now.slice(from + length)
        }, printed)
        const read = readBlockYaml(text)
        if (read !== null) expect(read).toEqual(library(text))
      }),
      { numRuns: 800 },
    )
  })
})
