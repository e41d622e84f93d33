/** Addresses and NICs of nodes and hosts, and the segments between them (defaults: DESIGN §4). */
import { type Address, formatAddress, parseAddress } from '../net/address.ts'
import { type Cidr, cidr, cidrContains, cidrLast, formatCidr, parseCidr } from '../net/cidr.ts'
import { ipv4 } from '../net/ipv4.ts'
import type { ClusterNode, Host, Network, NodeInterface, ObjectMeta } from './cluster.ts'
import type { ClusterSpec, NodeDraft } from './decode/cluster-spec.ts'
import type { HostDraft, InterfaceDraft, NetworkDraft } from './decode/machine.ts'
import { nearest } from './nearest.ts'
import type { Report, Span } from './report.ts'

export interface MachinesInput {
  readonly spec: ClusterSpec
  readonly nodes: readonly NodeDraft[]
  readonly hosts: readonly HostDraft[]
  readonly networks: readonly NetworkDraft[]
}

export interface Machines {
  readonly networks: readonly Network[]
  readonly nodes: readonly ClusterNode[]
  readonly hosts: readonly Host[]
}

const FIRST_NODE = 11
const FIRST_HOST = 101
/** The segment behind the gateway, where public addresses live (RFC 5737 TEST-NET-3). */
const INTERNET_CIDR = '203.0.113.0/24'

const network = (text: string): Cidr => parseCidr(text) ?? cidr(ipv4(0), 0)
const nth = (of: Cidr, n: number): Address => ipv4(of.address + n)
const builtInMeta = (name: string): ObjectMeta => ({ name, namespace: '', labels: {}, annotations: {}, range: null })

/** Which addresses are taken on which segment, and by whom. */
interface Context {
  readonly report: Report
  readonly networks: ReadonlyMap<string, Network>
  readonly owners: Map<string, string>
}

/** Gives every machine its NICs and addresses; reports what does not fit. */
export function buildMachines(input: MachinesInput, report: Report): Machines {
  const networks = buildNetworks(input, report)
  const context: Context = { report, networks: new Map(networks.map((n) => [n.meta.name, n])), owners: new Map() }
  for (const n of networks) if (n.gateway !== null && n.meta.name === 'lan') context.owners.set(`lan ${n.gateway}`, 'the gateway')
  reserve(input, context)
  const podCIDRs = allocatePodCIDRs(input, report)
  const nodes = input.nodes.map((draft, i) => buildNode(draft, { index: i, podCIDR: podCIDRs[i] ?? input.spec.podCIDR }, context))
  const hosts = input.hosts.map((draft) => {
    const interfaces = buildInterfaces(
      draft.interfaces,
      { owner: `host "${draft.meta.name}"`, first: FIRST_HOST, further: [], nic: null },
      context,
    )
    return { meta: draft.meta, interfaces, listen: draft.listen, setup: draft.setup }
  })
  return { networks, nodes, hosts }
}

function buildNetworks(input: MachinesInput, report: Report): Network[] {
  const lan = input.spec.nodeCIDR ?? network('172.18.0.0/16')
  const internet = network(INTERNET_CIDR)
  const built = new Map<string, Network>([
    ['lan', { meta: builtInMeta('lan'), cidr: lan, gateway: gatewayOf(lan, input), mtu: 1500 }],
    ['internet', { meta: builtInMeta('internet'), cidr: internet, gateway: ipv4(cidrLast(internet) - 1), mtu: 1500 }],
  ])
  for (const draft of input.networks) {
    if (draft.meta.name === 'internet') {
      report.error({ code: 'unsupported-value', message: 'The network "internet" is given; choose another name.', at: draft.at })
      continue
    }
    if (draft.cidr === null) continue
    const isLan = draft.meta.name === 'lan'
    if (draft.gateway !== null && !cidrContains(draft.cidr, draft.gateway))
      report.error({
        code: 'ip-outside-cidr',
        message: `The gateway ${formatAddress(draft.gateway)} is not in ${formatCidr(draft.cidr)}.`,
        at: draft.at,
      })
    built.set(draft.meta.name, {
      meta: draft.meta,
      cidr: draft.cidr,
      gateway: draft.gateway ?? (isLan ? gatewayOf(draft.cidr, input) : null),
      mtu: draft.mtu,
    })
  }
  return [...built.values()]
}

/** The first address of the LAN; the last where a node of the text has that one. */
function gatewayOf(lan: Cidr, { nodes }: MachinesInput): Address {
  const first = nth(lan, 1)
  return nodes.some((node) => node.ip === first || node.addresses.includes(first)) ? ipv4(cidrLast(lan) - 1) : first
}

/** Addresses that the text gives are taken before any are chosen. */
function reserve(input: MachinesInput, context: Context): void {
  for (const draft of input.nodes) {
    const owner = `node "${draft.name}"`
    if (draft.interfaces === null)
      for (const ip of [draft.ip, ...draft.addresses]) claim(ip, { network: 'lan', owner, at: draft.at }, context)
    else for (const nic of draft.interfaces) claim(nic.ip, { network: nic.network, owner, at: nic.at }, context)
  }
  for (const draft of input.hosts)
    for (const nic of draft.interfaces) claim(nic.ip, { network: nic.network, owner: `host "${draft.meta.name}"`, at: nic.at }, context)
}

function claim(ip: Address | null, who: { network: string; owner: string; at: Span }, context: Context): void {
  if (ip === null) return
  const key = `${who.network} ${ip}`
  const other = context.owners.get(key)
  if (other !== undefined)
    context.report.error({
      code: 'duplicate-address',
      message: `${formatAddress(ip)} on network ${who.network} already belongs to ${other}.`,
      at: who.at,
    })
  context.owners.set(key, who.owner)
}

function firstFree(on: Network, first: number, owner: string, context: Context): Address | null {
  const last = cidrLast(on.cidr)
  for (let ip = on.cidr.address + (on.cidr.address + first < last ? first : 1); ip < last; ip++) {
    const key = `${on.meta.name} ${ip}`
    if (ipv4(ip) === on.gateway || context.owners.has(key)) continue
    context.owners.set(key, owner)
    return ipv4(ip)
  }
  return null
}

function buildNode(draft: NodeDraft, chosen: { index: number; podCIDR: Cidr }, context: Context): ClusterNode {
  const drafts: readonly InterfaceDraft[] = draft.interfaces ?? [{ network: 'lan', ip: draft.ip, at: draft.at }]
  const interfaces = buildInterfaces(
    drafts,
    { owner: `node "${draft.name}"`, first: FIRST_NODE, further: draft.interfaces === null ? draft.addresses : [], nic: draft.nic },
    context,
  )
  const own = interfaces.flatMap((nic) => nic.addresses.map((a) => a.address))
  if (draft.ip !== null && !own.includes(draft.ip))
    context.report.error({ code: 'ip-outside-cidr', message: `ip: ${formatAddress(draft.ip)} is on none of the interfaces.`, at: draft.at })
  const labels = { 'kubernetes.io/arch': 'amd64', 'kubernetes.io/hostname': draft.name, 'kubernetes.io/os': 'linux', ...draft.labels }
  const meta: ObjectMeta = { name: draft.name, namespace: '', labels, annotations: draft.annotations, range: draft.range }
  return { meta, interfaces, address: draft.ip ?? own[0] ?? ipv4(0), podCIDR: draft.podCIDR ?? chosen.podCIDR, taints: draft.taints }
}

function buildInterfaces(
  drafts: readonly InterfaceDraft[],
  machine: { owner: string; first: number; further: readonly Address[]; nic: string | null },
  context: Context,
): NodeInterface[] {
  return drafts.flatMap((draft, i) => {
    const on = context.networks.get(draft.network)
    if (on === undefined) {
      const near = nearest(draft.network, context.networks.keys())
      context.report.error({
        code: 'unknown-network',
        message: `There is no network "${draft.network}".${near === null ? ` Networks: ${[...context.networks.keys()].join(', ')}.` : ` Did you mean "${near}"?`}`,
        at: draft.at,
      })
      return []
    }
    const ip =
      draft.ip ?? (on.meta.name === 'internet' ? freePublic(machine.owner, context) : firstFree(on, machine.first, machine.owner, context))
    if (ip === null) {
      context.report.error({
        code: 'no-address-left',
        message: `No address is left in ${formatCidr(on.cidr)} for ${machine.owner}.`,
        at: draft.at,
      })
      return []
    }
    if (draft.ip !== null && on.meta.name !== 'internet' && !cidrContains(on.cidr, ip)) {
      reportOutside(ip, on, draft.at, context.report)
    }
    for (const further of i === 0 ? machine.further : [])
      if (on.meta.name !== 'internet' && !cidrContains(on.cidr, further)) reportOutside(further, on, draft.at, context.report)
    const prefixLength = on.meta.name === 'internet' && !cidrContains(on.cidr, ip) ? 32 : on.cidr.prefixLength
    const addresses = [ip, ...(i === 0 ? machine.further : [])].map((address) => ({ address, prefixLength }))
    return [{ name: machine.nic ?? `eth${i}`, network: draft.network, addresses }]
  })
}

function reportOutside(ip: Address, on: Network, at: Span, report: Report): void {
  report.warning({
    code: 'ip-outside-cidr',
    message: `${formatAddress(ip)} is not in ${formatCidr(on.cidr)}, the addresses of network ${on.meta.name}: the others cannot reach it.`,
    at,
  })
}

/** Hosts on the internet get 198.51.100.21 and up (TEST-NET-2): .10 is where walks from the internet start. */
function freePublic(owner: string, context: Context): Address | null {
  const pool = network('198.51.100.0/24')
  for (let n = 21; n < 255; n++) {
    const key = `internet ${nth(pool, n)}`
    if (context.owners.has(key)) continue
    context.owners.set(key, owner)
    return nth(pool, n)
  }
  return null
}

/** The n-th node's /24 of the pod CIDR, counted from 1 (10.244.1.0/24); from 0, or smaller, where that does not fit. */
function allocatePodCIDRs(input: MachinesInput, report: Report): Cidr[] {
  const { spec, nodes } = input
  const bits = Math.ceil(Math.log2(nodes.length + 1))
  const prefixLength = spec.podCIDR.prefixLength <= 24 - bits ? 24 : Math.max(24, Math.min(30, spec.podCIDR.prefixLength + bits))
  const size = 2 ** (32 - prefixLength)
  const room = Math.floor((cidrLast(spec.podCIDR) - spec.podCIDR.address + 1) / size)
  const given = nodes.map((node) => node.podCIDR).filter((c) => c !== null)
  const overlaps = (candidate: Cidr): boolean =>
    given.some((other) => cidrContains(other, candidate.address) || cidrContains(candidate, other.address))
  let n = room > nodes.length ? 1 : 0
  return nodes.map((node) => {
    if (node.podCIDR !== null) {
      const others = given.filter((c) => cidrContains(c, node.podCIDR?.address ?? ipv4(0))).length
      if (others > 1)
        report.error({
          code: 'duplicate-address',
          message: `podCIDR ${formatCidr(node.podCIDR)} of node "${node.name}" overlaps with another node's.`,
          at: node.at,
        })
      return node.podCIDR
    }
    while (n < room && overlaps(cidr(nth(spec.podCIDR, n * size), prefixLength))) n++
    if (n >= room || prefixLength > 30)
      report.error({
        code: 'no-address-left',
        message: `The pod CIDR ${formatCidr(spec.podCIDR)} is too small for node "${node.name}".`,
        at: node.at,
      })
    return cidr(nth(spec.podCIDR, n++ * size), prefixLength)
  })
}

/** The address walks from the internet come from. */
export function internetClient(hosts: readonly Host[]): Address {
  const taken = new Set(hosts.flatMap((host) => host.interfaces.flatMap((nic) => nic.addresses.map((a) => a.address))))
  const wanted = parseAddress('198.51.100.10') ?? ipv4(0)
  for (let ip = wanted; ip < wanted + 10; ip = ipv4(ip + 1)) if (!taken.has(ip)) return ip
  return wanted
}

/** The public address of the n-th node (from 0): 203.0.113.11 and up. */
export function publicAddressOf(cluster: { readonly networks: readonly Network[] }, index: number): Address {
  const internet = cluster.networks.find((network) => network.meta.name === 'internet')
  return ipv4((internet?.cidr.address ?? 0) + FIRST_NODE + index)
}
