/** What packets met in the node of a lab, as text, and rules that make every chain tell. Not part of the program. */
import type { Lab } from './test-lab.ts'

/** Rules without a target in every chain of every table, so that each is seen; one of them turns connection tracking on. */
export const WATCH: readonly string[] = [
  'iptables -A FORWARD -m conntrack --ctstate INVALID',
  ...[
    'raw PREROUTING OUTPUT',
    'mangle PREROUTING INPUT FORWARD OUTPUT POSTROUTING',
    'nat PREROUTING INPUT OUTPUT POSTROUTING',
    'filter INPUT FORWARD OUTPUT',
  ].flatMap((line) => {
    const [table, ...chains] = line.split(' ')
    return chains.map((chain) => `iptables -t ${table} -A ${chain}`)
  }),
]

interface Met {
  readonly id: number
  readonly icmp: boolean
  readonly line: string
}

const dotted = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')

/** Each hook and table that a packet met in the node: "mangle INPUT eth1 - 192.168.9.2>10.96.0.10:80 ttl 64"; ports of clients are left out. */
function hooksMet(lab: Lab): Met[] {
  return lab.events.flatMap(({ where, event }) => {
    if (where !== 'node' || event.at !== 'nf_hook') return []
    const { network, transport, id } = event.packet
    if (network.kind !== 'ip' || typeof network.source !== 'number' || typeof network.destination !== 'number') return []
    const ports = transport && transport.kind !== 'icmp' ? transport : { sourcePort: 65535, destinationPort: 65535 }
    const end = (address: number, port: number): string => `${dotted(address)}${port < 32768 ? `:${port}` : ''}`
    const ends = `${end(network.source, ports.sourcePort)}>${end(network.destination, ports.destinationPort)}`
    const icmp = transport?.kind === 'icmp' ? ` icmp ${transport.type}/${transport.code}` : ''
    const devices = `${event.in ?? '-'} ${event.out ?? '-'}`
    return [{ id, icmp: icmp !== '', line: `${event.table} ${event.hook} ${devices} ${ends} ttl ${network.ttl}${icmp}` }]
  })
}

/** What TCP or UDP packet number `index` met in the node. */
export function met(lab: Lab, index: number): string[] {
  const seen = hooksMet(lab).filter(({ icmp }) => !icmp)
  const ids = [...new Set(seen.map(({ id }) => id))]
  return seen.filter(({ id }) => id === ids[index]).map(({ line }) => line)
}

/** What the ICMP packets met in the node. */
export function metByIcmp(lab: Lab): string[] {
  return hooksMet(lab)
    .filter(({ icmp }) => icmp)
    .map(({ line }) => line)
}

/** "raw,mangle,nat PREROUTING cni0 -" …: the hooks of one packet with the tables in each, addresses left out. */
export function route(lines: readonly string[]): string[] {
  const joined: [tables: string[], rest: string][] = []
  for (const line of lines) {
    const [table = '', ...words] = line.split(' ')
    const rest = words.slice(0, 3).join(' ')
    const last = joined.at(-1)
    if (last && last[1] === rest) last[0].push(table)
    else joined.push([[table], rest])
  }
  return joined.map(([tables, rest]) => `${tables.join(',')} ${rest}`)
}

/** The connections of a machine as `conntrack -L` prints them, ports of clients as PORT, without time, mark and use. */
export function connections(lab: Lab, netns = 'node'): string[] {
  return lab
    .sh(`ip netns exec ${netns} conntrack -L`.replace('ip netns exec node ', ''))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      line
        .replace(/(sport|dport)=(3[2-9]|4|5|6)\d{3}/g, '$1=PORT')
        .replace(/^(\w+) +(\d+) \d+ |( mark=.*)$/g, (_all, name, number) => (name ? `${name} ${number} ` : '')),
    )
}

/** The packet counter of the first rule of `iptables-save -c` that holds `text`. */
export function packets(lab: Lab, table: string, text: string): number {
  const line = lab
    .sh(`iptables-save -c -t ${table}`)
    .split('\n')
    .find((one) => one.includes(text))
  return Number(/^\[(\d+)/.exec(line ?? '')?.[1])
}
