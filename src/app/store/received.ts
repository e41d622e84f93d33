/** What each answer of the engine changes: pure functions from the state before to the state after. */
import type { Response } from '../../protocol/messages.ts'
import type { Facts, WalkState } from './state.ts'

type Answer<T extends Response['type']> = Extract<Response, { readonly type: T }>

export const received = {
  /** A text that cannot be built keeps the last good picture and says so. */
  scenario: (before: Facts, answer: Answer<'scenario'>): Partial<Facts> => ({
    engine: 'ready',
    diagnostics: answer.diagnostics,
    documents: answer.documents,
    walks: answer.walks,
    topology: answer.topology ?? before.topology,
    topologyStale: answer.topology === null,
  }),
  page: (walk: WalkState, answer: Answer<'page'>): WalkState => ({
    ...walk,
    records: walk.records.concat(answer.records),
    sentences: walk.sentences.concat(answer.sentences),
  }),
  walked: (walk: WalkState, answer: Answer<'walked'>): WalkState => ({
    ...walk,
    ...{ status: 'done', from: answer.outcome.from || walk.from, to: answer.outcome.to || walk.to },
    ...{ outcome: answer.outcome, summary: answer.summary, hops: answer.hops, durationMs: answer.durationMs },
  }),
}
