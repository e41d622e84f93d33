/** kube-proxy pkg/proxy/ipvs/proxier.go (v1.30.3), writeIptablesRules(): the few rules beside IPVS; whom they concern is in ipsets. */
import type { Cluster, ClusterNode } from '../cluster.ts'
import { ensureChain, ensureJumps, type Jump } from '../ensure-rules.ts'
import { localTraffic, masqueradeMark } from './iptables.ts'
import type { IpvsPlan } from './ipvs.ts'
import { IPVS_SETS, type IpvsSetName } from './ipvs-sets.ts'
import { comment, type RestoreText, RestoreWriter, type TableWriter } from './restore-text.ts'

const NAT_CHAINS = ['KUBE-SERVICES', 'KUBE-POSTROUTING', 'KUBE-NODE-PORT', 'KUBE-LOAD-BALANCER', 'KUBE-MARK-MASQ']
const FILTER_CHAINS = [
  ...['KUBE-FORWARD', 'KUBE-NODE-PORT', 'KUBE-PROXY-FIREWALL', 'KUBE-SOURCE-RANGES-FIREWALL', 'KUBE-IPVS-FILTER', 'KUBE-IPVS-OUT-FILTER'],
]

/** Jumps in the order in which each is prepended: table, built-in chain, target, comment. */
const JUMPS: readonly Jump[] = (
  [
    ['nat', 'OUTPUT', 'KUBE-SERVICES', 'kubernetes service portals'],
    ['nat', 'PREROUTING', 'KUBE-SERVICES', 'kubernetes service portals'],
    ['nat', 'POSTROUTING', 'KUBE-POSTROUTING', 'kubernetes postrouting rules'],
    ['filter', 'FORWARD', 'KUBE-FORWARD', 'kubernetes forwarding rules'],
    ['filter', 'INPUT', 'KUBE-NODE-PORT', 'kubernetes health check rules'],
    ['filter', 'INPUT', 'KUBE-PROXY-FIREWALL', 'kube-proxy firewall rules'],
    ['filter', 'FORWARD', 'KUBE-PROXY-FIREWALL', 'kube-proxy firewall rules'],
    ['filter', 'INPUT', 'KUBE-IPVS-FILTER', 'kubernetes ipvs access filter'],
    ['filter', 'OUTPUT', 'KUBE-IPVS-OUT-FILTER', 'kubernetes ipvs access filter'],
  ] as const
).map(([table, chain, target, text]) => ({ table, chain, target, match: comment(text) }))

/** createAndLinkKubeChain(): all chains first, then the jumps; `fresh`: on a node that has none of them. */
export function ipvsJumps(fresh: boolean): string[] {
  const chains = [...NAT_CHAINS.map((chain) => ['nat', chain] as const), ...FILTER_CHAINS.map((chain) => ['filter', chain] as const)]
  const jump = ({ table, chain, match, target }: Jump): string => `iptables -w -t ${table} -I ${chain} ${match} -j ${target}`
  return fresh
    ? [...chains.map(([table, chain]) => `iptables -w -t ${table} -N ${chain}`), ...JUMPS.map(jump)]
    : [...chains.map(([table, chain]) => ensureChain(table, chain)), ...ensureJumps(JUMPS)]
}

/** Rules that stand for one set each, left out while it is empty: table, chain, target, how the set is matched, protocol. */
const SET_RULES: readonly (readonly [
  IpvsSetName,
  table: 'nat' | 'filter',
  chain: string,
  target: string,
  match: string,
  protocol?: string,
])[] = [
  ['KUBE-LOOP-BACK', 'nat', 'KUBE-POSTROUTING', 'MASQUERADE', 'dst,dst,src'],
  ['KUBE-LOAD-BALANCER', 'nat', 'KUBE-SERVICES', 'KUBE-LOAD-BALANCER', 'dst,dst'],
  ['KUBE-LOAD-BALANCER-LOCAL', 'nat', 'KUBE-LOAD-BALANCER', 'RETURN', 'dst,dst'],
  ['KUBE-NODE-PORT-LOCAL-TCP', 'nat', 'KUBE-NODE-PORT', 'RETURN', 'dst', 'tcp'],
  ['KUBE-NODE-PORT-TCP', 'nat', 'KUBE-NODE-PORT', 'KUBE-MARK-MASQ', 'dst', 'tcp'],
  ['KUBE-NODE-PORT-LOCAL-UDP', 'nat', 'KUBE-NODE-PORT', 'RETURN', 'dst', 'udp'],
  ['KUBE-NODE-PORT-UDP', 'nat', 'KUBE-NODE-PORT', 'KUBE-MARK-MASQ', 'dst', 'udp'],
  ['KUBE-NODE-PORT-LOCAL-SCTP-HASH', 'nat', 'KUBE-NODE-PORT', 'RETURN', 'dst,dst', 'sctp'],
  ['KUBE-NODE-PORT-SCTP-HASH', 'nat', 'KUBE-NODE-PORT', 'KUBE-MARK-MASQ', 'dst,dst', 'sctp'],
  ['KUBE-LOAD-BALANCER-FW', 'filter', 'KUBE-PROXY-FIREWALL', 'KUBE-SOURCE-RANGES-FIREWALL', 'dst,dst'],
  ['KUBE-LOAD-BALANCER-SOURCE-CIDR', 'filter', 'KUBE-SOURCE-RANGES-FIREWALL', 'RETURN', 'dst,dst,src'],
  ['KUBE-LOAD-BALANCER-SOURCE-IP', 'filter', 'KUBE-SOURCE-RANGES-FIREWALL', 'RETURN', 'dst,dst,src'],
]

interface Writing {
  readonly cluster: Cluster
  readonly node: ClusterNode
  readonly plan: IpvsPlan
  readonly nat: TableWriter
  readonly filter: TableWriter
  readonly writer: RestoreWriter
}

const matchSet = (name: IpvsSetName, match: string): string => `-m set --match-set ${name} ${match}`
/** The match with the set's comment before it. */
const commented = (name: IpvsSetName, match: string): string => `${comment(IPVS_SETS[name].comment)} ${matchSet(name, match)}`

/** Input of `iptables-restore --noflush --counters` for one node. */
export function ipvsRestore(cluster: Cluster, node: ClusterNode, plan: IpvsPlan): RestoreText {
  const writer = new RestoreWriter()
  const writing: Writing = { cluster, node, plan, writer, nat: writer.table('nat'), filter: writer.table('filter') }
  for (const chain of NAT_CHAINS) writing.nat.chain(chain)
  for (const chain of FILTER_CHAINS) writing.filter.chain(chain)
  writing.nat.rule('KUBE-SERVICES', '-s 127.0.0.0/8 -j RETURN')
  writeSetRules(writing)
  writeClusterMasquerade(writing)
  writeExternal(writing)
  writing.nat.rule('KUBE-SERVICES', '-m addrtype --dst-type LOCAL -j KUBE-NODE-PORT')
  writing.nat.rule('KUBE-LOAD-BALANCER', '-j KUBE-MARK-MASQ')
  writing.filter.rule('KUBE-SOURCE-RANGES-FIREWALL', '-j DROP')
  writeForbidden(writing)
  for (const name of ['KUBE-CLUSTER-IP', 'KUBE-LOAD-BALANCER'] as const)
    if (plan.sets[name].size > 0) writing.nat.rule('KUBE-SERVICES', matchSet(name, 'dst,dst'), '-j ACCEPT')
  writeFilter(writing)
  writeMasquerade(writing)
  return writer.finish()
}

function writeSetRules({ plan, nat, filter }: Writing): void {
  for (const [name, table, chain, target, match, protocol] of SET_RULES) {
    if (plan.sets[name].size === 0) continue
    const rules = table === 'nat' ? nat : filter
    rules.rule(chain, protocol ? `-p ${protocol}` : '', commented(name, match), `-j ${target}`)
  }
}

/** Without a way to tell local traffic, what the node itself sends from a Service address is masqueraded. */
function writeClusterMasquerade({ cluster, node, plan, nat }: Writing): void {
  if (plan.sets['KUBE-CLUSTER-IP'].size === 0) return
  const { ifNotLocal } = localTraffic(cluster, node)
  const all = cluster.kubeProxy.masqueradeAll
  const match = commented('KUBE-CLUSTER-IP', all || ifNotLocal !== null ? 'dst,dst' : 'src,dst')
  nat.rule('KUBE-SERVICES', match, all ? '' : (ifNotLocal ?? ''), '-j KUBE-MARK-MASQ')
}

function writeExternal({ plan, nat }: Writing): void {
  for (const name of ['KUBE-EXTERNAL-IP', 'KUBE-EXTERNAL-IP-LOCAL'] as const) {
    if (plan.sets[name].size === 0) continue
    const match = commented(name, 'dst,dst')
    if (name === 'KUBE-EXTERNAL-IP') nat.rule('KUBE-SERVICES', match, '-j KUBE-MARK-MASQ')
    nat.rule('KUBE-SERVICES', match, '-m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ACCEPT')
    nat.rule('KUBE-SERVICES', match, '-m addrtype --dst-type LOCAL -j ACCEPT')
  }
}

/** The node speaks to a Service address from that address: source ranges that leave the node out must be told so. */
function writeForbidden({ plan, filter, writer }: Writing): void {
  for (const { address, port, protocol, origin } of plan.forbiddenToNode) {
    writer.origin = origin
    filter.rule('KUBE-IPVS-OUT-FILTER', `-s ${address} -m ipvs --vaddr ${address} --vproto ${protocol} --vport ${port} -j DROP`)
  }
  writer.origin = null
}

function writeFilter({ cluster, filter }: Writing): void {
  const mark = masqueradeMark(cluster.kubeProxy)
  filter.rule('KUBE-FORWARD', comment('kubernetes forwarding rules'), `-m mark --mark ${mark}/${mark} -j ACCEPT`)
  filter.rule('KUBE-FORWARD', comment('kubernetes forwarding conntrack rule'), '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT')
  filter.rule('KUBE-NODE-PORT', commented('KUBE-HEALTH-CHECK-NODE-PORT', 'dst'), '-j ACCEPT')
  for (const name of ['KUBE-LOAD-BALANCER', 'KUBE-CLUSTER-IP', 'KUBE-EXTERNAL-IP', 'KUBE-EXTERNAL-IP-LOCAL'] as const)
    filter.rule('KUBE-IPVS-FILTER', matchSet(name, 'dst,dst'), '-j RETURN')
  filter.rule('KUBE-IPVS-FILTER', matchSet('KUBE-HEALTH-CHECK-NODE-PORT', 'dst'), '-j RETURN')
  filter.rule('KUBE-IPVS-FILTER', '-m conntrack --ctstate NEW', matchSet('KUBE-IPVS-IPS', 'dst'), '-j REJECT')
}

function writeMasquerade({ cluster, nat }: Writing): void {
  const mark = masqueradeMark(cluster.kubeProxy)
  nat.rule('KUBE-POSTROUTING', `-m mark ! --mark ${mark}/${mark} -j RETURN`)
  nat.rule('KUBE-POSTROUTING', `-j MARK --xor-mark ${mark}`)
  nat.rule('KUBE-POSTROUTING', comment('kubernetes service traffic requiring SNAT'), '-j MASQUERADE --random-fully')
  nat.rule('KUBE-MARK-MASQ', `-j MARK --or-mark ${mark}`)
}
