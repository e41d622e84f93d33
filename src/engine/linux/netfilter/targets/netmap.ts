/** Userspace: extensions/libipt_NETMAP.c. Kernel: net/netfilter/xt_NETMAP.c, netmap_tg4(). */
import { type Cidr, cidr, formatCidr, maskLength } from '../../../net/cidr.ts'
import { ipv4 } from '../../../net/ipv4.ts'
import { parseInetAton } from '../host-address.ts'
import { addressRange } from '../nat-range.ts'
import { nfNatSetupInfo } from '../nat-setup.ts'
import { givenValue, NOT_RESOLVED, parseUnsigned } from '../option.ts'
import type { Target, TargetExtension } from './target.ts'

export interface NetmapTarget extends Target {
  readonly name: 'NETMAP'
  readonly network: Cidr
}

const NO_MASK = 'NETMAP: bad value for option "--to", neither a valid network mask nor valid CIDR (0-32).\n'

/** "10.0.0.0/24"; a mask that is no prefix is taken for all ones, as the tool does. */
function parseNetwork(text: string): Cidr | string {
  const [host = '', mask] = text.split('/')
  const address = parseInetAton(host)
  if (address === null) return NOT_RESOLVED
  if (mask === undefined) return cidr(address, 32)
  const dotted = mask.includes('.') ? parseInetAton(mask) : null
  if (dotted !== null) return cidr(address, maskLength(dotted) ?? 32)
  const length = parseUnsigned(mask)
  return length === null ? NO_MASK : cidr(address, Math.min(length, 32))
}

/** `-j NETMAP --to NETWORK`: another network, the same host: the destination before routing, the source after it. */
export const extension: TargetExtension<NetmapTarget> = {
  name: 'NETMAP',
  needsConntrack: true,
  tables: ['nat'],
  hooks: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  options: [{ name: 'to', values: 1, mandatory: true }],
  parse(given) {
    const network = parseNetwork(givenValue(given, 'to') ?? '')
    return typeof network === 'string' ? network : { name: 'NETMAP', network }
  },
  print: (target) => ` --to ${formatCidr(target.network)}`,
  list: (target) => `to:${formatCidr(target.network)}`,
  apply({ network }, packet, context, rule) {
    const manip = context.hook === 'PREROUTING' || context.hook === 'OUTPUT' ? 'destination' : 'source'
    const mapped = ipv4((packet.network[manip] & ~network.mask) | network.address)
    return nfNatSetupInfo(packet, addressRange(mapped), manip, { context, rule })
  },
}
