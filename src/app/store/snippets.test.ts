import { describe, expect, test } from 'vitest'
import { parseScenario } from '../../engine/kubernetes/manifest.ts'
import { insertion, plainSnippet, SNIPPETS, withFreeName } from './snippets.ts'
import { applyChanges } from './text.ts'

const WORLD = SNIPPETS.filter(({ name }) => ['Pod', 'Service, ClusterIP'].includes(name))

describe('each is sound as it stands', () => {
  test.each(SNIPPETS.map((snippet) => [snippet.name, snippet] as const))('%s', (_, snippet) => {
    const others = WORLD.filter((one) => one.kind !== snippet.kind)
    const text = [...others, snippet].map((one) => plainSnippet(one.text)).join('---\n')
    const { diagnostics, documents } = parseScenario(text)
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(documents.at(-1)?.kind).toBe(snippet.kind)
  })
})

test('all of them together, each under a free name', () => {
  let text = ''
  for (const snippet of SNIPPETS.filter(({ kind }) => kind !== 'Cluster'))
    text = applyChanges(text, [
      insertion(text, text.split('\n').length, plainSnippet(withFreeName(snippet, parseScenario(text).documents))),
    ])
  const { diagnostics, documents } = parseScenario(text)
  expect(diagnostics.filter(({ code }) => code === 'duplicate-name')).toEqual([])
  expect(documents.map(({ name }) => name)).toContain('web-2')
  expect(documents).toHaveLength(SNIPPETS.length - 1)
})

describe('where it is put', () => {
  test.each([
    ['into an empty text', '', 1, 'new\n'],
    ['behind a document', 'a: 1\n', 1, 'a: 1\n---\nnew\n'],
    ['behind a text without a last newline', 'a: 1', 1, 'a: 1\n---\nnew\n'],
    ['between two', 'a: 1\n---\nb: 1\n', 1, 'a: 1\n---\nnew\n---\nb: 1\n'],
    ['behind the second, from its separator', 'a: 1\n---\nb: 1\n', 2, 'a: 1\n---\nb: 1\n---\nnew\n'],
    ['into an empty document', 'a: 1\n---\n\n', 3, 'a: 1\n---\n\nnew\n'],
    ['into an empty document between two', 'a: 1\n---\n---\nb: 1\n', 2, 'a: 1\n---\nnew\n---\nb: 1\n'],
    ['under a comment', '# only this\n', 1, '# only this\nnew\n'],
  ])('%s', (_, text, line, after) => {
    expect(applyChanges(text, [insertion(text, line, 'new\n')])).toBe(after)
  })
})
