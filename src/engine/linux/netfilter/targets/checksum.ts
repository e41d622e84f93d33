/** Userspace: extensions/libxt_CHECKSUM.c. Kernel: net/netfilter/xt_CHECKSUM.c, checksum_tg(). */
import type { Target, TargetExtension } from './target.ts'

export interface ChecksumTarget extends Target {
  readonly name: 'CHECKSUM'
}

/**
 * `-j CHECKSUM --checksum-fill`: works out the checksum that a network card was to fill in (skb_checksum_help()), as libvirt asks for DHCP
 * answers. Packets here carry right checksums from the start, so that nothing is left to do.
 */
export const extension: TargetExtension<ChecksumTarget> = {
  name: 'CHECKSUM',
  examples: ['--checksum-fill'],
  tables: ['mangle'],
  hooks: null,
  options: [{ name: 'checksum-fill', values: 0, mandatory: true }],
  parse: () => ({ name: 'CHECKSUM' }),
  print: () => ' --checksum-fill',
  list: () => 'CHECKSUM fill',
  apply: (_target, packet) => ({ kind: 'CONTINUE', packet }),
}
