/** scripts/own-kinds.json, which the editor completes from, and what reads the text must know the same fields and words. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseScenario } from './manifest.ts'

interface Schema {
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const KINDS: readonly Schema[] = JSON.parse(read('../../../scripts/own-kinds.json'))

/** Every word in quotes of the files that read our kinds: what they accept is among these. */
const WORDS = new Set(
  [...readdirSync(new URL('decode/', import.meta.url)).map((name) => `decode/${name}`), 'cni/flannel-config.ts']
    .flatMap((path) => [...read(path).matchAll(/'([\w -]+)'/g)])
    .flatMap(([, words = '']) => words.split(' '))
    .filter((word) => word !== ''),
)

/** What a spec needs so that all of it is read; more than one where a field depends on another. */
const BASES: Readonly<Record<string, readonly object[]>> = {
  Cluster: [{ cni: 'bridge' }, { cni: 'flannel' }],
  Walk: [{ from: 'node/worker-1', to: 'tcp://10.0.0.9:80' }],
  Host: [{}],
  Network: [{ cidr: '10.9.0.0/24' }],
  Script: [{ on: 'node/worker-1' }],
}

const kindOf = (schema: Schema): string => schema.properties?.kind?.enum?.[0] ?? ''

/** Fields and words below a schema; '[]' in a path stands for an item. */
function below(schema: Schema | undefined, path: readonly string[]): { readonly path: readonly string[]; readonly schema: Schema }[] {
  if (!schema) return []
  return [
    { path, schema },
    ...(schema.anyOf ?? []).flatMap((one) => below(one, path)),
    ...below(schema.items, [...path, '[]']),
    ...Object.entries(schema.properties ?? {}).flatMap(([key, one]) => below(one, [...path, key])),
  ]
}

/** Complaints of each reading of a document whose spec holds a value at a path. */
function complaints(kind: string, path: readonly string[], value: unknown): readonly (readonly string[])[] {
  const nested = path.reduceRight<unknown>((inner, key) => (key === '[]' ? [inner] : { [key]: inner }), value)
  return (BASES[kind] ?? []).map((base) => {
    const spec = Object.assign({}, base, nested)
    const text = JSON.stringify({ apiVersion: 'packetwalk.dev/v1alpha1', kind, metadata: { name: 'x' }, spec })
    return parseScenario(text).diagnostics.flatMap(({ code, message }) => (REFUSALS.has(code) ? [`${code} ${message}`] : []))
  })
}
const REFUSALS = new Set(['unknown-field', 'unsupported-value', 'not-built', 'wrong-type', 'bad-count'])

const FOUND = KINDS.flatMap((schema) => below(schema.properties?.spec, []).map((one) => ({ ...one, kind: kindOf(schema) })))

const named = (kind: string, path: readonly string[]): string => [kind, ...path].join('.')
const OBJECTS = FOUND.flatMap(({ kind, path, schema }) =>
  schema.properties ? [{ name: named(kind, path), kind, path, fields: Object.keys(schema.properties) }] : [],
)

/** KubeProxyConfiguration and the plugins' own files have fields that touch no packet: those are read and not offered. */
const PARTLY = /^Cluster\.(kubeProxy|cniConfig)/

function readAt(kind: string, path: readonly string[]): ReadonlySet<string> {
  const keys = [...WORDS].filter((word) => !word.includes('-'))
  const unknown = complaints(kind, path, Object.fromEntries(keys.map((word) => [word, {}]))).map(
    (all) => new Set(all.map((message) => /^unknown-field .*?"(?:[^"]*\.)?([^".]+)"/.exec(message)?.[1])),
  )
  return new Set(keys.filter((word) => unknown.some((one) => !one.has(word))))
}

describe('fields', () => {
  test.each(OBJECTS)('of $name', ({ name, kind, path, fields }) => {
    const known = readAt(kind, path)
    expect(fields.filter((field) => !known.has(field))).toEqual([])
    // A mapping whose fields nobody checks takes any key.
    if (!known.has('spec') && !PARTLY.test(name)) expect(fields.toSorted()).toEqual([...known].toSorted())
  })
})

describe('words', () => {
  const ENUMS = FOUND.flatMap(({ kind, path, schema }) =>
    schema.enum ? [{ kind, path, words: schema.enum, name: named(kind, path) }] : [],
  )

  test('are there', () => {
    expect(ENUMS.map(({ name }) => name)).toEqual(expect.arrayContaining(['Cluster.cni', 'Cluster.kubeProxy.mode', 'Walk.expect.outcome']))
  })

  test.each(ENUMS)('of $name', ({ kind, path, words }) => {
    const accepted = [...WORDS, ...words].filter((word) => complaints(kind, path, word).some((all) => all.length === 0))
    expect([...new Set(accepted)].toSorted()).toEqual(words.toSorted())
  })
})
