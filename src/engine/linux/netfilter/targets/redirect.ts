/** Userspace: extensions/libxt_NAT.c. Kernel: net/netfilter/nf_nat_redirect.c, nf_nat_redirect_ipv4(). */
import type { Address } from '../../../net/address.ts'
import { ipv4 } from '../../../net/ipv4.ts'
import type { PacketContext } from '../matches/match.ts'
import { formatNatFlags, formatNatPorts, type NatRange, parseNatRange } from '../nat-range.ts'
import { nfNatSetupInfo } from '../nat-setup.ts'
import type { Target, TargetExtension } from './target.ts'

export interface RedirectTarget extends Target {
  readonly name: 'REDIRECT'
  readonly range: NatRange
}

/** 127.0.0.1 for packets made here, else the first primary address of the device the packet came by. */
function redirectAddress(context: PacketContext): Address | null {
  if (context.hook === 'OUTPUT') return ipv4(0x7f000001)
  const device = context.state.in === null ? undefined : context.ns.devices.get(context.state.in)
  return device?.addresses.find((address) => !address.secondary)?.local ?? null
}

/** `-j REDIRECT --to-ports PORTS`: to this machine. */
export const extension: TargetExtension<RedirectTarget> = {
  name: 'REDIRECT',
  needsConntrack: true,
  tables: ['nat'],
  hooks: ['PREROUTING', 'OUTPUT'],
  options: [
    { name: 'to-ports', values: 1 },
    { name: 'random', values: 0 },
  ],
  parse(given, protocol) {
    const range = parseNatRange(given, 'to-ports', protocol, false)
    return typeof range === 'string' ? range : { name: 'REDIRECT', range }
  },
  print: (target) => (target.range.ports ? ` --to-ports ${formatNatPorts(target.range.ports)}` : '') + formatNatFlags(target.range, '--'),
  list(target) {
    const ports = target.range.ports ? `redir ports ${formatNatPorts(target.range.ports)}` : ''
    return `${ports}${formatNatFlags(target.range, '')}`.trimStart()
  },
  apply(target, packet, context, rule) {
    const address = redirectAddress(context)
    if (address === null) return { kind: 'DROP', packet, reason: 'NETFILTER_DROP', reject: null }
    return nfNatSetupInfo(packet, { ...target.range, addresses: { min: address, max: address } }, 'destination', { context, rule })
  },
}
