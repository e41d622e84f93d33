/** Which drags mean something: lines between shapes, tools and pods dropped on them. Pure. */
import type { DrawnKind, Gesture } from '../../../engine/kubernetes/drawing/gesture.ts'
import type { Topology } from '../../../engine/simulation/topology.ts'

/** What is being dragged. */
export type Dragged =
  | { readonly kind: 'tool'; readonly what: DrawnKind; readonly name: string }
  | { readonly kind: 'pod'; readonly ref: string }
  | { readonly kind: 'node'; readonly ref: string }
  | { readonly kind: 'link'; readonly from: string }
  | { readonly kind: 'lasso' }

const SENDER = /^((pod|host|node)\/|(internet|gateway)$)/
const RECEIVER = /^((pod|service|host|node)\/|internet$)/

/** May a line go from one shape to the other? */
export function canLink(from: string, to: string): boolean {
  if (from === to) return false
  if (from.startsWith('service/')) return to.startsWith('pod/')
  if (from.startsWith('network/')) return to.startsWith('host/')
  if (from.startsWith('host/') && to.startsWith('network/')) return true
  return SENDER.test(from) && RECEIVER.test(to)
}

/** What such a line is. */
export function linkWords(from: string, to: string): string {
  if (from.startsWith('service/')) return 'selects it'
  return from.startsWith('network/') || to.startsWith('network/') ? 'a cable' : 'a walk'
}

/** Every shape that a line from this one can end at: Services first, which most walks go to. */
export function linkTargets(from: string, topology: Topology): readonly { readonly ref: string; readonly hint: string }[] {
  const { machines, services, networks } = topology
  const all = [
    ...services.map(({ ref, clusterIP }) => ({ ref, hint: clusterIP ?? '' })),
    ...machines.flatMap((machine) => machine.pods.map((pod) => ({ ref: pod.ref, hint: `${pod.address} on ${machine.name}` }))),
    ...machines.map(({ ref, address }) => ({ ref, hint: address })),
    ...networks.map(({ ref, cidr }) => ({ ref, hint: cidr })),
  ]
  return all.filter(({ ref }) => canLink(from, ref))
}

/** Shapes that a tool can be dropped on; elsewhere the new thing stands by itself. */
const ACCEPTS: Readonly<Record<DrawnKind, RegExp>> = {
  node: /^$/,
  pod: /^node\//,
  deployment: /^$/,
  service: /^pod\//,
  host: /^network\//,
  network: /^$/,
  bridge: /^(node|host)\//,
  networkpolicy: /^pod\//,
  ingress: /^service\//,
  walk: SENDER,
  script: /^(node|host|pod)\//,
}

/** The shape that a drag would land on, of those under the pointer, topmost first; null when none takes it. */
export function targetOf(dragged: Dragged, under: readonly string[]): string | null {
  return under.find((ref) => accepts(dragged, ref)) ?? null
}

function accepts(dragged: Dragged, ref: string): boolean {
  switch (dragged.kind) {
    case 'tool':
      return ACCEPTS[dragged.what].test(ref)
    case 'pod':
      return ref.startsWith('node/')
    case 'node':
      return ref.startsWith('node/') && ref !== dragged.ref
    case 'link':
      return canLink(dragged.from, ref)
    case 'lasso':
      return false
  }
}

/** What dropping it there means; null: nothing. */
export function gestureOf(dragged: Dragged, target: string | null, topology: Topology | null): Gesture | null {
  if (dragged.kind === 'tool') return { kind: 'add', what: dragged.what, on: target }
  if (target === null) return null
  if (dragged.kind === 'link') return { kind: 'connect', from: dragged.from, to: target }
  if (dragged.kind !== 'pod') return null
  const home = topology?.machines.find(({ pods }) => pods.some(({ ref }) => ref === dragged.ref))
  return home?.ref === target ? null : { kind: 'place', pod: dragged.ref, node: target }
}

/** The name to type over: of a pod that a workload makes, the workload's. */
export function nameToType(ref: string, topology: Topology | null): string {
  const pod = topology?.machines.flatMap(({ pods }) => pods).find((one) => one.ref === ref)
  return (pod?.workload ?? ref).split('/').at(-1) ?? ''
}
