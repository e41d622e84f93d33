/**
 * The page's side of the protocol. It numbers nothing itself: revisions and walk ids are the store's. It hands every answer
 * that is still wanted to `onResponse`, gives credit for each page taken, and drops what an edit or a newer walk has made stale.
 */
import type { TypedCommand } from '../engine/simulation/steps.ts'
import {
  type AnswerTo,
  PROTOCOL_VERSION,
  type Question,
  type QuestionKind,
  type Questions,
  type Request,
  type Response,
} from './messages.ts'

/** What the client needs of a Worker (or of a server in the same thread, in tests). */
export interface Port {
  readonly post: (request: Request) => void
  /** Called once; `receive` is to be called with every response. */
  readonly listen: (receive: (response: Response) => void) => void
}

/** `branch`: as in the request of the protocol. */
export type AskedWalk = ({ readonly name: string } | { readonly from: string; readonly to: string }) & {
  readonly branch: readonly number[] | null
  readonly typed?: readonly TypedCommand[]
}

export interface Client {
  /** Opens a text; answers for older revisions are dropped from now on. */
  readonly open: (revision: number, text: string) => void
  /** Starts a walk by its document's name, or from one place to another; ends any older one. */
  readonly walk: (id: number, revision: number, request: AskedWalk) => void
  readonly cancel: (id: number) => void
  /** Rejects, with words for the user, when there is no answer (any more). */
  readonly ask: <K extends QuestionKind>(kind: K, question: Questions[K]['ask']) => Promise<AnswerTo<K>>
  /** The server is gone: what it was asked is rejected with these words. */
  readonly close: (why: string) => void
}

interface Waiting {
  readonly resolve: (answer: AnswerTo<QuestionKind>) => void
  readonly reject: (error: Error) => void
}

/** Connects to a server and says hello; a server of another version is reported by `onResponse` as a failed `open`. */
export function createClient(port: Port, onResponse: (response: Response) => void): Client {
  let revision = 0
  let walkId: number | null = null
  const questions = questionsOn(port)

  const receive = (response: Response): void => {
    switch (response.type) {
      case 'ready':
        onResponse(response.version === PROTOCOL_VERSION ? response : otherVersion(response.version, revision))
        break
      case 'scenario':
        if (response.revision === revision) onResponse(response)
        break
      case 'page':
        if (response.id !== walkId) break
        onResponse(response)
        port.post({ type: 'credit', id: response.id })
        break
      case 'walked':
      case 'sentences':
        if (response.id === walkId) onResponse(response)
        break
      case 'answer':
        questions.settle(response.request, ({ resolve }) => resolve(response.answer))
        break
      case 'failed':
        if (response.about === 'ask') questions.settle(response.id, ({ reject }) => reject(new Error(response.message)))
        else if (response.about === 'walk' ? response.id === walkId : response.revision === revision) onResponse(response)
        break
      default:
        response satisfies never
    }
  }

  port.listen(receive)
  port.post({ type: 'hello', version: PROTOCOL_VERSION })
  return {
    open: (next, text) => {
      revision = next
      walkId = null
      port.post({ type: 'open', revision, text })
    },
    walk: (id, ofRevision, { branch, typed = [], ...walk }) => {
      walkId = id
      port.post({ type: 'walk', id, revision: ofRevision, walk, seed: 0, branch, typed })
    },
    cancel: (id) => {
      if (walkId === id) walkId = null
      port.post({ type: 'cancel', id })
    },
    ask: questions.ask,
    close: questions.close,
  }
}

/** Questions and the promises that wait for their answers. */
function questionsOn(port: Port) {
  let last = 0
  const waiting = new Map<number, Waiting>()
  return {
    ask: <K extends QuestionKind>(kind: K, question: Questions[K]['ask']): Promise<AnswerTo<K>> => {
      last += 1
      const request = last
      port.post({ type: 'ask', request, question: { kind, ...question } as Question })
      return new Promise((resolve, reject) => waiting.set(request, { resolve: (answer) => resolve(answer as AnswerTo<K>), reject }))
    },
    settle: (request: number, how: (asked: Waiting) => void): void => {
      const asked = waiting.get(request)
      waiting.delete(request)
      if (asked) how(asked)
    },
    close: (why: string): void => {
      for (const { reject } of waiting.values()) reject(new Error(why))
      waiting.clear()
    },
  }
}

function otherVersion(version: number, revision: number): Response {
  return {
    type: 'failed',
    about: 'open',
    id: 0,
    revision,
    message: `The page speaks version ${PROTOCOL_VERSION} and its engine version ${version}. Reload the page.`,
  }
}
