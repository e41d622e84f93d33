/** The tables of one namespace as the tools print them: the shell's own commands, run in a stopped world. */
import { typeLine } from './run-commands.ts'
import { findNetNs, type World } from './world.ts'

export interface StateSection {
  readonly title: string
  readonly command: string
  readonly lines: readonly string[]
}

/** Commands that only read. Section title → command line. */
const SECTIONS: readonly (readonly [string, string])[] = [
  ['Addresses', 'ip addr'],
  ['Routes', 'ip route'],
  ['Routing policy', 'ip rule'],
  ['Neighbours', 'ip neigh'],
  ['Bridge ports', 'bridge link'],
  ['Forwarding database', 'bridge fdb'],
  ['Connections tracked', 'conntrack -L'],
  ['iptables', 'iptables-save -c'],
  ['Listening sockets', 'ss -ltun'],
  [
    'Settings',
    'sysctl net.ipv4.ip_forward net.ipv4.conf.all.rp_filter net.ipv4.conf.all.route_localnet net.bridge.bridge-nf-call-iptables',
  ],
  ['Resolver', 'cat /etc/resolv.conf'],
]

/** Every section of namespace `where` that has something to show; null when there is no such namespace in the world. */
export function namespaceState(world: World, where: string): StateSection[] | null {
  const place = findNetNs(world, where)
  if (!place) return null
  const traced = place.netns.trace
  place.netns.trace = undefined
  const sections = SECTIONS.flatMap(([title, command]) => {
    const result = typeLine(world, command, { ...place, origin: null, lineOrigins: null, stdin: '', timePasses: false })
    const lines = result.stdout.split('\n').filter((line) => line !== '')
    return lines.length === 0 ? [] : [{ title, command, lines }]
  })
  place.netns.trace = traced
  return sections
}
