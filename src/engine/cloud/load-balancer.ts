/**
 * The cloud's L4 load balancer as a Linux machine on the internet's side: it translates the addresses of Services of type LoadBalancer to node
 * ports of nodes that pass their health check, and keeps the client's address; whether the node keeps it too is up to externalTrafficPolicy.
 */
import type { Cluster, Host, Service, ServicePort } from '../kubernetes/cluster.ts'
import { hexHash } from '../kubernetes/hash.ts'
import { comment, RestoreWriter, type TableWriter } from '../kubernetes/kube-proxy/restore-text.ts'
import { balancedServices, healthyNodes } from '../kubernetes/load-balancer.ts'
import { bootCommands, command, MACHINE_RESOLV_CONF, nicsOf } from '../kubernetes/machine-script.ts'
import { publicAddressOf } from '../kubernetes/machines.ts'
import { formatAddress } from '../net/address.ts'
import { formatCidr, parseCidr } from '../net/cidr.ts'
import type { NodeScript, ScriptCommand, ScriptOrigin } from '../net/node-script.ts'

export const LOAD_BALANCER = 'host/load-balancer'
const COMPONENT = 'cloud/load-balancer'
const ORIGIN: ScriptOrigin = { component: COMPONENT, object: null, line: null }

/** The machine's script; with `before`, only what changes. None where no Service has an address of it. */
export function loadBalancerScripts(before: Cluster | null, after: Cluster): NodeScript[] {
  const { loadBalancer } = after
  const old = before?.loadBalancer ?? null
  if (loadBalancer === null) return old === null || before === null ? [] : [scriptOf(old, [...changedAddresses(old, null), rules(after)])]
  if (old === null || before === null) return [scriptOf(loadBalancer, [...freshMachine(after, loadBalancer), rules(after)])]
  const load = rules(after)
  const changes = [...changedAddresses(old, loadBalancer), ...(load.stdin === rules(before).stdin ? [] : [load])]
  return changes.length > 0 ? [scriptOf(loadBalancer, changes)] : []
}

function scriptOf(host: Host, commands: readonly ScriptCommand[]): NodeScript {
  return {
    machine: LOAD_BALANCER,
    hostname: host.meta.name,
    nics: nicsOf(LOAD_BALANCER, host.interfaces),
    netns: new Map(),
    resolvConf: MACHINE_RESOLV_CONF,
    commands,
    programs: [],
  }
}

/** A router with one leg: what comes for a Service goes out again by the same NIC. */
function freshMachine(cluster: Cluster, host: Host): ScriptCommand[] {
  return [
    ...bootCommands(host.interfaces, cluster.networks, ORIGIN),
    command('sysctl -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0', ORIGIN),
    command('sysctl -w net.ipv4.ip_forward=1', ORIGIN),
  ]
}

const virtualAddresses = (host: Host | null): string[] =>
  (host?.interfaces[0]?.addresses ?? []).filter(({ prefixLength }) => prefixLength === 32).map(({ address }) => formatAddress(address))

function changedAddresses(old: Host, now: Host | null): ScriptCommand[] {
  const [had, has] = [virtualAddresses(old), virtualAddresses(now)]
  return [
    ...had.filter((address) => !has.includes(address)).map((address) => command(`ip addr del ${address}/32 dev eth0`, ORIGIN)),
    ...has.filter((address) => !had.includes(address)).map((address) => command(`ip addr add ${address}/32 dev eth0`, ORIGIN)),
  ]
}

/** Everything the machine knows of Services, as one `iptables-restore`: connections that are established go on. */
function rules(cluster: Cluster): ScriptCommand {
  const writer = new RestoreWriter()
  const [nat, filter] = [writer.table('nat'), writer.table('filter')]
  for (const { service, addresses } of balancedServices(cluster.services, cluster)) {
    const { namespace, name, range } = service.meta
    writer.origin = { component: COMPONENT, object: `service/${namespace}/${name}`, line: range?.line ?? null }
    for (const port of service.ports) listen({ cluster, service, nat, filter }, port, addresses.map(formatAddress))
    for (const address of addresses.map(formatAddress))
      filter.rule('INPUT', `-d ${address}`, comment(`${namespace}/${name} has no such port`), '-j DROP')
  }
  writer.origin = null
  const internet = cluster.networks.find((network) => network.meta.name === 'internet')
  if (internet !== undefined && cluster.loadBalancer !== null)
    nat.rule(
      'POSTROUTING',
      `-s ${formatCidr(internet.cidr)}`,
      '-m conntrack --ctstate DNAT',
      comment('answers to nodes come back this way'),
      '-j MASQUERADE',
    )
  const { text, lines } = writer.finish()
  return { run: 'iptables-restore -w', stdin: text, origin: ORIGIN, lines }
}

interface Listening {
  readonly cluster: Cluster
  readonly service: Service
  readonly nat: TableWriter
  readonly filter: TableWriter
}

/** One listener: its own chain picks one of the healthy nodes. What the source ranges leave out stays here and is dropped. */
function listen({ cluster, service, nat, filter }: Listening, port: ServicePort, addresses: readonly string[]): void {
  const { namespace, name } = service.meta
  const label = `${namespace}/${name}${port.name === null ? '' : `:${port.name}`}`
  const protocol = port.protocol.toLowerCase()
  const match = (address: string): string => `-d ${address} -p ${protocol} -m ${protocol} --dport ${port.port}`
  const nodes = port.nodePort === null ? [] : healthyNodes(cluster, service)
  const chain = `LB-${hexHash(`${label} ${protocol}`, 16).toUpperCase()}`
  const ranges = service.loadBalancerSourceRanges.flatMap((text) => parseCidr(text.trim()) ?? []).map(formatCidr)
  if (nodes.length > 0) nat.chain(chain)
  for (const address of addresses) {
    const sources = ranges.length === 0 ? [''] : ranges.map((range) => `-s ${range}`)
    if (nodes.length > 0) for (const source of sources) nat.rule('PREROUTING', source, match(address), comment(label), `-j ${chain}`)
    const why =
      port.nodePort === null ? `${label} has no node port` : nodes.length === 0 ? `${label}: no node passes its health check` : null
    if (why !== null) filter.rule('INPUT', match(address), comment(why), '-j DROP')
    else if (ranges.length > 0) filter.rule('INPUT', match(address), comment(`${label}: not in loadBalancerSourceRanges`), '-j DROP')
  }
  for (const [i, node] of nodes.entries()) {
    const left = nodes.length - i
    const odds = left > 1 ? `-m statistic --mode random --probability ${(1 / left).toFixed(10)}` : ''
    const to = `${formatAddress(publicAddressOf(cluster, cluster.nodes.indexOf(node)))}:${port.nodePort}`
    nat.rule(chain, comment(`${label} -> ${node.meta.name}`), odds, `-p ${protocol} -j DNAT --to-destination ${to}`)
  }
}
