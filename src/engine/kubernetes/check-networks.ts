/** Networks that overlap: a packet to an address in both goes where the routing table says, which is seldom where it was meant to go. */
import { type Cidr, cidrContains, formatCidr } from '../net/cidr.ts'
import type { ClusterSpec } from './decode/cluster-spec.ts'
import type { NetworkDraft } from './decode/machine.ts'
import type { Machines } from './machines.ts'
import type { Report, Span } from './report.ts'

interface Range {
  /** "podCIDR", "the LAN" … */
  readonly name: string
  readonly cidr: Cidr
  readonly at: Span | null
}

/** Warns about pod, Service and machine networks that share addresses, and pod networks of nodes outside the cluster's. */
export function checkNetworks(
  spec: ClusterSpec,
  { networks, nodes, hosts }: Machines,
  drafts: readonly NetworkDraft[],
  report: Report,
): void {
  const said = (span: Span): Span | null => (span.to > 0 ? span : null)
  const segments = networks.map(
    ({ meta, cidr }): Range => ({
      name: meta.name === 'lan' ? 'the LAN' : `network ${meta.name}`,
      cidr,
      at: drafts.find((draft) => draft.meta.name === meta.name)?.at ?? (meta.name === 'lan' ? said(spec.at.nodeCIDR) : null),
    }),
  )
  const ours: Range[] = [
    { name: 'the pod network', cidr: spec.podCIDR, at: said(spec.at.podCIDR) },
    { name: 'the Service network', cidr: spec.serviceCIDR, at: said(spec.at.serviceCIDR) },
  ]
  for (const [i, range] of ours.entries()) for (const other of [...ours.slice(0, i), ...segments]) check(range, other, report)
  for (const machine of [...nodes, ...hosts]) {
    const own = segments.filter((_, i) => machine.interfaces.some((nic) => nic.network === networks[i]?.meta.name))
    for (const [i, range] of own.entries()) for (const other of own.slice(0, i)) check(range, other, report)
  }
}

function overlap(a: Cidr, b: Cidr): boolean {
  return cidrContains(a, b.address) || cidrContains(b, a.address)
}

function check(a: Range, b: Range, report: Report): void {
  if (!overlap(a.cidr, b.cidr)) return
  const at = a.at ?? b.at
  if (at === null || report.diagnostics.some(({ code, range }) => code === 'overlapping-networks' && range.from === at.from)) return
  report.warning({
    code: 'overlapping-networks',
    message: `${capital(a.name)} (${formatCidr(a.cidr)}) and ${b.name} (${formatCidr(b.cidr)}) overlap: packets to addresses of one may go to the other. Choose another network for one of them.`,
    at,
  })
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
