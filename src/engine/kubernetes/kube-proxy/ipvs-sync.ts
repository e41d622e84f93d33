/**
 * kube-proxy pkg/proxy/ipvs/proxier.go (v1.30.3), syncProxyRules(): what a sync does about services, sets and addresses that are not as they should
 * be. There is no canary: everything is looked at every time. Rules that are as they should be are not written again, so that they go on counting.
 */
import type { ScriptCommand, ScriptOrigin } from '../../net/node-script.ts'
import type { Cluster, ClusterNode } from '../cluster.ts'
import { command } from '../machine-script.ts'
import { DUMMY_DEVICE, type IpvsPlan, ipvsPlan, type VirtualServer } from './ipvs.ts'
import { fed, isPossible, key, type Line, leaving, newServerLines, serviceLine } from './ipvs-commands.ts'
import { ipvsJumps, ipvsRestore } from './ipvs-rules.ts'
import { createLine, IPVS_SET_NAMES } from './ipvs-sets.ts'
import { restoreCommand } from './restore-text.ts'

/** What a node has, in the words of the tools. */
export interface IpvsFound {
  /** `ipvsadm -Sn` */
  readonly services: string
  /** `ipset save` */
  readonly sets: string
  /** `ip -o -4 addr show dev kube-ipvs0`; null: there is no such device. */
  readonly addresses: string | null
  /** Are the rules in its chains those that this text would put there? */
  readonly holds: (text: string) => boolean
}

/** Brings the node back to what the Services want. */
export function ipvsSync(
  cluster: Cluster,
  node: ClusterNode,
  { found, origin }: { readonly found: IpvsFound; readonly origin: ScriptOrigin },
): ScriptCommand[] {
  const plan = ipvsPlan(cluster, node)
  const restore = ipvsRestore(cluster, node, plan)
  const dummy = found.addresses === null ? [command(`ip link add ${DUMMY_DEVICE} type dummy`, origin)] : []
  return [
    ...ipvsJumps(false).map((run) => command(run, origin)),
    ...dummy,
    ...fed('ipset restore -exist', setLines(plan, found.sets), origin),
    ...serviceCommands(plan, found.services, origin),
    ...fed('ip -batch -', addressLines(plan, found.addresses ?? ''), origin),
    ...(found.holds(restore.text) ? [] : [restoreCommand(restore, origin)]),
  ]
}

/** Sets that are missing are made; entries are added and taken away. */
function setLines(plan: IpvsPlan, saved: string): Line[] {
  const entries = new Map<string, Set<string>>()
  for (const line of saved.split('\n')) {
    const [verb, name = '', entry = ''] = line.split(' ')
    if (verb === 'create') entries.set(name, new Set())
    else entries.get(name)?.add(entry)
  }
  return IPVS_SET_NAMES.flatMap((name): Line[] => {
    const there = entries.get(name)
    const wanted = [...plan.sets[name]].filter(([entry]) => isPossible(entry))
    const names = new Set(wanted.map(([entry]) => entry))
    return [
      ...(there === undefined ? [{ text: createLine(name), origin: null }] : []),
      ...[...(there ?? [])].filter((entry) => !names.has(entry)).map((entry) => ({ text: `del ${name} ${entry}`, origin: null })),
      ...wanted.filter(([entry]) => !there?.has(entry)).map(([entry, origin]) => ({ text: `add ${name} ${entry}`, origin })),
    ]
  })
}

/** What `ipvsadm -Sn` says of one service: its own line, and its real servers. */
interface SavedService {
  readonly line: string
  readonly servers: Set<string>
}

function savedServices(text: string): Map<string, SavedService> {
  const services = new Map<string, SavedService>()
  for (const line of text.split('\n')) {
    const [verb, flag, address, option, server = ''] = line.split(' ')
    const name = `${flag} ${address}`
    if (verb === '-A') services.set(name, { line, servers: new Set() })
    else if (verb === '-a' && option === '-r') services.get(name)?.servers.add(server)
  }
  return services
}

/** syncService() and syncEndpoint(): weights that were set by hand stay. Services that nobody wants go, whoever made them. */
function serviceCommands(plan: IpvsPlan, saved: string, origin: ScriptOrigin): ScriptCommand[] {
  const there = savedServices(saved)
  const wanted = new Map([...plan.virtualServers.values()].map((server) => [key(server), server]))
  const added = [...wanted].filter(([name]) => !there.has(name)).flatMap(([, server]) => newServerLines(server, plan.scheduler))
  const unwanted = [...there.keys()].filter((name) => !wanted.has(name)).map((name) => ({ text: `-D ${name}`, origin: null }))
  const changed = [...wanted].flatMap(([name, server]) => {
    const old = there.get(name)
    return old === undefined ? [] : restored(server, old, plan.scheduler)
  })
  return [...fed('ipvsadm -R', added, origin), ...changed, ...fed('ipvsadm -R', unwanted, origin)]
}

function restored(server: VirtualServer, old: SavedService, scheduler: string): ScriptCommand[] {
  const own = serviceLine('-A', server, scheduler).text
  const wanted = new Set(server.servers)
  return [
    ...(old.line === own ? [] : [`ipvsadm ${serviceLine('-E', server, scheduler).text}`]),
    ...[...wanted].filter((endpoint) => !old.servers.has(endpoint)).map((endpoint) => `ipvsadm -a ${key(server)} -r ${endpoint} -m -w 1`),
    ...[...old.servers].filter((endpoint) => !wanted.has(endpoint)).map((endpoint) => leaving(server, endpoint)),
  ].map((run) => command(run, server.origin))
}

function addressLines(plan: IpvsPlan, shown: string): Line[] {
  const there = new Set([...shown.matchAll(/ inet ([\d.]+)\//g)].map(([, address]) => address ?? ''))
  const missing = [...plan.addresses].filter(([address]) => !there.has(address))
  const extra = [...there].filter((address) => !plan.addresses.has(address))
  return [
    ...missing.map(([address, origin]) => ({ text: `address add ${address}/32 dev ${DUMMY_DEVICE}`, origin })),
    ...extra.map((address) => ({ text: `address del ${address}/32 dev ${DUMMY_DEVICE}`, origin: null })),
  ]
}
