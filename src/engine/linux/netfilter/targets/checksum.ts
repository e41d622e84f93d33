/** Userspace: extensions/libxt_CHECKSUM.c. Kernel: net/netfilter/xt_CHECKSUM.c, checksum_tg(). */
import { checksumHelp } from '../../checksum-help.ts'
import type { Target, TargetExtension } from './target.ts'

export interface ChecksumTarget extends Target {
  readonly name: 'CHECKSUM'
}

/**
 * `-j CHECKSUM --checksum-fill`: works out the checksum that a network card was to fill in, as libvirt asks for DHCP answers.
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
  apply: (_target, packet) => ({ kind: 'CONTINUE', packet: checksumHelp(packet) }),
}
