/** What the tools print of two worlds, made comparable: timers, states that time alone decides, and random numbers left out. */
import type { RunNames } from './names.ts'

/** Lines that only one of two texts has, with whose they are. Both may hold a line several times. */
export function lineDifferences(what: string, kernel: readonly string[], simulator: readonly string[]): string[] {
  const count = new Map<string, number>()
  for (const line of kernel) count.set(line, (count.get(line) ?? 0) + 1)
  for (const line of simulator) count.set(line, (count.get(line) ?? 0) - 1)
  return [...count].flatMap(([line, n]) => (n === 0 ? [] : [`${what}: only in the ${n > 0 ? 'kernel' : 'simulator'}: ${line}`]))
}

/** Seconds before its end in which an entry may be gone from one world already. */
const ABOUT_TO_END = 8

/** `conntrack -L`, without timers; entries that are about to end are left out, for the worlds' clocks differ by what real processes take. */
export function conntrackLines(text: string, names: RunNames): string[] {
  return text
    .split('\n')
    .filter((line) => / src=/.test(line))
    .flatMap((line) => {
      const match = /^(\w+) +(\d+) (?:(\d+) )?(.*?) *$/.exec(line)
      if (!match || Number(match[3] ?? ABOUT_TO_END) < ABOUT_TO_END) return []
      return [`${match[1]} ${withNames((match[4] ?? '').replace(/ use=\d+/, ''), names)}`]
    })
}

const PORT_OR_ID = /([sd]port|id)=(\d+)/g

/** Both tuples of a connection, with names for its random numbers. */
function withNames(tuples: string, names: RunNames): string {
  const values = [...tuples.matchAll(PORT_OR_ID)].map(([, key, value]) => ({
    kind: key === 'id' ? ('id' as const) : ('port' as const),
    value: Number(value),
  }))
  const named = names.seenTogether(values)
  let next = 0
  return tuples.replace(PORT_OR_ID, (_all, key: string) => `${key}=${named[next++]}`)
}

/** `ip neigh show nud all`: who is known, who was asked for in vain, who was set by hand. */
export function neighbourLines(text: string, names: RunNames): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.endsWith('NOARP'))
    .map((line) =>
      line
        .replace(/(REACHABLE|STALE|DELAY|PROBE)$/, 'known')
        .replace(/(INCOMPLETE|FAILED)$/, 'unknown')
        .replace(/lladdr (\S+)/, (_all, mac: string) => `lladdr ${names.seenMac(mac)}`),
    )
}

/**
 * Lines of neighbours that only one of two worlds has. Not those that did not answer and that the kernel has no more: neigh_periodic_work()
 * clears them while all namespaces of the machine together have 128 neighbours (`gc_thresh1`), as many labs at once do.
 */
export function neighbourDifferences(what: string, kernel: readonly string[], simulator: readonly string[]): string[] {
  const left = new Set(kernel)
  return lineDifferences(
    what,
    kernel,
    simulator.filter((line) => left.has(line) || !line.endsWith(' unknown')),
  )
}

/** `bridge fdb show`: what bridges and tunnels know; group addresses and entries per VLAN are the kernel's own. */
export function fdbLines(text: string, names: RunNames): string[] {
  return text
    .split('\n')
    .map((line) => line.trim().replace(/\s+/g, ' '))
    .filter((line) => / (master|dst) /.test(line) && !/^(33:33|01:00:5e)/.test(line) && !/ vlan \d/.test(line))
    .map((line) => line.replace(/^\S+/, (mac) => names.seenMac(mac)))
}

/** `ipset save`, without timers and hash sizes; members in any order. */
export function ipsetLines(text: string, names: RunNames): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      line
        .replace(/ (timeout|initval|hashsize|bucketsize) \S+/g, '')
        .replace(/\b(tcp|udp):(\d+)/g, (_all, protocol: string, port: string) => `${protocol}:${names.seen('port', Number(port))}`),
    )
}

/** `ipvsadm -Ln --stats --exact`: services, servers and what they counted. Not the bytes of UDP: answers of DNS are worded differently. */
export function ipvsLines(text: string): string[] {
  let service = ''
  return text
    .split('\n')
    .filter((line) => /^(TCP|UDP|SCTP|FWM| {2}-> \d)/.test(line))
    .map((line) => {
      if (/^\w/.test(line)) service = line
      const words = line.trim().replace(/\s+/g, ' ')
      return service.startsWith('UDP') ? words.replace(/ \d+ \d+$/, '') : words
    })
}

/** `ipvsadm -Lnc`: connections, without timers; those that are about to end are left out. */
export function ipvsConnectionLines(text: string, names: RunNames): string[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\w+) +(\d+):(\d+) +(\S+) +(\S+):(\d+) +(\S+) +(\S+)$/.exec(line.trimEnd())
    if (!match || Number(match[2]) * 60 + Number(match[3]) < ABOUT_TO_END) return []
    const [, protocol, , , state, client, port, virtual, server] = match
    return [`${protocol} ${state} ${client}:${names.seen('port', Number(port))} ${virtual} ${server}`]
  })
}
