/** Who sends what in a walk: the sender's namespace and the command a person would type there. */
import type { Cluster } from '../kubernetes/cluster.ts'
import { resolvConfOf } from '../kubernetes/kubelet.ts'
import { addressOf, type Destination, resolveDestination, resolveTarget, type Target } from '../kubernetes/reference.ts'
import type { WalkSpec } from '../kubernetes/scenario.ts'
import { formatAddress } from '../net/address.ts'

export interface WalkClient {
  /** `NetNs.name` of the sender. */
  readonly netns: string
  readonly destination: Destination
  /** What stands for the host on the command line: an address, or a name for the resolver. */
  readonly host: string
  /** Words of the command: ['curl', …]. */
  readonly argv: readonly string[]
  readonly stdin: string
  /** Text of its own resolv.conf, for a pod that shares its node's network and not its files; null: that of the namespace. */
  readonly resolvConf: string | null
}

/** Why a walk cannot begin: a name that names nothing, a sender that cannot send. */
export interface WalkProblem {
  readonly problem: string
}

/** What is said where no HTTP is spoken. */
const GREETING = 'hello\n'
/** How long a client waits, s: for an answer once connected (longer than the kernel tries to connect, 127 s), to a datagram, to an echo request. */
export const PATIENCE = { stream: 300, udp: 5, ping: 10 } as const

/** Finds the sender and the command of a walk. */
export function walkClient(cluster: Cluster, spec: Pick<WalkSpec, 'from' | 'to' | 'http'>): WalkClient | WalkProblem {
  const from = resolveTarget(cluster, spec.from)
  if (from.kind === 'error') return { problem: from.message }
  const netns = netnsOf(from)
  if (netns === null) return { problem: `${spec.from} cannot send: a walk starts at a pod, node, host or the internet` }
  const destination = resolveDestination(cluster, spec.to)
  if (destination.kind === 'error') return { problem: destination.message }
  const host = hostText(cluster, destination, from)
  if (host === null) return { problem: `${spec.to}: it has no address to send to` }
  const resolvConf = from.kind === 'pod' && from.pod.hostNetwork ? resolvConfOf(cluster, from.pod) : null
  return { netns, destination, host, resolvConf, ...command(destination, host, spec.http) }
}

/** Name of the namespace a target's processes live in; null for Services. */
export function netnsOf(target: Target): string | null {
  switch (target.kind) {
    case 'pod':
      return target.pod.hostNetwork ? `node/${target.pod.nodeName}` : target.ref
    case 'service':
      return null
    default:
      return target.ref
  }
}

/** What stands for the host on the command line: an address, or a name for the resolver. */
function hostText(cluster: Cluster, destination: Destination, from: Target): string | null {
  const { host } = destination
  if (host.kind === 'address') return formatAddress(host.address)
  if (host.kind === 'name') return host.name
  const address = addressOf(cluster, host.target, from)
  if (address !== null) return formatAddress(address)
  if (host.target.kind !== 'service') return null
  const { name, namespace } = host.target.service.meta
  return `${name}.${namespace}.svc.cluster.local`
}

function command(
  destination: Destination,
  host: string,
  http: WalkSpec['http'],
): { readonly argv: readonly string[]; readonly stdin: string } {
  const port = String(destination.port ?? 0)
  switch (destination.protocol) {
    case 'http':
    case 'https': {
      const url = `${destination.protocol}://${host}:${port}${destination.path ?? '/'}`
      const method = http?.method ? ['-X', http.method] : []
      const header = http?.host ? ['-H', `Host: ${http.host}`] : []
      return { argv: ['curl', '-sS', '-m', String(PATIENCE.stream), ...method, ...header, url], stdin: '' }
    }
    case 'tcp':
      return { argv: ['nc', '-w', String(PATIENCE.stream), host, port], stdin: GREETING }
    case 'udp':
      return { argv: ['nc', '-u', '-w', String(PATIENCE.udp), host, port], stdin: GREETING }
    case 'sctp':
      return { argv: ['nc', '-w', String(PATIENCE.stream), host, port], stdin: GREETING }
    case 'ping':
      return { argv: ['ping', '-c', '1', '-W', String(PATIENCE.ping), host], stdin: '' }
    case 'dns':
      return { argv: ['dig', '+search', host, ...(destination.recordType ? [destination.recordType] : [])], stdin: '' }
  }
}
