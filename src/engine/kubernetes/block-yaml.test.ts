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
    [
      'flow collections',
      'a: {b: 1, c: [x, -2, "y, z", \'w\', [], {}], d.e/f: a b}\nb:\n- {c: tcp://pod/x:80}\n- [ 1 , 10.0.0.0/8 ]\nc: [~, null, true]\n',
    ],
    ['JSON on a line', '{"kind":"Service","spec":{"ports":[{"port":80,"name":"a\\tb"}],"x":null,"y":-1.5e3,"z":[]}}\n---\n{"kind":"x"}'],
    [
      'JSON on lines',
      '{\n    "kind": "List",\n    "items": [\n        {\n            "a": "b: {c}"\n        },\n        2\n    ]\n}\n---\n[\n1\n,\n2]\n',
    ],
  ])('%s', (_name, text) => {
    const documents = readBlockYaml(text)
    expect(documents).not.toBeNull()
    expect(documents).toEqual(library(text))
  })

  test.each([
    ['an anchor', 'a: &x 1\n'],
    ['an alias', 'a: *x\n'],
    ['a tag', 'a: !!str 1\n'],
    ['a flow mapping on two lines', 'a: {b: 1,\n  c: 2}\n'],
    ['a flow mapping that does not end', 'a: {b: 1\n'],
    ['text behind a flow mapping', 'a: {b: 1} c\n'],
    ['a flow mapping as a key', '{b: 1}: c\n'],
    ['a comma too many', 'a: [1, ]\n'],
    ['a key without a value in a flow mapping', 'a: {b, c: 1}\n'],
    ['a pair in a flow list', 'a: [b: 1]\n'],
    ['a colon without a blank', 'a: {b:1}\n'],
    ['a key twice in a flow mapping', 'a: {b: 1, b: 2}\n'],
    ['a quoted merge key', 'a: {"<<": {b: 1}}\n'],
    ['a comment in JSON', '{\n# one\n"a": 1}\n'],
    ['a separator in JSON', '{"a":\n---\n1}\n'],
    ['a scalar on two lines in JSON', '{"a": b\n c}\n'],
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
    .chain(([content, defaultStringType, indentSeq]) =>
      fc.constantFrom(
        stringify({ top: content }, { defaultStringType, indentSeq, lineWidth: 0 }),
        stringify({ top: content }, { defaultStringType, indentSeq, lineWidth: 0, collectionStyle: 'flow' }),
        stringify({ top: { a: content } }, { defaultStringType, lineWidth: 0, collectionStyle: 'flow' })
          .replaceAll(/\n */g, ' ')
          .trim()
          .concat('\n'),
        `${JSON.stringify({ top: content }, null, indentSeq ? 2 : 0)}\n`,
      ),
    )

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
    const edit = fc.tuple(
      fc.nat(),
      fc.constantFrom('', ' ', '  ', '\n', ':', '-', '#', '"', "'", '\t', '{', '}', '[', ',', '|', 'a', '1'),
      fc.nat(2),
    )
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
