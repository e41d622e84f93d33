/**
 * What a person does on the canvas, as changes of the text: the text stays the one source of truth. Pure; a gesture that cannot be carried out says
 * why and what to do instead.
 */
import type { TextChange } from '../diagnostic.ts'

/** Things that can be drawn. */
export type DrawnKind =
  | 'node'
  | 'pod'
  | 'deployment'
  | 'service'
  | 'host'
  | 'bridge'
  | 'network'
  | 'networkpolicy'
  | 'ingress'
  | 'walk'
  | 'script'

/** References are those of shapes and documents: 'pod/default/web', 'node/worker-1', 'service/default/web', 'host/db', 'network/office'. */
export type Gesture =
  /** A new thing. `on`: the shape it was dropped on: the node of a pod, the pods of a Service, the machine of a bridge or Script, the network of a host. */
  | { readonly kind: 'add'; readonly what: DrawnKind; readonly on: string | null }
  /** A line drawn from one shape to another: see connect.ts. */
  | { readonly kind: 'connect'; readonly from: string; readonly to: string }
  /** A pod dropped on a node. */
  | { readonly kind: 'place'; readonly pod: string; readonly node: string }
  | { readonly kind: 'rename'; readonly ref: string; readonly name: string }
  | { readonly kind: 'duplicate'; readonly refs: readonly string[] }
  | { readonly kind: 'delete'; readonly refs: readonly string[] }
  | { readonly kind: 'scale'; readonly ref: string; readonly replicas: number }
  /** Documents from elsewhere, as text; those whose names are taken get other ones. */
  | { readonly kind: 'paste'; readonly text: string }

/** Changes of the text the gesture was made on, not overlapping, in ascending order. */
export interface Drawn {
  readonly changes: readonly TextChange[]
  /** What should be selected afterwards. */
  readonly select: string | null
  /** What happened that one may not expect: "Deployment web has 2 replicas now". */
  readonly note: string | null
}

/** One or two sentences: why not, and what to do. */
export interface DrawProblem {
  readonly problem: string
}

/** A gesture that cannot be carried out. */
export function problem(text: string): DrawProblem {
  return { problem: text }
}
