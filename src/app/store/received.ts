/** What each answer of the engine changes: pure functions from the state before to the state after. */
import type { Response } from '../../protocol/messages.ts'
import { searchAgain } from './search-hits.ts'
import type { Facts, WalkState } from './state.ts'
import { knownOf } from './together.ts'

type Answer<T extends Response['type']> = Extract<Response, { readonly type: T }>

/** Longest message or name that is drawn, characters: a browser lays out a megabyte of them for seconds. */
const MOST_WORDS = 600

function shortened(words: string): string {
  return `${words.slice(0, MOST_WORDS - 120)} … ${words.slice(-100)}`
}

export const received = {
  /** A text that cannot be built keeps the last good picture and says so. */
  scenario: (before: Facts, answer: Answer<'scenario'>): Partial<Facts> => ({
    engine: 'ready',
    diagnostics: answer.diagnostics.map((one) => (one.message.length > MOST_WORDS ? { ...one, message: shortened(one.message) } : one)),
    diagnosticsRevision: answer.revision,
    documents: answer.documents.map((one) => (one.name.length > MOST_WORDS ? { ...one, name: shortened(one.name) } : one)),
    walks: answer.walks,
    together: answer.topology === null ? before.together : knownOf(before.together, answer.walks),
    search: before.search && answer.topology ? searchAgain(before.search, answer.topology) : before.search,
    topology: answer.topology ?? before.topology,
    topologyStale: answer.topology === null,
    built: answer.topology === null || before.built.text === before.text ? before.built : { text: before.text, before: before.built.text },
  }),
  page: (walk: WalkState, answer: Answer<'page'>): WalkState => ({
    ...walk,
    records: walk.records.concat(answer.records),
    sentences: walk.sentences.concat(answer.sentences),
  }),
  sentences: (walk: WalkState, answer: Answer<'sentences'>): WalkState => ({
    ...walk,
    sentences: walk.sentences.concat(answer.sentences),
  }),
  walked: (walk: WalkState, answer: Answer<'walked'>): WalkState => ({
    ...walk,
    ...{ status: 'done', from: answer.outcome.from || walk.from, to: answer.outcome.to || walk.to },
    ...{ outcome: answer.outcome, summary: answer.summary, why: answer.why },
  }),
}
