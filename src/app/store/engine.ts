/** The engine in its Web Worker, connected to the store. */
import { type Client, createClient } from '../../protocol/client.ts'
import type { AnswerTo, QuestionKind, Questions, Response } from '../../protocol/messages.ts'
import { workerPort } from '../../protocol/worker-port.ts'
import { prepareFrames } from './playback.ts'
import { arrived, connectEngine, receive, showHeld, store } from './store.ts'

/** A worker that has not answered for an older text after this time is replaced when a newer one comes, ms. */
const PATIENCE_MS = 3_000
/** Crashes in a row after which the engine is left alone until the text changes. */
const MOST_CRASHES = 3

/** A walk with more records than this is worked out before it is drawn: both at once would hold up a frame. */
const LONG = 10_000

let client: Client | null = null
let worker: Worker | null = null
let askedAt: number | null = null
let crashes = 0

/** On a first visit the picture comes before the engine: this long after it, ms, or as soon as the user does anything. */
const AFTER_PICTURE_MS = 350
/** … and no later than this after the page began, ms. */
const LATEST_MS = 3_000

/** Starts the engine once the picture that came with the app has been drawn. */
export function startEngineSoon(): void {
  let started = false
  const start = (): void => {
    if (started) return
    started = true
    unsubscribe()
    for (const name of ['pointerdown', 'keydown'] as const) document.removeEventListener(name, start)
    startEngine()
  }
  const unsubscribe = store.subscribe((state) => {
    if (state.topology !== null) setTimeout(start, AFTER_PICTURE_MS)
  })
  for (const name of ['pointerdown', 'keydown'] as const) document.addEventListener(name, start)
  setTimeout(start, LATEST_MS)
}

/** Starts the engine and opens the store's text in it. */
export function startEngine(): void {
  startWorker()
  connectEngine({
    open: (revision, text) => {
      if (worker === null || (askedAt !== null && performance.now() - askedAt > PATIENCE_MS)) startWorker()
      askedAt = performance.now()
      client?.open(revision, text)
    },
    walk: (id, revision, request) => client?.walk(id, revision, request),
    cancel: (id) => client?.cancel(id),
  })
}

/** Asks the engine; rejects with words for the user. */
export function ask<K extends QuestionKind>(kind: K, question: Questions[K]['ask']): Promise<AnswerTo<K>> {
  return client === null ? Promise.reject(new Error('The engine is not running yet.')) : client.ask(kind, question)
}

/** Asks about a namespace at record `n` of the walk on screen. */
export function askAt<K extends 'namespaceState' | 'kernelView' | 'terminal' | 'complete'>(
  kind: K,
  question: Omit<Questions[K]['ask'], 'id'>,
): Promise<AnswerTo<K>> {
  const { walk } = store.getState()
  if (walk === null) return Promise.reject(new Error('No walk has been taken yet.'))
  return ask(kind, { ...question, id: walk.id } as Questions[K]['ask'])
}

function startWorker(): void {
  worker?.terminate()
  client?.close('The engine was busy for too long and starts anew.')
  const started = new Worker(new URL('../../protocol/worker.ts', import.meta.url), { type: 'module', name: 'engine' })
  worker = started
  client = createClient(
    workerPort(started, (message) => {
      if (worker === started) crashed(message)
    }),
    answered,
  )
}

function answered(response: Response): void {
  if (response.type === 'scenario' || (response.type === 'failed' && response.about === 'open')) {
    askedAt = null
    crashes = 0
  }
  const walk = arrived()
  if (response.type === 'walked' && walk?.id === response.id && walk.records.length > LONG) {
    const isWanted = (): boolean => arrived()?.id === response.id
    showHeld()
    void prepareFrames(walk.records, isWanted).then(() => setTimeout(() => receive(response)))
  } else receive(response)
}

function crashed(message: string): void {
  worker?.terminate()
  client?.close(`The engine stopped: ${message}`)
  worker = null
  client = null
  askedAt = null
  crashes += 1
  showHeld()
  store.setState({ engine: 'ready', topologyStale: true })
  if (crashes <= MOST_CRASHES) store.getState().toast(`The engine stopped: ${message} It starts again with your next change.`, 'error')
}
