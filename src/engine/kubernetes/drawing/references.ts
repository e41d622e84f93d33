/** Where the text speaks of things by reference: Walks, Scripts and `nodeName`s. */
import { isMap, isScalar, type Scalar, visit } from 'yaml'
import type { TextChange } from '../diagnostic.ts'
import { parseScenario } from '../manifest.ts'
import { namespaceOfReference } from '../reference.ts'
import { applyChanges, type Drawing, inOrder } from './drawing.ts'
import type { Drawn } from './gesture.ts'
import type { ObjectInText } from './objects-in-text.ts'
import { at, textAt } from './yaml-edit.ts'

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
    if (/^(Walk|Script)$/.test(object.kind)) {
      const sender = namespaceOfReference(textAt(object.map, 'spec', 'from') ?? '')
      return scalarsBelow(at(object.map, 'spec')).map((scalar) => replaced(scalar, things, sender))
    }
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

/** `sender`: the namespace from which names are looked up; null where the cluster's DNS is not asked. */
function replaced(scalar: Scalar, things: readonly Renamed[], sender: string | null): TextChange | null {
  const { value } = scalar
  if (typeof value !== 'string' || value.includes('\n')) return null
  const text = things.reduce((before, thing) => renamedHost(renamedIn(before, thing), thing, sender), value)
  return text === value ? null : written(scalar, text)
}

/** `pod/web`, `pod/default/web`. */
function renamedIn(value: string, thing: Renamed): string {
  const words = (SHORT[thing.kind] ?? [thing.kind]).map(escaped).join('|')
  const home = thing.namespace === 'default' || thing.namespace === '' ? '(?:default/)?' : `${escaped(thing.namespace)}/`
  return value.replace(new RegExp(`\\b((?:${words})/${home})${escaped(thing.before)}(?![-\\w.])`, 'g'), `$1${thing.after}`)
}

/** A Service's name in `http://web:80/`, `dns web`, `dns _http._tcp.web SRV`: as `web` only in its own namespace, as `web.shop` everywhere. */
function renamedHost(value: string, thing: Renamed, sender: string | null): string {
  if (thing.kind !== 'service') return value
  const domain = `\\.${escaped(thing.namespace)}(?:\\.svc(?:\\.cluster\\.local\\.?)?)?`
  const rest = thing.namespace === sender ? `(?:${domain})?` : domain
  const host = new RegExp(`^(\\w+://|dns (?:_[-\\w]+\\._\\w+\\.)?|ping )${escaped(thing.before)}(?=${rest}(?:[:/?#\\s]|$))`)
  return value.replace(host, `$1${thing.after}`)
}

/** Names of Scripts whose commands mention the thing and are left as they are: what a command means by a word, only its author knows. */
export function scriptsLeft(objects: readonly ObjectInText[], thing: Renamed): readonly string[] {
  const mention = new RegExp(`(?<![-\\w])${escaped(thing.before)}(?![-\\w])`)
  return objects.flatMap(({ kind, name, map }) => {
    const run = kind === 'Script' ? (textAt(map, 'spec', 'run') ?? '') : ''
    return mention.test(run.includes('\n') ? run : renamedIn(run, thing)) ? [name] : []
  })
}

/** Keeps the quotes that were there. */
function written(scalar: Scalar, text: string): TextChange | null {
  const range = scalar.range
  if (!range) return null
  const quote = scalar.type === 'QUOTE_DOUBLE' ? '"' : scalar.type === 'QUOTE_SINGLE' ? "'" : ''
  return { from: range[0], to: range[1], insert: `${quote}${text}${quote}` }
}
