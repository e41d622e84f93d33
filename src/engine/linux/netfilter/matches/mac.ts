/** Userspace: extensions/libxt_mac.c. Kernel: net/netfilter/xt_mac.c. */
import { type Mac, parseMac } from '../../../net/mac.ts'
import { not, requiredOption } from '../option.ts'
import type { Match, MatchExtension } from './match.ts'

export interface MacMatch extends Match {
  readonly name: 'mac'
  readonly source: Mac
  readonly not: boolean
}

/** `-m mac --mac-source ADDRESS`: the Ethernet source of a frame that was received. */
export const extension: MatchExtension<MacMatch> = {
  name: 'mac',
  hooks: ['PREROUTING', 'INPUT', 'FORWARD'],
  options: [{ name: 'mac-source', values: 1, invertible: true, mandatory: true }],
  parse(given) {
    const option = requiredOption(given, 'mac-source')
    const source = parseMac(option.values[0] ?? '')
    return source === null ? 'Invalid MAC address specified.' : { name: 'mac', source, not: option.not }
  },
  print: (m) => ` ${not(m.not)}--mac-source ${m.source}`,
  list: (m) => `MAC ${not(m.not)}${m.source}`,
  // mac_mt(): nothing came in by Ethernet over a loopback device, neither from there nor from elsewhere.
  match: (m, packet, { state }) => state.in !== 'lo' && packet.eth !== null && (packet.eth.source === m.source) !== m.not,
  actual: ({ eth }) => `the source MAC is ${eth?.source ?? 'unknown'}`,
}
