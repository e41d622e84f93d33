/** An engine that writes down what the store asks of it, and answers for it. */
import { vi } from 'vitest'
import type { Diagnostic } from '../../engine/kubernetes/diagnostic.ts'
import type { DocumentInfo } from '../../engine/kubernetes/scenario.ts'
import type { Topology } from '../../engine/simulation/topology.ts'
import type { TraceRecord } from '../../engine/simulation/trace.ts'
import type { Response } from '../../protocol/messages.ts'
import type { WalkRequest, Wanted } from './state.ts'
import { connectEngine, receive, store } from './store.ts'
import { outcomeOf } from './walk-state.fixture.ts'

export const PICTURE: Topology = { machines: [], services: [], networks: [] }
const DOCUMENT: DocumentInfo = {
  ...{ index: 0, apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'a', ref: 'pod/default/a' },
  range: { from: 0, to: 1, line: 1, column: 1, endLine: 1, endColumn: 2 },
}
export const ERROR: Diagnostic = {
  ...{ code: 'yaml', severity: 'error', message: 'Not YAML.' },
  range: { from: 0, to: 1, line: 1, column: 1, endLine: 1, endColumn: 2 },
}

/** What the engine has been asked for since it was connected. */
export const opened: { revision: number; text: string }[] = []
export const walked: { id: number; request: WalkRequest & { readonly branch: readonly number[] | null } }[] = []
export const cancelled: number[] = []

/** Before each test: an empty text, and an engine that nobody has asked for anything. */
export function connect(): void {
  vi.useFakeTimers()
  store.getState().openText('', { title: 'x.yaml', source: 'own' })
  connectEngine({
    open: (revision, text) => opened.push({ revision, text }),
    walk: (id, _revision, request) => walked.push({ id, request }),
    cancel: (id) => cancelled.push(id),
  })
  for (const asked of [opened, walked, cancelled]) asked.length = 0
}

export function open(text: string, wanted: Wanted | null = null): void {
  store.getState().openText(text, { title: 'x.yaml', source: 'own', wanted })
  vi.runAllTimers()
}

/** The engine has built the present text. */
export function scenario(
  topology: Topology | null,
  walks: readonly string[] = ['one', 'two'],
  diagnostics: readonly Diagnostic[] = [],
  from = 'pod/a',
): void {
  const named = walks.map((name) => ({ name, from, to: 'tcp://b:1', line: 1 }))
  receive({ type: 'scenario', revision: store.getState().revision, diagnostics, documents: [DOCUMENT], walks: named, topology })
}

/** Records whose events do not matter here. */
function records(count: number): readonly TraceRecord[] {
  return Array.from({ length: count }, (_, n) => ({ n, timeMs: n, where: 'pod/default/a' }) as TraceRecord)
}

/** The engine has taken a walk. */
export function answer(id: number, count: number): void {
  const { revision } = store.getState()
  receive({ type: 'page', id, revision, records: records(count), sentences: Array.from({ length: count }, () => 'It goes on.') })
  const done: Response = { type: 'walked', id, revision, outcome: outcomeOf(), summary: 'a reaches b.', why: null }
  receive(done)
}
