/** A walk as the store holds it when it is over, for tests in which most of it does not matter. */
import type { WalkOutcome } from '../../engine/simulation/trace.ts'
import type { WalkState } from './state.ts'

export function outcomeOf(rest: Partial<WalkOutcome> = {}): WalkOutcome {
  return {
    ...{ walk: 'one', from: 'pod/a', to: 'tcp://b:1', outcome: 'delivered', reason: null, by: null },
    ...{ server: null, seenFrom: null, answeredFrom: null, masqueraded: false, status: null },
    ...rest,
  }
}

export function walkState(rest: Partial<WalkState> = {}): WalkState {
  return {
    ...{ id: 1, name: 'one', from: 'pod/a', to: 'tcp://b:1', status: 'done', records: [], sentences: [], outcome: null },
    ...{ summary: null, why: null, error: null, errorAt: null, revision: 1, branch: null },
    ...rest,
  }
}
