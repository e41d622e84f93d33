/**
 * A line drawn from one shape to another. From a pod, host, node or the internet to something that answers: a Walk. From a Service to a pod: the pod
 * becomes one of its endpoints. From a host to a network: a cable. From a Service to nothing else.
 */
import { isMap, isSeq } from 'yaml'
import type { Cluster, Pod, Service } from '../cluster.ts'
import { freeAddress, labelsToFind, shortRef } from './add.ts'
import { appendDocuments, type Drawing, freeName, inOrder, objectAt, refOfPod, sourceOf } from './drawing.ts'
import { type Drawn, type DrawProblem, problem } from './gesture.ts'
import type { ObjectInText } from './objects-in-text.ts'
import { followPods } from './references.ts'
import { walkText } from './templates.ts'
import { appendItem, at, removeKey, setValue, textAt, textMapAt } from './yaml-edit.ts'

const SENDERS = /^(pod|host|node|deployment|internet|gateway)\b/

/** What a line from one shape to another means, as changes of the text. */
export function connect(drawing: Drawing, from: string, to: string): Drawn | DrawProblem {
  if (from === to && !from.startsWith('pod/')) return problem('Draw the line to another shape.')
  if (from.startsWith('service/') && /^(pod|deployment|replicaset|statefulset|daemonset)\//.test(to)) return select(drawing, from, to)
  if (from.startsWith('host/') && to.startsWith('network/')) return cable(drawing, from, to)
  if (from.startsWith('network/') && to.startsWith('host/')) return cable(drawing, to, from)
  if (SENDERS.test(from)) return walk(drawing, from, to)
  return problem(
    'A line from a pod or host is a Walk, from a Service to a pod its selector, from a host to a network a cable. This pair has no meaning.',
  )
}

function walk(drawing: Drawing, from: string, to: string): Drawn | DrawProblem {
  const { cluster } = drawing
  if (!cluster) return problem('The text has errors: mend them first, then draw a walk.')
  const destination = destinationOf(cluster, from, to)
  if (typeof destination !== 'string') return destination
  const name = freeName(drawing, 'Walk', `${lastWord(from)}-to-${lastWord(to)}`)
  return { changes: [appendDocuments(drawing.text, [walkText(name, shortRef(from), destination)])], select: `walk/${name}`, note: null }
}

const lastWord = (ref: string): string =>
  (ref.split('/').at(-1) ?? ref).replace(/-[bcdf0-9]{8,10}(-[a-z0-9]{5})?$/, '').replace(/[^-a-z0-9]/g, '-')

/** What a Walk's `to` says of a shape. */
function destinationOf(cluster: Cluster, from: string, to: string): string | DrawProblem {
  if (to.startsWith('service/')) return toService(cluster, from, to)
  if (/^(pod|deployment)\//.test(to)) {
    const pod = cluster.pods.find((candidate) => refOfPod(candidate) === to || candidate.owner === to)
    const port = pod?.containers.flatMap(({ ports }) => ports)[0]
    const name = pod ? shortRef(refOfPod(pod)) : shortRef(to)
    if (!port) return `ping ${name}`
    return port.protocol === 'UDP' ? `udp://${name}:${port.containerPort}` : `http://${name}:${port.containerPort}/`
  }
  if (to.startsWith('host/')) {
    const listen = cluster.hosts.find(({ meta }) => `host/${meta.name}` === to)?.listen[0]
    return listen ? `${listen.protocol === 'udp' ? 'udp' : 'tcp'}://${to}:${listen.port}` : `ping ${to}`
  }
  if (to.startsWith('node/')) return `ping ${to}`
  if (to === 'internet') return 'http://198.51.100.80/'
  if (to === 'gateway') return 'ping 172.18.0.1'
  return problem('A Walk ends at a pod, a Service, a host, a node or the internet.')
}

function toService(cluster: Cluster, from: string, to: string): string | DrawProblem {
  const service = cluster.services.find(({ meta }) => `service/${meta.namespace}/${meta.name}` === to)
  if (!service) return problem(`There is no ${to}.`)
  const port = service.ports[0]
  if (from === 'internet' || from.startsWith('host/')) return fromOutside(cluster, service)
  const client = cluster.pods.find((pod) => refOfPod(pod) === from)
  if (!client)
    return `http://svc/${service.meta.namespace === 'default' ? '' : `${service.meta.namespace}/`}${service.meta.name}:${port?.port ?? 80}/`
  const host = service.meta.namespace === client.meta.namespace ? service.meta.name : `${service.meta.name}.${service.meta.namespace}`
  return port?.protocol === 'UDP' ? `udp://${host}:${port.port}` : `http://${host}:${port?.port ?? 80}/`
}

function fromOutside(cluster: Cluster, service: Service): string | DrawProblem {
  const port = service.ports[0]
  if (service.type === 'LoadBalancer') return `http://svc/${service.meta.name}:${port?.port ?? 80}/`
  const node = cluster.nodes[0]
  if (port?.nodePort && node) return `http://node/${node.meta.name}:${port.nodePort}/`
  return problem(`Service ${service.meta.name} is of type ${service.type}: from outside only NodePort and LoadBalancer can be reached.`)
}

/** The Service takes the pod: by its own selector, or, where it has none that anybody matches, by the pod's labels. */
function select(drawing: Drawing, from: string, to: string): Drawn | DrawProblem {
  const { cluster, text } = drawing
  const service = objectAt(drawing, from)
  const source = sourceOf(drawing, to)
  if (!service || !source) return problem('Only Services and pods that the text describes can be joined.')
  if (service.namespace !== source.namespace) return problem(`A Service selects pods of its own namespace only: ${service.namespace}.`)
  const labelsPath = source.kind === 'Pod' ? ['metadata', 'labels'] : ['spec', 'template', 'metadata', 'labels']
  const labels = textMapAt(source.map, ...labelsPath)
  const selector = textMapAt(service.map, 'spec', 'selector')
  if (Object.keys(selector).length > 0 && matchesSomePod(cluster, service, selector))
    return giveLabels(drawing, { source, labelsPath, labels }, selector)
  const wanted = labelsToFind(labels)
  const chosen = Object.keys(wanted).length > 0 ? wanted : { app: source.name }
  const added = Object.keys(wanted).length > 0 ? [] : [setValue(text, source.map, labelsPath, chosen)]
  const changes = inOrder([...added, ...replaceSelector(drawing, service, selector, chosen)])
  return followPods(drawing, { changes, select: from, note: `Service ${service.name} selects ${equals(chosen)}.` }, null)
}

const equals = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')

function matchesSomePod(cluster: Cluster | null, service: ObjectInText, selector: Readonly<Record<string, string>>): boolean {
  const matches = ({ meta }: Pod): boolean =>
    meta.namespace === service.namespace && Object.entries(selector).every(([key, value]) => meta.labels[key] === value)
  return cluster?.pods.some(matches) ?? false
}

function replaceSelector(
  { text }: Drawing,
  service: ObjectInText,
  before: Readonly<Record<string, string>>,
  chosen: Readonly<Record<string, string>>,
) {
  const map = at(service.map, 'spec', 'selector')
  if (!isMap(map) || Object.keys(before).length === 0) return [setValue(text, service.map, ['spec', 'selector'], chosen)]
  const keys = Object.keys(before)
  const [first = ''] = keys
  const [key = '', value = ''] = Object.entries(chosen)[0] ?? []
  if (keys.length === 1 && Object.keys(chosen).length === 1 && first === key) return [setValue(text, map, [key], value)]
  const range = map.range
  if (!range) return []
  const flow = `{${Object.entries(chosen)
    .map(([name, label]) => `${JSON.stringify(name).slice(1, -1)}: ${/^[A-Za-z][-\w.]*$/.test(label) ? label : JSON.stringify(label)}`)
    .join(', ')}}`
  const end = text.slice(0, range[1]).trimEnd().length
  return [{ from: range[0], to: end, insert: flow }]
}

/** The pod gets the labels that the Service asks for. */
function giveLabels(
  drawing: Drawing,
  { source, labelsPath, labels }: { source: ObjectInText; labelsPath: readonly string[]; labels: Readonly<Record<string, string>> },
  selector: Readonly<Record<string, string>>,
): Drawn | DrawProblem {
  const { text } = drawing
  const missing = Object.entries(selector).filter(([key, value]) => labels[key] !== value)
  if (missing.length === 0) return { changes: [], select: source.ref, note: `The Service selects ${source.name} already.` }
  const fixed = textMapAt(source.map, 'spec', 'selector', 'matchLabels')
  const clash = missing.find(([key]) => source.kind !== 'Pod' && key in fixed)
  if (clash)
    return problem(
      `${source.kind} ${source.name} finds its own pods by ${clash[0]}=${fixed[clash[0]]}: change the Service's selector instead, or give both a label of their own.`,
    )
  const nothing = Object.keys(labels).length === 0
  const changes = nothing
    ? [setValue(text, source.map, labelsPath, Object.fromEntries(missing))]
    : [...missing].map(([key, value]) => setValue(text, source.map, [...labelsPath, key], value))
  const note = `${source.name} has the label ${equals(Object.fromEntries(missing))} now.`
  return followPods(drawing, { changes: inOrder(changes), select: source.ref, note }, null)
}

/** A host gets one more interface. */
function cable(drawing: Drawing, hostRef: string, networkRef: string): Drawn | DrawProblem {
  const { text, cluster } = drawing
  const host = objectAt(drawing, hostRef)
  const network = networkRef.slice('network/'.length)
  if (!host) return problem(`${hostRef} has no document of its own.`)
  const machine = cluster?.hosts.find(({ meta }) => meta.name === host.name)
  if (machine?.interfaces.some((nic) => nic.network === network)) return problem(`${host.name} is connected to ${network} already.`)
  const ip = freeAddress(cluster, network)
  if (ip === null) return problem(`Network ${network} has no free address.`)
  const interfaces = at(host.map, 'spec', 'interfaces')
  const note = `${host.name} has ${ip} on ${network}.`
  if (isSeq(interfaces)) return { changes: [appendItem(text, interfaces, { network, ip })], select: hostRef, note }
  const spec = at(host.map, 'spec')
  if (!isMap(spec)) return problem(`Host ${host.name} has no spec.`)
  const present = { network: textAt(spec, 'network') ?? 'lan', ip: textAt(spec, 'ip') ?? '' }
  const list = present.ip === '' ? [{ network, ip }] : [present, { network, ip }]
  const changes = [setValue(text, spec, ['interfaces'], list), removeKey(text, spec, 'network'), removeKey(text, spec, 'ip')]
  return { changes: inOrder(changes), select: hostRef, note }
}
