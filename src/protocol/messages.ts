/** The only thing the page and the worker share. A discriminated union on `type`, with a version; plain, cloneable data. */
import type { Definitions } from '../engine/kubernetes/definitions.ts'
import type { Diagnostic, TextChange } from '../engine/kubernetes/diagnostic.ts'
import type { Drawn, Gesture } from '../engine/kubernetes/drawing/gesture.ts'
import type { DocumentInfo } from '../engine/kubernetes/scenario.ts'
import type { ToldComparison } from '../engine/narrator/compared.ts'
import type { Why } from '../engine/narrator/why.ts'
import type { KernelView } from '../engine/simulation/kernel-view.ts'
import type { ReachPlan, ReachQuestion } from '../engine/simulation/reach-plan.ts'
import type { TypedCommand } from '../engine/simulation/steps.ts'
import type { TerminalOutput } from '../engine/simulation/terminal.ts'
import type { TerminalCapture } from '../engine/simulation/terminal-capture.ts'
import type { Topology } from '../engine/simulation/topology.ts'
import type { TraceRecord, WalkOutcome } from '../engine/simulation/trace.ts'
import type { BranchesAnswer } from './branches-answer.ts'
import type { OtherWorld } from './compare-answer.ts'
import type { LabAnswer } from './lab-answer.ts'
import type { ReachAnswer } from './reach-answer.ts'

export const PROTOCOL_VERSION = 1

export interface WalkSummary {
  readonly name: string
  readonly from: string
  readonly to: string
  /** 1-based line of its document; null for walks typed in the walk bar. */
  readonly line: number | null
}

/** Page → worker. `revision` numbers the text; answers for an older one are dropped by the client. */
export type Request =
  | { readonly type: 'hello'; readonly version: number }
  | { readonly type: 'open'; readonly revision: number; readonly text: string }
  /** `name` of a Walk document, or `from` and `to`. */
  | {
      readonly type: 'walk'
      readonly id: number
      readonly revision: number
      readonly walk: { readonly name: string } | { readonly from: string; readonly to: string }
      readonly seed: number
      /** Answers of its random choices, one by one; what they leave open is the first that can happen. Null: drawn from the seed. */
      readonly branch: readonly number[] | null
      /** Commands typed in terminals while it walks. */
      readonly typed?: readonly TypedCommand[]
    }
  /** The client has consumed a page: one more may be sent. */
  | { readonly type: 'credit'; readonly id: number }
  | { readonly type: 'cancel'; readonly id: number }
  /** Answered by `answer` or by `failed` about `ask`, with the same `request`. */
  | { readonly type: 'ask'; readonly request: number; readonly question: Question }

/** A moment of walk `id`: after record `n`; −1: before the walk. `where`: a namespace. */
export interface Moment {
  readonly id: number
  readonly n: number
  readonly where: string
}

/** What the page can ask beside opening and walking. Each has its function in answers.ts. */
export interface Questions {
  /** The tables of a namespace at a moment, as the tools print them. */
  readonly namespaceState: { readonly ask: Moment; readonly answer: NamespaceState }
  /** The hooks and chains of a namespace at a moment, the packet among them. */
  readonly kernelView: { readonly ask: Moment & { readonly open: KernelView['open'] }; readonly answer: KernelView }
  /** Who walks to whom in the matrix of who reaches whom. */
  readonly reachPlan: { readonly ask: { readonly text: string; readonly to: ReachQuestion['to'] }; readonly answer: ReachPlan }
  /** What one sender reaches of several targets. */
  readonly reach: {
    readonly ask: { readonly text: string; readonly from: string; readonly targets: readonly string[] }
    readonly answer: ReachAnswer
  }
  /** A text as a script for a real Linux machine; `walk`: one of the user's own, taken after those of the text. */
  readonly lab: {
    readonly ask: { readonly text: string; readonly walk: { readonly from: string; readonly to: string } | null }
    readonly answer: LabAnswer
  }
  /** Another Walk of the scenario that walk `id` walks in, to be shown beside it. */
  readonly alongside: {
    /** `typed`: commands typed in terminals while it was on screen itself. */
    readonly ask: { readonly id: number; readonly name: string; readonly typed: readonly TypedCommand[] }
    readonly answer: WalkAlongside
  }
  /** Every way walk `id` can go where chance decides. */
  readonly branches: { readonly ask: { readonly id: number }; readonly answer: BranchesAnswer }
  /** A line typed at a machine or pod (`where`) at a moment; or, of nothing but tcpdump, all that it will show of the walk. */
  readonly terminal: { readonly ask: Moment & { readonly line: string }; readonly answer: TerminalOutput | TerminalCapture }
  /** How the last word of an unfinished line can go on there. */
  readonly complete: { readonly ask: Moment & { readonly line: string }; readonly answer: readonly string[] }
  /** Walk `id` beside the same walk in another world. */
  readonly compare: { readonly ask: { readonly id: number; readonly other: OtherWorld }; readonly answer: ToldComparison }
  /** What a gesture on the canvas changes in a text. */
  readonly draw: { readonly ask: { readonly text: string; readonly gesture: Gesture }; readonly answer: Drawn }
  /** The documents that a name at an offset of the text means; null: none. */
  readonly definitions: {
    readonly ask: { readonly text: string; readonly offset: number }
    readonly answer: { readonly found: Definitions | null }
  }
  /** What gives a text its layout. */
  readonly format: { readonly ask: { readonly text: string }; readonly answer: readonly TextChange[] }
}

export type QuestionKind = keyof Questions
export type Question = { readonly [K in QuestionKind]: { readonly kind: K } & Questions[K]['ask'] }[QuestionKind]
export type AnswerTo<K extends QuestionKind> = Questions[K]['answer']

/** What another walk did; its words are told when it is looked at itself. */
export interface WalkAlongside {
  readonly records: readonly TraceRecord[]
  readonly outcome: WalkOutcome
}

/** Tables of one namespace at one moment, as the tools print them, split in rows for display. */
export interface NamespaceState {
  readonly where: string
  readonly n: number
  /** `ip addr`, `ip route`, `ip neigh`, `bridge fdb`, `conntrack -L`, `iptables-save -c`, `ss -ltn`, `sysctl`: section title → text lines. */
  readonly sections: readonly { readonly title: string; readonly command: string; readonly lines: readonly string[] }[]
}

/** Worker → page. */
export type Response =
  | { readonly type: 'ready'; readonly version: number }
  | {
      readonly type: 'scenario'
      readonly revision: number
      readonly diagnostics: readonly Diagnostic[]
      readonly documents: readonly DocumentInfo[]
      readonly walks: readonly WalkSummary[]
      /** Null when the text cannot be built: keep the last good picture. */
      readonly topology: Topology | null
    }
  | {
      readonly type: 'page'
      readonly id: number
      readonly revision: number
      readonly records: readonly TraceRecord[]
      /** Of the records from the first that has none yet, in order; on long walks they come behind, as `sentences`. */
      readonly sentences: readonly string[]
    }
  /** More sentences of a walk whose records are all there. */
  | { readonly type: 'sentences'; readonly id: number; readonly revision: number; readonly sentences: readonly string[] }
  | {
      readonly type: 'walked'
      readonly id: number
      readonly revision: number
      readonly outcome: WalkOutcome
      /** One sentence: what happened and why. */
      readonly summary: string
      /** Cause, place, line and fix of a walk that failed; null when it was delivered. */
      readonly why: Why | null
    }
  | { readonly type: 'answer'; readonly request: number; readonly answer: AnswerTo<QuestionKind> }
  | {
      readonly type: 'failed'
      readonly about: 'open' | 'ask'
      readonly id: number
      readonly revision: number
      readonly message: string
    }
  | {
      readonly type: 'failed'
      readonly about: 'walk'
      readonly id: number
      readonly revision: number
      readonly message: string
      /** The end of the walk that is wrong; null when it is neither. */
      readonly end: 'from' | 'to' | null
    }
