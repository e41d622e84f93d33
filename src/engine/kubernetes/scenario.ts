/** What a scenario text holds besides the cluster: walks, scripts, lessons; and where each document stands. */
import type { Cluster } from './cluster.ts'
import type { Diagnostic, TextRange } from './diagnostic.ts'

export interface WalkExpectation {
  readonly outcome: string | null
  readonly by: string | null
  readonly reason: string | null
  readonly seenFrom: string | null
  readonly path: readonly string[] | null
}

/** One `Walk` document, or a walk asked for by hand. `from` and `to` are the user's text (DESIGN §4). */
export interface WalkSpec {
  readonly name: string
  readonly from: string
  readonly to: string
  readonly expect: WalkExpectation | null
  /** HTTP details of a walk asked for by the command line (method, Host header, TLS name). */
  readonly http: { readonly method: string | null; readonly host: string | null; readonly tlsHost: string | null } | null
  readonly range: TextRange | null
}

/** One `Script` document: commands run on one machine, between walks or at a moment inside one. */
export interface ScriptSpec {
  readonly name: string
  readonly on: string
  readonly run: string
  /** Where `run` stands in the text: the line of its first command, and whether each line of it has one of its own (`|`). */
  readonly runLine: {
    readonly first: number
    readonly block: boolean
    /** The line of each command, where they stand in another order than what was pasted. */
    readonly lines?: readonly number[]
    /** `run` is one command and, from its second line on, the standard input whose lines each stand in the text. */
    readonly input?: true
  }
  readonly at: { readonly walk: string; readonly timeMs: number } | null
  readonly range: TextRange
}

export interface LessonSpec {
  readonly name: string
  readonly title: string
  readonly steps: readonly {
    readonly text: string
    readonly walk: string | null
    readonly focus: readonly string[]
    readonly breakpoint: string | null
    readonly quiz: unknown
  }[]
  readonly range: TextRange
}

/** One YAML document of the text, in order: for the outline, selection and "jump to the YAML". */
export interface DocumentInfo {
  readonly index: number
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string | null
  readonly name: string
  /** 'service/default/web', 'node/worker-1', 'walk/one' …: the reference shapes and origins use. */
  readonly ref: string
  readonly range: TextRange
}

export interface Scenario {
  readonly text: string
  readonly documents: readonly DocumentInfo[]
  /** Null when no cluster could be made of the text (then `diagnostics` holds an error). */
  readonly cluster: Cluster | null
  /** Walks and scripts in document order: they run in this order in one world. */
  readonly steps: readonly ({ readonly kind: 'walk'; readonly walk: WalkSpec } | { readonly kind: 'script'; readonly script: ScriptSpec })[]
  readonly lessons: readonly LessonSpec[]
  readonly diagnostics: readonly Diagnostic[]
}
