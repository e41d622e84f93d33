/** The edge of the cloud as two Linux machines: a gateway that translates node addresses 1:1, and the internet behind it. */

import type { Cluster, Network, NodeInterface } from '../kubernetes/cluster.ts'
import type { DnsServerConfig } from '../kubernetes/dns-config.ts'
import { balancedServices } from '../kubernetes/load-balancer.ts'
import { command, MACHINE_RESOLV_CONF, nicsOf, plainSysctls } from '../kubernetes/machine-script.ts'
import { internetClient, publicAddressOf } from '../kubernetes/machines.ts'
import { type Address, formatAddress, parseAddress } from '../net/address.ts'
import { cidrContains, formatCidr, parseCidr } from '../net/cidr.ts'
import { ipv4 } from '../net/ipv4.ts'
import type { NodeScript, ScriptCommand, ScriptOrigin } from '../net/node-script.ts'
import { LOAD_BALANCER } from './load-balancer.ts'

const ORIGIN: ScriptOrigin = { component: 'cloud/internet-gateway', object: null, line: null }
/** What no machine on the internet answers to (RFC 6890). */
const PRIVATE = ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16']
/** Where names of the outside world point to: any address outside is answered by the internet (RFC 5737 TEST-NET-2). */
const OUTSIDE_SERVER = '198.51.100.80'

const networkOf = (cluster: Cluster, name: string): Network | null => cluster.networks.find((network) => network.meta.name === name) ?? null
const gatewayAddress = (internet: Network): Address => ipv4(internet.cidr.address + 1)

/** The gateway and the internet. With `before`, only what changes: the gateway's translation when the nodes do, routes when load balancers do. */
export function edgeScripts(before: Cluster | null, after: Cluster): NodeScript[] {
  if (before === null) return [gatewayScript(after), internetScript(after)]
  const now = translation(after)
  const same = now.join('\n') === translation(before).join('\n')
  const change = [...(same ? [] : [...changedAddresses(before, after), ...FLUSH, ...now]), ...changedLastHop(before, after)]
  const routes = changedRoutes(virtualRoutes(before), virtualRoutes(after))
  const gateway = { ...gatewayScript(after), commands: change.map((run) => command(run, ORIGIN)), programs: [] }
  const internet = { ...internetScript(after), commands: routes, programs: [] }
  return [gateway, internet].filter((script) => script.commands.length > 0)
}

function changedRoutes(then: readonly ScriptCommand[], now: readonly ScriptCommand[]): ScriptCommand[] {
  const has = (list: readonly ScriptCommand[], route: ScriptCommand): boolean => list.some(({ run }) => run === route.run)
  return [
    ...then.filter((route) => !has(now, route)).map((route) => ({ ...route, run: route.run.replace('route add', 'route del') })),
    ...now.filter((route) => !has(then, route)),
  ]
}

/** Answers to what the load balancer passed on go back to it: by its MAC address, remembered with the connection ("auto last hop"). */
const LAST_HOP = { mark: '0x1', table: 100 }

function lastHop(cluster: Cluster): string[] {
  const { loadBalancer } = cluster
  const nic = loadBalancer && nicsOf(LOAD_BALANCER, loadBalancer.interfaces)[0]
  const address = loadBalancer?.interfaces[0]?.addresses[0]?.address
  if (!nic || address === undefined) return []
  const say = '-m comment --comment "answers go back to the load balancer"'
  return [
    `iptables -w -t mangle -A PREROUTING -i eth1 -m mac --mac-source ${nic.mac} ${say} -j CONNMARK --set-mark ${LAST_HOP.mark}`,
    `iptables -w -t mangle -A PREROUTING -i eth0 ${say} -j CONNMARK --restore-mark`,
    `ip route add default via ${formatAddress(address)} dev eth1 table ${LAST_HOP.table}`,
    `ip rule add fwmark ${LAST_HOP.mark} lookup ${LAST_HOP.table} priority 100`,
  ]
}

function changedLastHop(before: Cluster, after: Cluster): string[] {
  const now = lastHop(after)
  const then = lastHop(before)
  if (now.join('\n') === then.join('\n')) return []
  const undo = ['iptables -w -t mangle -F PREROUTING', `ip route flush table ${LAST_HOP.table}`, `ip rule del priority 100`]
  return [...(then.length > 0 ? undo : []), ...now]
}

/** Addresses of load balancers, and externalIPs, outside the internet's own segment: each gets a route, and none is the outside server's. */
function virtualRoutes(cluster: Cluster): ScriptCommand[] {
  const internet = networkOf(cluster, 'internet')
  const client = formatAddress(internetClient(cluster.hosts))
  const balanced = balancedServices(cluster.services, cluster)
  // externalIPs are for someone else to route to the nodes: here nobody answers to them.
  const claimed = cluster.services.map((service) => ({ service, addresses: service.externalIPs }))
  const seen = new Set(cluster.hosts.flatMap((host) => host.interfaces.flatMap((nic) => nic.addresses.map(({ address }) => address))))
  return [...balanced, ...claimed].flatMap(({ service, addresses }) =>
    addresses
      .filter((address) => internet !== null && !cidrContains(internet.cidr, address) && !isPrivate(address))
      .filter((address) => !seen.has(address) && seen.add(address))
      .map((address) => {
        const { namespace, name, range } = service.meta
        const origin = { ...ORIGIN, object: `service/${namespace}/${name}`, line: range?.line ?? null }
        return command(`ip route add ${formatAddress(address)} dev eth0 src ${client}`, origin)
      }),
  )
}

const isPrivate = (address: Address): boolean =>
  PRIVATE.some((text) => {
    const network = parseCidr(text)
    return network !== null && cidrContains(network, address)
  })

/** The gateway answers for a public address as long as there is a node behind it. */
function changedAddresses(before: Cluster, after: Cluster): string[] {
  const had = before.nodes.length
  const has = after.nodes.length
  const prefixLength = networkOf(after, 'internet')?.cidr.prefixLength ?? 32
  const between = Array.from({ length: Math.abs(has - had) }, (_, i) => formatAddress(publicAddressOf(after, Math.min(had, has) + i)))
  return between.map((address) => `ip addr ${has > had ? 'add' : 'del'} ${address}/${prefixLength} dev eth1`)
}

const FLUSH = ['iptables -w -t nat -F PREROUTING', 'iptables -w -t nat -F POSTROUTING', 'iptables -w -t filter -F FORWARD']

/** eth0 on `lan` and eth1 on `internet`; forwards. It knows no pods: a node that lost its route to a peer's pods sends their packets here, to die. */
function gatewayScript(cluster: Cluster): NodeScript {
  const lan = networkOf(cluster, 'lan')
  const internet = networkOf(cluster, 'internet')
  const inside = lan?.gateway == null ? [] : [{ address: lan.gateway, prefixLength: lan.cidr.prefixLength }]
  const outside =
    internet === null
      ? []
      : [gatewayAddress(internet), ...cluster.nodes.map((_, i) => publicAddressOf(cluster, i))].map((address) => ({
          address,
          prefixLength: internet.cidr.prefixLength,
        }))
  const interfaces: NodeInterface[] = [
    { name: 'eth0', network: 'lan', addresses: inside },
    { name: 'eth1', network: 'internet', addresses: outside },
  ]
  return {
    machine: 'gateway',
    hostname: 'gateway',
    nics: nicsOf('gateway', interfaces),
    netns: new Map(),
    resolvConf: MACHINE_RESOLV_CONF,
    commands: [
      ...upCommands(interfaces),
      'sysctl -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0 net.ipv4.conf.eth1.send_redirects=0',
      'sysctl -w net.ipv4.ip_forward=1',
      ...(internet?.gateway == null ? [] : [`ip route add default via ${formatAddress(internet.gateway)} dev eth1`]),
      ...translation(cluster),
      ...lastHop(cluster),
    ].map((run) => command(run, ORIGIN)),
    programs: [],
  }
}

function upCommands(interfaces: readonly NodeInterface[]): string[] {
  const nics = interfaces.flatMap((nic) => [
    ...nic.addresses.map(({ address, prefixLength }) => `ip addr add ${formatAddress(address)}/${prefixLength} dev ${nic.name}`),
    `ip link set ${nic.name} up`,
  ])
  return [...plainSysctls(interfaces.map((nic) => nic.name)), 'ip link set lo up', ...nics]
}

/** Node addresses are translated 1:1, both ways; whatever else would cross is dropped. */
function translation(cluster: Cluster): string[] {
  const say = (text: string): string => `-m comment --comment "${text}"`
  const nodes = cluster.nodes.map((node, i) => ({
    name: node.meta.name,
    inside: formatAddress(node.address),
    outside: formatAddress(publicAddressOf(cluster, i)),
  }))
  return [
    ...nodes.map(
      ({ name, inside, outside }) =>
        `iptables -w -t nat -A PREROUTING -i eth1 -d ${outside} ${say(`public address of ${name}`)} -j DNAT --to-destination ${inside}`,
    ),
    ...nodes.map(
      ({ name, inside, outside }) =>
        `iptables -w -t nat -A POSTROUTING -o eth1 -s ${inside} ${say(`public address of ${name}`)} -j SNAT --to-source ${outside}`,
    ),
    ...nodes.flatMap(({ inside }) => [
      `iptables -w -t filter -A FORWARD -i eth0 -o eth1 -s ${inside} -j ACCEPT`,
      `iptables -w -t filter -A FORWARD -i eth1 -o eth0 -d ${inside} -j ACCEPT`,
    ]),
    `iptables -w -t filter -A FORWARD -i eth0 -o eth1 ${say('not an address of a node: it has no public address')} -j DROP`,
    `iptables -w -t filter -A FORWARD -i eth1 -o eth0 ${say('not an address of a node')} -j DROP`,
  ]
}

/** One machine that is every other: it answers to each public address, routes between hosts on its segment, and knows every name. */
function internetScript(cluster: Cluster): NodeScript {
  const internet = networkOf(cluster, 'internet')
  const router = internet?.gateway == null ? [] : [{ address: internet.gateway, prefixLength: internet.cidr.prefixLength }]
  const interfaces: NodeInterface[] = [{ name: 'eth0', network: 'internet', addresses: router }]
  const client = formatAddress(internetClient(cluster.hosts))
  const dns: DnsServerConfig = {
    zones: [],
    ttl: 300,
    records: [],
    emptyNames: [],
    pods: 'disabled',
    podAddresses: {},
    upstream: null,
    catchAll: OUTSIDE_SERVER,
    notPublic: cluster.namespaces.map(({ name }) => name),
  }
  const everywhere = (protocol: 'tcp' | 'udp', port: number) => ({ protocol, port, address: null })
  return {
    machine: 'internet',
    hostname: 'internet',
    nics: nicsOf('internet', interfaces),
    netns: new Map(),
    resolvConf: MACHINE_RESOLV_CONF,
    commands: [
      ...[
        ...upCommands(interfaces),
        'sysctl -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0',
        'sysctl -w net.ipv4.ip_forward=1',
        `ip addr add ${client}/32 dev lo`,
      ].map((run) => command(run, ORIGIN)),
      ...(internet === null
        ? []
        : [command(`ip route replace ${formatCidr(internet.cidr)} dev eth0 proto kernel scope link src ${client}`, ORIGIN)]),
      ...hostRoutes(cluster, client),
      ...virtualRoutes(cluster),
      ...closedTo(cluster).map((cidr) => command(`ip route add unreachable ${cidr}`, ORIGIN)),
      command('ip route add local 0.0.0.0/0 dev lo table main', ORIGIN),
    ],
    programs: [
      {
        netns: null,
        program: 'http-server',
        listen: [everywhere('tcp', 80), everywhere('tcp', 443)],
        owner: 'internet',
        container: null,
        config: null,
        origin: ORIGIN,
      },
      {
        netns: null,
        program: 'coredns',
        listen: [everywhere('udp', 53), everywhere('tcp', 53)],
        owner: 'internet',
        container: 'resolver',
        config: dns,
        origin: ORIGIN,
      },
    ],
  }
}

/** Hosts on the internet have addresses of their own choice: each gets a route. */
function hostRoutes(cluster: Cluster, client: string): ScriptCommand[] {
  return cluster.hosts.flatMap((host) =>
    host.interfaces
      .filter((nic) => nic.network === 'internet')
      .flatMap((nic) => nic.addresses.filter(({ prefixLength }) => prefixLength === 32))
      .map(({ address }) =>
        command(`ip route add ${formatAddress(address)} dev eth0 src ${client}`, {
          ...ORIGIN,
          object: `host/${host.meta.name}`,
          line: host.meta.range?.line ?? null,
        }),
      ),
  )
}

/**
 * Private addresses, and those of this cluster whatever they are, are nobody's on the internet: its routers have no route to them, and say so
 * (RFC 1918, section 3). No policy rules: they would separate table local from main, and with that the kernel no longer sees the catch-all local
 * route when it looks for the source of an answer.
 */
function closedTo(cluster: Cluster): string[] {
  const own = [
    cluster.podCIDR,
    cluster.serviceCIDR,
    ...cluster.networks.filter((network) => network.meta.name !== 'internet').map((network) => network.cidr),
  ]
  const all = new Set([...PRIVATE, ...own.map(formatCidr)])
  return [...all].filter((cidr) => parseAddress(cidr.split('/')[0] ?? '') !== null && !cidr.endsWith('/0'))
}
