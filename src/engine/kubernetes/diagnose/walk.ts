/** Why a walk misses the Service that it means: a name of another namespace, a port that is not listed, the wrong protocol. */
import type { Cluster, Protocol, Service } from '../cluster.ts'
import { CLUSTER_DOMAIN } from '../kubelet.ts'
import { nearest } from '../nearest.ts'
import { type Destination, resolveDestination, resolveTarget, type Target } from '../reference.ts'
import type { WalkSpec } from '../scenario.ts'

/** A mistake in where a walk goes. `instead`: the `to` that was probably meant. */
export interface WalkFinding {
  readonly code:
    | 'name-of-other-namespace'
    | 'no-such-service'
    | 'no-cluster-dns'
    | 'wrong-protocol'
    | 'port-not-in-service'
    | 'ping-to-service'
  readonly message: string
  readonly instead: string | null
}

type Ends = Pick<WalkSpec, 'from' | 'to'>

/** The Service that a walk means, by whatever name or address; null when it means none that there is. */
export function serviceOfWalk(cluster: Cluster, { from, to }: Ends): Service | null {
  const destination = resolveDestination(cluster, to)
  if (destination.kind === 'error') return null
  const { host } = destination
  if (host.kind === 'target') return host.target.kind === 'service' ? host.target.service : nodePortService(cluster, destination)
  if (host.kind === 'name') return serviceOfName(cluster, host.name, namespaceOf(resolveTarget(cluster, from)))
  const owns = ({ clusterIP, externalIPs, loadBalancerIngress }: Service): boolean =>
    clusterIP === host.address || externalIPs.includes(host.address) || loadBalancerIngress.some(({ ip }) => ip === host.address)
  return cluster.services.find(owns) ?? nodePortService(cluster, destination)
}

function nodePortService(cluster: Cluster, { port, host }: Destination): Service | null {
  const isNode =
    host.kind === 'target'
      ? host.target.kind === 'node'
      : cluster.nodes.some((node) => host.kind === 'address' && node.address === host.address)
  return (
    (isNode && cluster.services.find((service) => service.ports.some(({ nodePort }) => nodePort !== null && nodePort === port))) || null
  )
}

const namespaceOf = (target: Target | { readonly kind: 'error' }): string => (target.kind === 'pod' ? target.pod.meta.namespace : 'default')

/** Name and namespace that a name stands for by the search list, were it a Service's; null for names of the outside. */
function readName(name: string, cluster: Cluster, namespace: string): { readonly service: string; readonly namespace: string } | null {
  const labels = name
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(new RegExp(`\\.svc(\\.${CLUSTER_DOMAIN.replace('.', '\\.')})?$`), '')
    .split('.')
  const [service = '', second] = labels.slice(-2)
  if (second === undefined) return { service, namespace }
  if (labels.length > 3) return null
  return cluster.namespaces.some((one) => one.name === second) || name.includes('.svc') ? { service, namespace: second } : null
}

/** The Service that a DNS name means to a pod of a namespace; null where there is none. */
export function serviceOfName(cluster: Cluster, name: string, namespace: string): Service | null {
  const read = readName(name, cluster, namespace)
  return cluster.services.find(({ meta }) => meta.name === read?.service && meta.namespace === read.namespace) ?? null
}

/** What is wrong with where a walk goes; null when nothing can be said before it is walked. */
export function diagnoseWalk(cluster: Cluster, walk: Ends): WalkFinding | null {
  const destination = resolveDestination(cluster, walk.to)
  const from = resolveTarget(cluster, walk.from)
  if (destination.kind === 'error' || from.kind === 'error') return null
  const service = serviceOfWalk(cluster, walk)
  if (destination.host.kind === 'name') {
    const found = diagnoseName(cluster, { name: destination.host.name, from, to: walk.to }, service)
    if (found !== null || service === null) return found
  }
  return service === null ? null : diagnosePort(service, destination, walk.to)
}

interface Asked {
  readonly name: string
  readonly from: Target
  readonly to: string
}

function diagnoseName(cluster: Cluster, asked: Asked, service: Service | null): WalkFinding | null {
  const { name, from } = asked
  const ownNamespace = namespaceOf(from)
  if (!asksClusterDns(cluster, from)) return service === null ? null : noClusterDns(asked)
  const read = service === null ? readName(name, cluster, ownNamespace) : null
  if (read === null) return null
  const namesakes = cluster.services.filter(({ meta }) => meta.name === read.service)
  const other = namesakes[0]
  if (other !== undefined) {
    const whole = `${other.meta.name}.${other.meta.namespace}`
    return {
      code: 'name-of-other-namespace',
      message: name.includes('.')
        ? `There is no Service ${read.service} in namespace ${read.namespace}, but in ${other.meta.namespace}: write ${whole}.`
        : `"${name}" is looked for in the sender's namespace ${ownNamespace}; Service ${name} is in ${other.meta.namespace}: write ${whole}.`,
      instead: asked.to.replace(name, whole),
    }
  }
  const near = nearest(
    read.service,
    cluster.services.flatMap(({ meta }) => (meta.namespace === read.namespace ? [meta.name] : [])),
  )
  if (near === null) return null
  return {
    code: 'no-such-service',
    message: `There is no Service ${read.service} in namespace ${read.namespace}. Did you mean ${near}?`,
    instead: asked.to.replace(read.service, near),
  }
}

/** Machines and pods on their network ask the node's resolver, unless the pod says otherwise. */
function asksClusterDns(cluster: Cluster, from: Target): boolean {
  if (cluster.dns === null) return true
  if (from.kind !== 'pod') return false
  const { dnsPolicy, hostNetwork, dnsConfig } = from.pod
  if (dnsConfig !== null && dnsConfig.nameservers.length > 0) return true
  return dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !hostNetwork)
}

function noClusterDns({ name, from }: Asked): WalkFinding {
  const hint =
    from.kind !== 'pod'
      ? 'it asks the resolver of its own network'
      : from.pod.hostNetwork
        ? 'it is on its node’s network; dnsPolicy: ClusterFirstWithHostNet would ask the cluster’s DNS'
        : `its dnsPolicy is ${from.pod.dnsPolicy}`
  return { code: 'no-cluster-dns', message: `${from.ref} cannot resolve ${name}, a Service's name: ${hint}.`, instead: null }
}

const SCHEMES: Readonly<Record<Protocol, string>> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' }

function diagnosePort(service: Service, destination: Destination, to: string): WalkFinding | null {
  const { protocol, port, host } = destination
  const what = `Service ${service.meta.name}`
  if (protocol === 'ping' && service.clusterIP !== null && host.kind !== 'name')
    return { code: 'ping-to-service', message: `Nobody answers a ping of ${what}: kube-proxy translates its ports only.`, instead: null }
  if (protocol === 'dns' || protocol === 'ping' || port === null || service.type === 'ExternalName') return null
  const wanted: Protocol = protocol === 'udp' ? 'UDP' : protocol === 'sctp' ? 'SCTP' : 'TCP'
  const byNode = (host.kind === 'target' && host.target.kind === 'node') || isNodePort(service, port)
  const numberOf = (one: Service['ports'][number]): number | string | null =>
    byNode ? one.nodePort : service.headless ? one.targetPort : one.port
  if (service.ports.some((one) => one.protocol === wanted && numberOf(one) === port)) return null
  if (service.headless && service.ports.some((one) => typeof one.targetPort === 'string')) return null
  const other = service.ports.find((one) => numberOf(one) === port)
  if (other !== undefined)
    return {
      code: 'wrong-protocol',
      message: `${what} has port ${port} for ${other.protocol}, and the walk sends ${wanted}.`,
      instead: to.replace(/^\w+:/, `${SCHEMES[other.protocol]}:`),
    }
  return unlisted(service, { port, wanted, to })
}

const isNodePort = (service: Service, port: number): boolean => service.ports.some((one) => one.nodePort === port)

function unlisted(service: Service, { port, wanted, to }: { port: number; wanted: Protocol; to: string }): WalkFinding | null {
  const { name } = service.meta
  const own = service.ports.filter((one) => one.protocol === wanted)
  const meant = own.find((one) => (service.headless ? one.port : one.targetPort) === port) ?? (own.length === 1 ? own[0] : undefined)
  const right = service.headless ? meant?.targetPort : meant?.port
  const list = service.ports.map((one) => `${one.port}/${one.protocol}`).join(', ')
  const message = service.headless
    ? `Service ${name} is headless: nothing translates its port, so connect to the pods' own${right === undefined ? '' : `, ${right}`}.`
    : `Service ${name} has no port ${port}/${wanted}; it has ${list || 'none'}.${meant?.targetPort === port ? ` ${port} is the targetPort, that of the pods.` : ''}`
  return { code: 'port-not-in-service', message, instead: right === undefined ? null : withPort(to, port, Number(right)) }
}

/** The same place with another port; a port that was left out comes after the host's name. */
function withPort(to: string, old: number, port: number): string | null {
  if (to.includes(`:${old}`)) return to.replace(`:${old}`, `:${port}`)
  const plain = /^(\w+:\/\/[\w.-]+)(\/.*)?$/.exec(to)
  return plain === null ? null : `${plain[1]}:${port}${plain[2] ?? ''}`
}
