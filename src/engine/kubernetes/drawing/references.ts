/** Where the text speaks of things by reference: Walks, Scripts and `nodeName`s. */
import { isMap, isScalar, type Scalar, visit } from 'yaml'
import type { TextChange } from '../diagnostic.ts'
import { parseScenario } from '../manifest.ts'
import { applyChanges, type Drawing, inOrder } from './drawing.ts'
import type { Drawn } from './gesture.ts'
import type { ObjectInText } from './objects-in-text.ts'
import { at } from './yaml-edit.ts'

/** How references call each kind. */
const SHORT: Readonly<Record<string, readonly string[]>> = {
  pod: ['pod', 'pods', 'po'],
  deployment: ['deploy', 'deployment', 'deployments'],
  service: ['svc', 'service', 'services'],
  node: ['node', 'nodes', 'no'],
  host: ['host'],
}

/** One thing under its old and its new name. */
export interface Renamed {
  readonly kind: string
  readonly namespace: string
  readonly before: string
  readonly after: string
}

/** Values of Walks and Scripts and `nodeName`s that mean one of the things. */
export function mentions(objects: readonly ObjectInText[], things: readonly Renamed[]): (TextChange | null)[] {
  const node = things.find(({ kind }) => kind === 'node')
  return objects.flatMap((object) => {
    if (/^(Walk|Script)$/.test(object.kind)) return scalarsBelow(at(object.map, 'spec')).map((scalar) => replaced(scalar, things))
    if (!node) return []
    const bound = [at(object.map, 'spec', 'nodeName'), at(object.map, 'spec', 'template', 'spec', 'nodeName')]
    return bound.map((scalar) => (isScalar(scalar) && scalar.value === node.before ? written(scalar, node.after) : null))
  })
}

/** Names of a workload's pods come from its name and its template: where a gesture changes them, Walks and Scripts follow, replica by replica. */
export function followPods({ text, cluster, objects }: Drawing, drawn: Drawn, renamed: Renamed | null): Drawn {
  if (!cluster || !objects.some(({ kind }) => kind === 'Walk' || kind === 'Script')) return drawn
  const after = parseScenario(applyChanges(text, drawn.changes)).cluster
  if (!after) return drawn
  const owners = new Set(cluster.pods.flatMap(({ owner }) => owner ?? []))
  const things = [...owners].flatMap((owner) => {
    const pods = after.pods.filter((pod) => pod.owner === ownerAfter(owner, renamed))
    return cluster.pods
      .filter((pod) => pod.owner === owner)
      .flatMap(({ meta }, index) => {
        const name = pods[index]?.meta.name
        return name === undefined || name === meta.name ? [] : [{ kind: 'pod', namespace: meta.namespace, before: meta.name, after: name }]
      })
  })
  return things.length === 0 ? drawn : { ...drawn, changes: inOrder([...drawn.changes, ...mentions(objects, things)]) }
}

function ownerAfter(owner: string, renamed: Renamed | null): string {
  return renamed && owner === `${renamed.kind}/${renamed.namespace}/${renamed.before}` ? owner.replace(/[^/]+$/, renamed.after) : owner
}

function scalarsBelow(node: unknown): Scalar[] {
  const found: Scalar[] = []
  if (!isMap(node)) return found
  visit(node, {
    Scalar: (key, scalar) => {
      if (key !== 'key') found.push(scalar)
    },
  })
  return found
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** `pod/web`, `pod/default/web`, and of a Service also the host name in `http://web:80/` and `dns web`. */
function replaced(scalar: Scalar, things: readonly Renamed[]): TextChange | null {
  const { value } = scalar
  if (typeof value !== 'string' || value.includes('\n')) return null
  const text = things.reduce(renamedIn, value)
  return text === value ? null : written(scalar, text)
}

function renamedIn(value: string, thing: Renamed): string {
  const words = (SHORT[thing.kind] ?? [thing.kind]).map(escaped).join('|')
  const name = escaped(thing.before)
  const home = thing.namespace === 'default' || thing.namespace === '' ? '(?:default/)?' : `${escaped(thing.namespace)}/`
  const text = value.replace(new RegExp(`\\b((?:${words})/${home})${name}(?![-\\w.])`, 'g'), `$1${thing.after}`)
  if (thing.kind !== 'service') return text
  return text
    .replace(new RegExp(`^(\\w+://)${name}(?=[.:/]|$)`), `$1${thing.after}`)
    .replace(new RegExp(`^(dns |ping )${name}(?=[.\\s]|$)`), `$1${thing.after}`)
}

/** Keeps the quotes that were there. */
function written(scalar: Scalar, text: string): TextChange | null {
  const range = scalar.range
  if (!range) return null
  const quote = scalar.type === 'QUOTE_DOUBLE' ? '"' : scalar.type === 'QUOTE_SINGLE' ? "'" : ''
  return { from: range[0], to: range[1], insert: `${quote}${text}${quote}` }
}
