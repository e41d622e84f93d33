/** Names for the random values of one run of one world. */
import type { Names } from './frames.ts'

/** Interfaces by MAC address, from `ip -o link` texts by namespace; an address that a bridge shares with a port is the bridge's. */
export function macNames(links: Iterable<readonly [string, string]>): Map<string, string> {
  const names = new Map<string, string>([
    ['ff:ff:ff:ff:ff:ff', 'broadcast'],
    ['00:00:00:00:00:00', 'nobody'],
  ])
  const ports = new Set<string>()
  for (const [where, text] of links) {
    for (const line of text.split('\n')) {
      const match = /^\d+: ([^:@]+)[@:].*link\/ether ([0-9a-f:]{17})/.exec(line.replaceAll('\\', ' '))
      if (!match) continue
      const [, device = '', mac = ''] = match
      const port = / master /.test(line)
      if (names.has(mac) && !ports.has(mac)) continue
      names.set(mac, `${where}/${device}`)
      if (port) ports.add(mac)
      else ports.delete(mac)
    }
  }
  return names
}

/**
 * Ports and MAC addresses that the text of the scenario names stay as they are; others, and echo identifiers, are named by first appearance
 * within a walk. `begin` starts a walk.
 */
export class RunNames implements Names {
  private readonly macs: ReadonlyMap<string, string>
  private readonly fixed: ReadonlySet<number>
  /** Names in the first walk that shows the value: what tables hold was mostly made then. */
  private readonly first = new Map<string, string>()
  private readonly walks: Map<string, string>[] = []
  private inWalk = new Map<string, string>()
  private count = { port: 0, id: 0, mac: 0 }

  constructor(macs: ReadonlyMap<string, string>, fixed: ReadonlySet<number>) {
    this.macs = macs
    this.fixed = fixed
  }

  /** A new walk begins: names start again. */
  begin(): void {
    this.inWalk = new Map()
    this.walks.push(this.inWalk)
    this.count = { port: 0, id: 0, mac: 0 }
  }

  mac(mac: string): string {
    return this.macs.get(mac) ?? this.named('mac', 'MAC ', mac)
  }

  /** The name of an address in a table; '?' when no frame had it. */
  seenMac(mac: string): string {
    return this.macs.get(mac) ?? this.first.get(`mac ${mac}`) ?? '?'
  }

  number(kind: 'port' | 'id', value: number): string {
    if (kind === 'port' && this.fixed.has(value)) return String(value)
    return this.named(kind, kind === 'port' ? 'p' : 'i', value)
  }

  private named(kind: 'port' | 'id' | 'mac', prefix: string, value: number | string): string {
    const key = `${kind} ${value}`
    const name = this.inWalk.get(key) ?? `${prefix}${++this.count[kind]}`
    this.inWalk.set(key, name)
    if (!this.first.has(key)) this.first.set(key, name)
    return name
  }

  /** The name of a value that appeared in a frame; '?' when it never did. */
  seen(kind: 'port' | 'id', value: number): string {
    return kind === 'port' && this.fixed.has(value) ? String(value) : (this.first.get(`${kind} ${value}`) ?? '?')
  }

  /** The names of values of one connection in the walk that shows most of them: NAT may draw the same port in another. */
  seenTogether(values: readonly { readonly kind: 'port' | 'id'; readonly value: number }[]): string[] {
    const keys = values.map(({ kind, value }) => `${kind} ${value}`)
    const shown = (walk: ReadonlyMap<string, string>): number => keys.filter((key) => walk.has(key)).length
    const most = Math.max(...this.walks.map(shown), 0)
    const walk = this.walks.find((one) => shown(one) === most)
    return values.map(({ kind, value }, i) =>
      kind === 'port' && this.fixed.has(value) ? String(value) : (walk?.get(keys[i] ?? '') ?? '?'),
    )
  }
}

/** MAC addresses that stand in a text, each by itself. */
export function fixedMacs(text: string): Map<string, string> {
  return new Map([...text.matchAll(/\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/g)].map(([mac]) => [mac, mac]))
}

/**
 * Every number a text could mean as a port, but for the ends of ranges: NAT draws from some, and from those that matches ask for. What is a part of
 * a name (`cni-53fa9022-496c-…`) is none.
 */
export function fixedPorts(text: string): Set<number> {
  const drawn = text
    .replace(/(--to-(?:ports|source|destination) \S*?)(\d+)-(\d+)(?=\s|$)/gm, '$1')
    .replace(/(?<![\d.:])\d+:\d+(?![\d:])/g, '')
  return new Set([...drawn.matchAll(/(?<![\w.-])\d{1,5}(?![\w.-])/g)].map((match) => Number(match[0])).filter((port) => port <= 65535))
}
