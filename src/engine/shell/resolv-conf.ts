/** glibc 2.36: resolv/res_init.c, resolv.conf(5), hosts(5). */
import { type Address, parseAddress } from '../net/address.ts'
import { ipv4 } from '../net/ipv4.ts'
import type { ShellContext } from './command.ts'
import { readFile } from './files.ts'
import { linesOf } from './filter-input.ts'
import type { ResolvConf } from './spawn.ts'

const MAX_NAMESERVERS = 3
const LOOPBACK = ipv4(0x7f000001)

/** The resolver configuration of a namespace: its /etc/resolv.conf (as `ip netns exec` shows it) and /etc/hosts. */
export function resolvConf(place: Pick<ShellContext, 'machine' | 'netns'>): ResolvConf {
  return parseResolvConf(readFile(place, '/etc/resolv.conf') ?? '', readFile(place, '/etc/hosts') ?? '')
}

/** Reads the two texts. Without a nameserver the local one is asked; ndots is at most 15, timeout 30 s, attempts 5. */
export function parseResolvConf(resolv: string, hosts: string): ResolvConf {
  const nameservers: Address[] = []
  let search: string[] = []
  let ndots = 1
  let timeoutMs = 5000
  let attempts = 2
  for (const line of linesOf(resolv)) {
    const [keyword, ...values] = line.trim().split(/\s+/)
    if (keyword === 'nameserver') {
      const address = parseAddress(values[0] ?? '')
      if (address !== null && nameservers.length < MAX_NAMESERVERS) nameservers.push(address)
    } else if (keyword === 'search' || keyword === 'domain') search = values.map((domain) => domain.replace(/\.$/, ''))
    else if (keyword === 'options') {
      for (const option of values) {
        const [name, value] = option.split(':')
        const number = Number.parseInt(value ?? '', 10)
        if (Number.isNaN(number)) continue
        if (name === 'ndots') ndots = Math.min(number, 15)
        if (name === 'timeout') timeoutMs = Math.min(number, 30) * 1000
        if (name === 'attempts') attempts = Math.min(number, 5)
      }
    }
  }
  if (nameservers.length === 0) nameservers.push(LOOPBACK)
  return { nameservers, search, ndots, timeoutMs, attempts, hosts: parseHosts(hosts) }
}

function parseHosts(text: string): Record<string, Address[]> {
  const hosts: Record<string, Address[]> = { localhost: [LOOPBACK] }
  for (const line of linesOf(text)) {
    const [addressText = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    const address = parseAddress(addressText)
    if (address === null) continue
    for (const name of names) {
      const key = name.toLowerCase()
      const addresses = Object.hasOwn(hosts, key) ? hosts[key] : undefined
      if (addresses === undefined) hosts[key] = [address]
      else if (!addresses.includes(address)) addresses.push(address)
    }
  }
  return hosts
}
