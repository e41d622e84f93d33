/**
 * The worker's side of the protocol, free of any worker: it takes requests and posts responses. One scenario is open at a
 * time; one walk runs at a time. Work waits for its turn through `later`, so that a newer request already in the mailbox is
 * seen first and makes the older one void; between two pages of a walk the same happens.
 */
import { parseScenario } from '../engine/kubernetes/manifest.ts'
import { resolveTarget } from '../engine/kubernetes/reference.ts'
import type { Scenario } from '../engine/kubernetes/scenario.ts'
import { type NarratorContext, narratorContext } from '../engine/narrator/context.ts'
import { narrate } from '../engine/narrator/narrate.ts'
import { summarize } from '../engine/narrator/summary.ts'
import { whyFailed } from '../engine/narrator/why.ts'
import { builtWorld } from '../engine/simulation/checkpoints.ts'
import { failedCommands } from '../engine/simulation/failed-commands.ts'
import { topologyOf } from '../engine/simulation/topology-of.ts'
import type { Trace } from '../engine/simulation/trace.ts'
import { findWalk, type WalkRequest, walk } from '../engine/simulation/walk.ts'
import { answerTo, type Walked } from './answers.ts'
import { PROTOCOL_VERSION, type Request, type Response } from './messages.ts'
import { type AskedOptions, optionsOf } from './walk-options.ts'

/** Pages that may be on their way without the page having taken them. */
export const CREDITS = 4
/** A good number of records for one page: small enough that neither side is busy for long with one. */
export const PAGE_RECORDS = 250

/** A walk that is longer than this comes in pages that grow, and its words behind it. */
const LONG = 1_000
const MOST_PAGE_RECORDS = 25_000
/** Sentences of one message. */
const SENTENCES = 5_000

/** What the server needs of the place it runs in. */
export interface Surroundings {
  /** Sends a response to the page. */
  readonly post: (response: Response) => void
  /** Runs a task after the requests that have already arrived. */
  readonly later: (task: () => void) => void
  /** Records of one page. */
  readonly pageRecords: number
}

/** A text that could be built. */
interface Opened {
  readonly revision: number
  readonly scenario: Scenario
  readonly context: NarratorContext
}

interface Walking extends AskedOptions {
  readonly id: number
  readonly revision: number
  readonly request: WalkRequest
  readonly trace: Trace | null
  readonly sent: number
  /** How many records have been narrated. */
  readonly told: number
  readonly credits: number
}

/** While a walk is on its way, the page still shows the one before. */
const WALKS_KEPT = 2

interface State {
  /** The last text that could be built. */
  readonly opened: Opened | null
  /** The last text that was looked at; not `opened`'s when it could not be built. */
  readonly revision: number
  /** The text that waits for its turn to be opened. */
  readonly opening: { readonly revision: number; readonly text: string } | null
  readonly walking: Walking | null
  /** The walks that ran last, the latest first: a text with errors leaves them what they were. */
  readonly walked: readonly Walked[]
}

/** The one place where the server's state changes hands. */
interface Server extends Surroundings {
  state: State
}

/** Makes a server; `receive` takes one request of the page and returns at once. */
export function createServer(surroundings: Surroundings): { readonly receive: (request: Request) => void } {
  const server: Server = { ...surroundings, state: { opened: null, revision: 0, opening: null, walking: null, walked: [] } }
  return { receive: (request) => receive(server, request) }
}

function receive(server: Server, request: Request): void {
  const { post, later, state } = server
  switch (request.type) {
    case 'hello':
      post({ type: 'ready', version: PROTOCOL_VERSION })
      break
    case 'open':
      server.state = { ...state, opening: { revision: request.revision, text: request.text }, walking: null }
      later(() => openNow(server))
      break
    case 'walk':
      server.state = { ...state, walking: newWalking(request) }
      later(() => walkNow(server, request.id))
      break
    case 'credit':
      credit(server, request.id)
      break
    case 'cancel':
      if (state.walking?.id === request.id) server.state = { ...state, walking: null }
      break
    case 'ask':
      later(() => answerNow(request, server))
      break
    default:
      request satisfies never
  }
}

function openNow(server: Server): void {
  const { opening } = server.state
  if (opening === null) return
  const opened = open(opening, server) ?? server.state.opened
  server.state = { ...server.state, opening: null, revision: opening.revision, opened }
}

function walkNow(server: Server, id: number): void {
  const { walking } = server.state
  if (walking === null || walking.id !== id || walking.trace !== null) return
  server.state = { ...server.state, ...beginWalk(walking, server) }
  sendPages(server, id)
}

/** Sends one page and lets waiting requests through before the next; stops where the credit ends, until `credit` wakes it. */
function sendPages(server: Server, id: number): void {
  const { walking, opened } = server.state
  if (walking?.id !== id || walking.trace === null || opened === null) return
  const { records } = walking.trace
  if (walking.sent === records.length) {
    server.post(walked(walking, walking.trace, opened))
    server.state = { ...server.state, walking: walking.told < records.length ? walking : null }
    if (walking.told < records.length) server.later(() => sendSentences(server, id))
    return
  }
  if (walking.credits === 0) return
  const size = walking.sent < LONG ? server.pageRecords : Math.max(server.pageRecords, Math.min(MOST_PAGE_RECORDS, walking.sent))
  const page = records.slice(walking.sent, walking.sent + size)
  const isTold = walking.sent < LONG
  const sentences = isTold ? page.map((record) => narrate(record, opened.context)) : []
  server.post({ type: 'page', id, revision: walking.revision, records: page, sentences })
  const told = walking.told + sentences.length
  const next = { ...walking, sent: walking.sent + page.length, told, credits: walking.credits - 1 }
  server.state = { ...server.state, walking: next }
  if (next.credits > 0 || next.sent === records.length) server.later(() => sendPages(server, id))
}

/** The words of a long walk, once all of it is on screen; waiting requests go first. */
function sendSentences(server: Server, id: number): void {
  const { walking, opened } = server.state
  if (walking?.id !== id || walking.trace === null || opened?.revision !== walking.revision) return
  const { records } = walking.trace
  const next = records.slice(walking.told, walking.told + SENTENCES)
  const sentences = next.map((record) => narrate(record, opened.context))
  server.post({ type: 'sentences', id, revision: walking.revision, sentences })
  const told = walking.told + next.length
  server.state = { ...server.state, walking: told < records.length ? { ...walking, told } : null }
  if (told < records.length) server.later(() => sendSentences(server, id))
}

function credit(server: Server, id: number): void {
  const { walking } = server.state
  if (walking?.id !== id) return
  server.state = { ...server.state, walking: { ...walking, credits: walking.credits + 1 } }
  const stood = walking.trace !== null && walking.credits === 0 && walking.sent < walking.trace.records.length
  if (stood) server.later(() => sendPages(server, id))
}

function newWalking({ id, revision, walk: asked, seed, branch, typed = [] }: Extract<Request, { readonly type: 'walk' }>): Walking {
  return { id, revision, request: asked, seed, branch, typed, trace: null, sent: 0, told: 0, credits: CREDITS }
}

/** Parses and builds a text and posts what came of it; null when it cannot be built: its errors say why. */
function open(opening: { readonly revision: number; readonly text: string }, { post }: Surroundings): Opened | null {
  const { revision } = opening
  try {
    const scenario = parseScenario(opening.text)
    const world = builtWorld(scenario)
    const topology = world === null ? null : topologyOf(world, world.cluster)
    const walks = scenario.steps.flatMap((step) =>
      step.kind === 'walk' ? [{ name: step.walk.name, from: step.walk.from, to: step.walk.to, line: step.walk.range?.line ?? null }] : [],
    )
    post({
      type: 'scenario',
      revision,
      diagnostics: [...scenario.diagnostics, ...failedCommands(scenario)],
      documents: scenario.documents,
      walks,
      topology,
    })
    return topology === null ? null : { revision, scenario, context: narratorContext(topology) }
  } catch (error) {
    post({ type: 'failed', about: 'open', id: 0, revision, message: bug(error) })
    return null
  }
}

/** Runs a walk to its end. Where it cannot be run, that is posted and nothing is walking. */
function beginWalk(walking: Walking, { state, post }: Server): Pick<State, 'walking' | 'walked'> {
  const { id, request, seed, branch, typed } = walking
  const refuse = (message: string, end: 'from' | 'to' | null = null): Pick<State, 'walking' | 'walked'> => {
    post({ type: 'failed', about: 'walk', id, revision: walking.revision, message, end })
    return { walking: null, walked: state.walked }
  }
  const { opened, revision } = state
  if (revision !== walking.revision) return refuse('The text has changed since this walk was asked for.')
  if (opened?.revision !== revision) return refuse('Nothing new can walk: the text has errors.')
  try {
    const trace = walk(opened.scenario, request, optionsOf(walking))
    if ('problem' in trace) return refuse(trace.problem, wrongEnd(opened.scenario, request))
    return {
      walking: { ...walking, trace },
      walked: [{ id, request, seed, branch, typed, records: trace.records, ...opened }, ...state.walked].slice(0, WALKS_KEPT),
    }
  } catch (error) {
    return refuse(bug(error))
  }
}

/** Which end of a walk that cannot begin is wrong. */
function wrongEnd(scenario: Scenario, request: WalkRequest): 'from' | 'to' | null {
  const asked = findWalk(scenario, request)
  if ('problem' in asked || scenario.cluster === null) return null
  const sender = resolveTarget(scenario.cluster, asked.spec.from)
  return sender.kind === 'error' || sender.kind === 'service' ? 'from' : 'to'
}

function walked(walking: Walking, trace: Trace, { scenario, context }: Opened): Response {
  const { outcome } = trace
  return {
    type: 'walked',
    id: walking.id,
    revision: walking.revision,
    outcome,
    summary: summarize(outcome, context).sentence,
    why: whyFailed(scenario, trace, context),
  }
}

function answerNow({ request, question }: Extract<Request, { readonly type: 'ask' }>, { state, post }: Server): void {
  const refuse = (message: string): void => post({ type: 'failed', about: 'ask', id: request, revision: state.revision, message })
  try {
    const answer = answerTo(question, state.walked)
    if ('problem' in answer) refuse(answer.problem)
    else post({ type: 'answer', request, answer })
  } catch (error) {
    refuse(bug(error))
  }
}

/** Only mistakes of this program arrive here; the user's are diagnostics and outcomes. */
function bug(error: unknown): string {
  return `The engine failed: ${error instanceof Error ? error.message : String(error)}. This is a mistake in Packetwalk, not in your text.`
}
