/** Userspace: extensions/libxt_NAT.c. Kernel: net/netfilter/nf_nat_masquerade.c, nf_nat_masquerade_ipv4(). */
import { inetSelectAddr } from '../../fib.ts'
import { conntrackEntryOf } from '../conntrack-table.ts'
import { formatNatFlags, formatNatPorts, type NatRange, parseNatRange } from '../nat-range.ts'
import { nfNatSetupInfo } from '../nat-setup.ts'
import type { Target, TargetExtension } from './target.ts'

export interface MasqueradeTarget extends Target {
  readonly name: 'MASQUERADE'
  readonly range: NatRange
}

/** `-j MASQUERADE`: the source becomes the address that the outgoing device has for the next hop. */
export const extension: TargetExtension<MasqueradeTarget> = {
  name: 'MASQUERADE',
  needsConntrack: true,
  tables: ['nat'],
  hooks: ['POSTROUTING'],
  options: [
    { name: 'to-ports', values: 1 },
    { name: 'random', values: 0 },
    { name: 'random-fully', values: 0 },
  ],
  parse(given, protocol) {
    const range = parseNatRange(given, 'to-ports', protocol)
    return typeof range === 'string' ? range : { name: 'MASQUERADE', range }
  },
  print: (target) => (target.range.ports ? ` --to-ports ${formatNatPorts(target.range.ports)}` : '') + formatNatFlags(target.range, '--'),
  list(target) {
    const ports = target.range.ports ? `masq ports: ${formatNatPorts(target.range.ports)}` : ''
    return `${ports}${formatNatFlags(target.range, '')}`.trimStart()
  },
  apply(target, packet, context, rule) {
    const { network } = packet
    const { out, route } = context.state
    if (out === null || network.source === 0) return { kind: 'ACCEPT', packet }
    const nextHop = route?.nexthop.gateway ?? network.destination
    const source = inetSelectAddr(context.ns, out, nextHop)
    if (source === null) return { kind: 'DROP', packet, reason: 'NETFILTER_DROP', reject: null }
    const entry = conntrackEntryOf(context.ns, packet)
    if (entry !== null && !entry.confirmed) entry.nat.masqIfindex = context.ns.devices.get(out)?.ifindex ?? 0
    return nfNatSetupInfo(packet, { ...target.range, addresses: { min: source, max: source } }, 'source', { context, rule })
  },
}
