/** kube-proxy pkg/proxy/ipvs (v1.30.3): the plan of a node as commands, at its start and at a sync after a change. */
import type { ScriptCommand, ScriptOrigin } from '../../net/node-script.ts'
import type { Cluster, ClusterNode, KubeProxyConfig } from '../cluster.ts'
import { command } from '../machine-script.ts'
import { DUMMY_DEVICE, type IpvsPlan, ipvsPlan, type VirtualServer } from './ipvs.ts'
import { ipvsJumps, ipvsRestore } from './ipvs-rules.ts'
import { createLine, IPVS_SET_NAMES } from './ipvs-sets.ts'
import { restoreCommand } from './restore-text.ts'

/** A line of standard input, and for whom it is written. */
export interface Line {
  readonly text: string
  readonly origin: ScriptOrigin | null
}

/** A command with these lines as its standard input; none when there are none. */
export function fed(run: string, lines: readonly Line[], origin: ScriptOrigin): ScriptCommand[] {
  if (lines.length === 0) return []
  return [{ run, stdin: `${lines.map(({ text }) => text).join('\n')}\n`, origin, lines: lines.map((line) => line.origin) }]
}

/** NewProxier(): the sysctls that IPVS mode needs, and its timeouts where the configuration has some. */
function startUp({ ipvs }: KubeProxyConfig): string[] {
  const { strictARP, tcpTimeoutSeconds: tcp, tcpFinTimeoutSeconds: tcpFin, udpTimeoutSeconds: udp } = ipvs
  return [
    'sysctl -w net.ipv4.vs.conntrack=1 net.ipv4.vs.expire_nodest_conn=1 net.ipv4.vs.expire_quiescent_template=1 net.ipv4.ip_forward=1',
    ...(strictARP ? ['sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2'] : []),
    ...(tcp + tcpFin + udp > 0 ? [`ipvsadm --set ${tcp} ${tcpFin} ${udp}`] : []),
  ]
}

const FLAGS: Readonly<Record<string, string>> = { tcp: '-t', udp: '-u', sctp: '--sctp-service' }

export function key({ protocol, address, port }: VirtualServer): string {
  return `${FLAGS[protocol] ?? '-t'} ${address}:${port}`
}

/** Maglev hashing is told to hash the port too. */
export function serviceLine(verb: '-A' | '-E', server: VirtualServer, scheduler: string): Line {
  const persistent = server.persistentSeconds === null ? '' : ` -p ${server.persistentSeconds}`
  const text = `${verb} ${key(server)} -s ${scheduler}${persistent}${scheduler === 'mh' ? ' -b mh-port' : ''}`
  return { text, origin: server.origin }
}

const serverLine = (server: VirtualServer, endpoint: string): Line => ({
  text: `-a ${key(server)} -r ${endpoint} -m -w 1`,
  origin: server.origin,
})

export function newServerLines(server: VirtualServer, scheduler: string): Line[] {
  return [serviceLine('-A', server, scheduler), ...server.servers.map((endpoint) => serverLine(server, endpoint))]
}

/** ipset has no place for 0.0.0.0/0; kube-proxy logs that and goes on. */
export const isPossible = (entry: string): boolean => !entry.endsWith('/0')

function entryLines(plan: IpvsPlan, verb: 'add' | 'del', without: IpvsPlan | null): Line[] {
  return IPVS_SET_NAMES.flatMap((name) =>
    [...plan.sets[name]]
      .filter(([entry]) => isPossible(entry) && !without?.sets[name].has(entry))
      .map(([entry, origin]) => ({ text: `${verb} ${name} ${entry}`, origin })),
  )
}

function addressLines(plan: IpvsPlan, verb: 'add' | 'del', without: IpvsPlan | null): Line[] {
  return [...plan.addresses]
    .filter(([address]) => !without?.addresses.has(address))
    .map(([address, origin]) => ({ text: `address ${verb} ${address}/32 dev ${DUMMY_DEVICE}`, origin }))
}

/** First start on a fresh node. */
export function ipvsStart(cluster: Cluster, node: ClusterNode, origin: ScriptOrigin): ScriptCommand[] {
  const plan = ipvsPlan(cluster, node)
  const sets = [...IPVS_SET_NAMES.map((name) => ({ text: createLine(name), origin: null })), ...entryLines(plan, 'add', null)]
  return [
    ...startUp(cluster.kubeProxy).map((run) => command(run, origin)),
    ...ipvsJumps(true).map((run) => command(run, origin)),
    command(`ip link add ${DUMMY_DEVICE} type dummy`, origin),
    ...fed(
      'ipvsadm -R',
      [...plan.virtualServers.values()].flatMap((server) => newServerLines(server, plan.scheduler)),
      origin,
    ),
    ...fed('ip -batch -', addressLines(plan, 'add', null), origin),
    ...fed('ipset restore -exist', sets, origin),
    restoreCommand(ipvsRestore(cluster, node, plan), origin),
  ]
}

/**
 * A real server that leaves. Over TCP it goes at once only when it has no connections; else it gets weight 0, so that they may end.
 * What the real kube-proxy looks at again every minute is looked at again at each sync.
 */
export function leaving(server: VirtualServer, endpoint: string): string {
  const where = `${key(server)} -r ${endpoint}`
  const remove = `ipvsadm -d ${where}`
  if (server.protocol !== 'tcp') return remove
  const idle = `ipvsadm -Ln ${key(server)} | grep -q -e '-> ${endpoint} .* 0  *0 *$'`
  return `${idle} && ${remove} || ipvsadm -e ${where} -m -w 0`
}

/** A real server that was there before may still be waiting for its connections to end: it is taken out and put in anew. */
function returning(server: VirtualServer, endpoint: string): string {
  const where = `${key(server)} -r ${endpoint}`
  return `ipvsadm -d ${where} 2>/dev/null || true; ipvsadm -a ${where} -m -w 1`
}

/** syncEndpoint() for a virtual server that exists. */
function serverChange(before: VirtualServer, after: VirtualServer): ScriptCommand[] {
  const added = after.servers.filter((endpoint) => !before.servers.includes(endpoint))
  const gone = before.servers.filter((endpoint) => !after.servers.includes(endpoint))
  return [...added.map((endpoint) => returning(after, endpoint)), ...gone.map((endpoint) => leaving(after, endpoint))].map((run) =>
    command(run, after.origin),
  )
}

function serviceChanges(before: IpvsPlan, after: IpvsPlan, origin: ScriptOrigin): ScriptCommand[] {
  const added = [...after.virtualServers].flatMap(([name, server]) =>
    before.virtualServers.has(name) ? [] : newServerLines(server, after.scheduler),
  )
  const changed = [...after.virtualServers].flatMap(([name, server]) => {
    const old = before.virtualServers.get(name)
    if (!old) return []
    const same = old.persistentSeconds === server.persistentSeconds && before.scheduler === after.scheduler
    return [
      ...(same ? [] : [command(`ipvsadm ${serviceLine('-E', server, after.scheduler).text}`, server.origin)]),
      ...serverChange(old, server),
    ]
  })
  return [...fed('ipvsadm -R', added, origin), ...changed]
}

/** The sync after a change: services, addresses, sets and rules, then what is no longer wanted. */
export function ipvsChange(before: Cluster, after: Cluster, node: ClusterNode, origin: ScriptOrigin): ScriptCommand[] {
  const old = ipvsPlan(before, before.nodes.find((other) => other.meta.name === node.meta.name) ?? node)
  const plan = ipvsPlan(after, node)
  const restore = ipvsRestore(after, node, plan)
  const rules = restore.text === ipvsRestore(before, node, old).text ? [] : [restoreCommand(restore, origin)]
  const unwanted = [...old.virtualServers].flatMap(([name, server]) =>
    plan.virtualServers.has(name) ? [] : [{ text: `-D ${key(server)}`, origin: server.origin }],
  )
  return [
    ...serviceChanges(old, plan, origin),
    ...fed('ip -batch -', addressLines(plan, 'add', old), origin),
    ...fed('ipset restore -exist', [...entryLines(old, 'del', plan), ...entryLines(plan, 'add', old)], origin),
    ...rules,
    ...fed('ip -batch -', addressLines(old, 'del', plan), origin),
    ...fed('ipvsadm -R', unwanted, origin),
  ]
}
