/** Cluster addresses and node ports: as written, else by a hash of the Service's name in the bands the API server draws from. */
import { type Address, formatAddress, parseAddress } from '../net/address.ts'
import { type Cidr, cidrContains, cidrLast, formatCidr } from '../net/cidr.ts'
import { ipv4 } from '../net/ipv4.ts'
import type { Service } from './cluster.ts'
import type { ServiceDraft, ServicePortDraft } from './decode/service.ts'
import { type Fix, writeInstead } from './diagnose/edit.ts'
import { numberHash } from './hash.ts'
import type { Report, Span } from './report.ts'

/** The upper band of 30000–32767, whose first 86 are left to those who choose (ServiceNodePortStaticSubrange). */
const NODE_PORTS = { first: 30086, last: 32767 }

interface Context {
  readonly serviceCIDR: Cidr
  readonly addresses: Map<Address, string>
  /** 'TCP 30080' → owner */
  readonly nodePorts: Map<string, string>
  /** Of load balancers. */
  readonly external: Set<Address>
  readonly report: Report
}

/** Completes the Services. `existing` keep what they have. */
export function allocateServices(
  drafts: readonly ServiceDraft[],
  { serviceCIDR, existing }: { readonly serviceCIDR: Cidr; readonly existing: readonly Service[] },
  report: Report,
): Service[] {
  const context: Context = { serviceCIDR, addresses: new Map(), nodePorts: new Map(), external: new Set(), report }
  for (const service of existing) claimExisting(service, context)
  for (const draft of drafts) claimWritten(draft, context)
  return drafts.map((draft) => complete(draft, context))
}

function claimExisting(service: Service, context: Context): void {
  const name = `${service.meta.namespace}/${service.meta.name}`
  if (service.clusterIP !== null) context.addresses.set(service.clusterIP, name)
  for (const port of service.ports) if (port.nodePort !== null) context.nodePorts.set(`${port.protocol} ${port.nodePort}`, name)
  if (service.healthCheckNodePort !== null) context.nodePorts.set(`TCP ${service.healthCheckNodePort}`, name)
  for (const { ip } of service.loadBalancerIngress) if (ip !== null) context.external.add(ip)
}

const nameOf = (draft: ServiceDraft): string => `${draft.meta.namespace}/${draft.meta.name}`

function claimWritten(draft: ServiceDraft, context: Context): void {
  const name = nameOf(draft)
  if (draft.clusterIP !== null) {
    const other = context.addresses.get(draft.clusterIP)
    if (other !== undefined)
      context.report.error({
        code: 'duplicate-address',
        message: `clusterIP ${formatAddress(draft.clusterIP)} is already allocated to Service ${other}.`,
        at: draft.at.clusterIP,
        ...addressFix(draft, draft.clusterIP, context),
      })
    else context.addresses.set(draft.clusterIP, name)
    if (!cidrContains(context.serviceCIDR, draft.clusterIP)) {
      context.report.warning({
        code: 'ip-outside-cidr',
        message: `clusterIP ${formatAddress(draft.clusterIP)} is not in the Service CIDR ${formatCidr(context.serviceCIDR)}: an API server would refuse it.`,
        at: draft.at.clusterIP,
        ...addressFix(draft, sameHost(draft.clusterIP, context.serviceCIDR), context),
      })
    }
  }
  for (const port of draft.ports) {
    if (port.nodePort === null) continue
    claimNodePort(port.protocol, port.nodePort, { name, at: port.at.nodePort, mendable: true }, context)
  }
  for (const { ip } of draft.loadBalancerIngress) if (ip !== null) context.external.add(ip)
  if (draft.loadBalancerIP !== null) context.external.add(draft.loadBalancerIP)
  if (draft.healthCheckNodePort !== null)
    claimNodePort('TCP', draft.healthCheckNodePort, { name, at: draft.at.name, mendable: false }, context)
}

/** `mendable`: `at` is where the number itself stands. */
interface Owner {
  readonly name: string
  readonly at: Span
  readonly mendable: boolean
}

function claimNodePort(protocol: string, port: number, owner: Owner, context: Context): void {
  const key = `${protocol} ${port}`
  const other = context.nodePorts.get(key)
  if (other !== undefined)
    context.report.error({
      code: 'duplicate-node-port',
      message: `nodePort ${port}/${protocol} is already allocated to Service ${other}.`,
      at: owner.at,
      ...(owner.mendable && portFix(owner.at, { protocol, port }, context)),
    })
  else context.nodePorts.set(key, owner.name)
}

/** Offers the first address from here on that nobody has; the range begins again at its end. */
function addressFix(draft: ServiceDraft, from: Address, { addresses, serviceCIDR }: Context): { fix?: Fix } {
  let address = ipv4(Number(from))
  for (let tried = 0; tried <= addresses.size + 1; tried++) {
    const free = !addresses.has(address) && cidrContains(serviceCIDR, address)
    if (free) return { fix: writeInstead(draft.at.clusterIP, formatAddress(address)) }
    address = address >= cidrLast(serviceCIDR) ? ipv4(serviceCIDR.address + 1) : ipv4(address + 1)
  }
  return {}
}

/** The address of the range with the same host part. */
function sameHost(address: Address, { address: network, prefixLength }: Cidr): Address {
  const size = 2 ** (32 - prefixLength)
  return ipv4(Number(network) + (Number(address) % size))
}

/** Offers the next port that nobody has. */
function portFix(at: Span, key: { readonly protocol: string; readonly port: number }, { nodePorts }: Context): { fix?: Fix } {
  for (let free = key.port + 1; free <= NODE_PORTS.last; free++)
    if (!nodePorts.has(`${key.protocol} ${free}`)) return { fix: writeInstead(at, String(free)) }
  return {}
}

function complete(draft: ServiceDraft, context: Context): Service {
  const { needsClusterIP, needsHealthCheckNodePort, needsLoadBalancer, loadBalancerIP, at: _at, ports, ...service } = draft
  const clusterIP = needsClusterIP ? freeAddress(draft, context) : draft.clusterIP
  return {
    ...service,
    clusterIP,
    clusterIPs: needsClusterIP && clusterIP !== null ? [formatAddress(clusterIP)] : draft.clusterIPs,
    ports: ports.map((port) => completePort(port, draft, context)),
    healthCheckNodePort: needsHealthCheckNodePort
      ? freeNodePort('TCP', `${nameOf(draft)} health check`, context)
      : draft.healthCheckNodePort,
    loadBalancerIngress: needsLoadBalancer ? loadBalancerIngress(draft, loadBalancerIP, context) : draft.loadBalancerIngress,
  }
}

/** Public addresses of the cloud's load balancer: 203.0.113.211 to .250 (RFC 5737 TEST-NET-3), above those of nodes. */
const LOAD_BALANCERS = { first: parseAddress('203.0.113.211') ?? ipv4(0), count: 40 }

/** What the cloud's controller writes into the status; nothing when its addresses are used up. */
function loadBalancerIngress(draft: ServiceDraft, asked: Address | null, context: Context): Service['loadBalancerIngress'] {
  if (asked !== null) return [{ ip: asked, hostname: null, ipMode: null }]
  const start = numberHash(`load balancer ${nameOf(draft)}`)
  for (let tried = 0; tried < LOAD_BALANCERS.count; tried++) {
    const ip = ipv4(LOAD_BALANCERS.first + ((start + tried) % LOAD_BALANCERS.count))
    if (context.external.has(ip)) continue
    context.external.add(ip)
    return [{ ip, hostname: null, ipMode: null }]
  }
  return []
}

function completePort(draft: ServicePortDraft, of: ServiceDraft, context: Context): Service['ports'][number] {
  const { needsNodePort, at: _at, ...port } = draft
  return {
    ...port,
    nodePort: needsNodePort ? freeNodePort(port.protocol, `${nameOf(of)} ${port.name ?? ''} ${port.protocol}`, context) : port.nodePort,
  }
}

/** The lower part of the range, at most 256 addresses, is left to those who choose (ServiceIPStaticSubrange). */
function freeAddress(draft: ServiceDraft, context: Context): Address | null {
  const { serviceCIDR } = context
  const size = cidrLast(serviceCIDR) - serviceCIDR.address - 1
  const band = size >= 32 ? Math.min(Math.max(16, Math.floor(size / 16)), 256) : 0
  const start = numberHash(`clusterIP ${nameOf(draft)}`)
  for (let tried = 0; tried < size; tried++) {
    const within = tried < size - band ? band + ((start + tried) % (size - band)) : tried - (size - band)
    const address = ipv4(serviceCIDR.address + 1 + within)
    if (context.addresses.has(address)) continue
    context.addresses.set(address, nameOf(draft))
    return address
  }
  context.report.error({
    code: 'no-address-left',
    message: `No address is left in the Service CIDR ${formatCidr(serviceCIDR)}.`,
    at: draft.at.name,
  })
  return null
}

function freeNodePort(protocol: string, what: string, context: Context): number {
  const count = NODE_PORTS.last - NODE_PORTS.first + 1
  const start = numberHash(`nodePort ${what}`) % count
  for (let tried = 0; tried < count; tried++) {
    const port = NODE_PORTS.first + ((start + tried) % count)
    const key = `${protocol} ${port}`
    if (context.nodePorts.has(key)) continue
    context.nodePorts.set(key, what)
    return port
  }
  return NODE_PORTS.first
}
