/** What kind of thing happens in a moment, in two words. */
import type { StepIcon } from '../store/frames.ts'

const WORDS: Readonly<Record<StepIcon, string>> = {
  sent: 'sent',
  reply: 'reply sent',
  arp: 'ARP',
  routed: 'routed',
  bridged: 'bridged',
  rule: 'rule matched',
  rewritten: 'rewritten',
  conntrack: 'conntrack',
  wire: 'on the wire',
  wrapped: 'wrapped',
  unwrapped: 'unwrapped',
  dropped: 'dropped',
  unmodelled: 'not modelled',
  delivered: 'delivered',
}

/** What an icon stands for, in words. */
export function iconWords(icon: StepIcon): string {
  return WORDS[icon]
}
