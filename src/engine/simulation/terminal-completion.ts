/** How the last word of an unfinished command line can go on: commands, their words, and the names of what is there. */
import type { Machine } from '../linux/machine.ts'
import type { NetNs } from '../linux/netns.ts'
import { formatAddress } from '../net/address.ts'
import { COMMAND_NAMES } from '../shell/commands.ts'
import { RESOURCES } from '../shell/kubectl-tables.ts'
import { kubeServer } from './kube-server.ts'
import { terminalAt } from './terminal.ts'
import type { World } from './world.ts'

interface Around {
  readonly world: World
  readonly machine: Machine
  readonly netns: NetNs
}

/** Of each command: its words, by those before them. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  ip: ['addr', 'link', 'neigh', 'netns', 'route', 'rule', 'tunnel', '-4', '-br', '-d', '-n', '-s'],
  'ip addr': ['add', 'del', 'flush', 'show'],
  'ip link': ['add', 'del', 'set', 'show'],
  'ip neigh': ['add', 'del', 'flush', 'replace', 'show'],
  'ip netns': ['exec', 'list'],
  'ip route': ['add', 'change', 'del', 'flush', 'get', 'replace', 'show'],
  'ip rule': ['add', 'del', 'show'],
  bridge: ['fdb', 'link', 'vlan'],
  'bridge fdb': ['add', 'append', 'del', 'show'],
  'bridge link': ['set', 'show'],
  conntrack: ['-D', '-F', '-L'],
  ipset: ['add', 'create', 'del', 'destroy', 'flush', 'list', 'restore', 'save', 'test'],
  ipvsadm: ['-A', '-C', '-D', '-L', '-Ln', '-Sn', '-a', '-d'],
  kubectl: ['annotate', 'apply', 'delete', 'describe', 'get', 'label', 'logs', 'patch', 'scale'],
  sysctl: ['-a', '-w'],
  tc: ['class', 'filter', 'qdisc'],
  'tc qdisc': ['add', 'change', 'del', 'replace', 'show'],
  tcpdump: ['-Q', '-S', '-c', '-e', '-i', '-n', '-t', '-v'],
}
const TABLES = ['filter', 'mangle', 'nat', 'raw', 'security'] as const
const IPTABLES_WORDS = [
  '-A',
  '-D',
  '-F',
  '-I',
  '-L',
  '-N',
  '-P',
  '-S',
  '-X',
  '-Z',
  '-d',
  '-i',
  '-j',
  '-n',
  '-o',
  '-p',
  '-s',
  '-t',
  '-v',
  '--dport',
  '--sport',
]
const TARGETS = ['ACCEPT', 'DROP', 'LOG', 'MARK', 'MASQUERADE', 'REJECT', 'RETURN', 'DNAT', 'SNAT']

/** Whole words that could stand in the place of the last one, in order; none where nothing is known. */
export function completions(world: World, on: string, line: string): string[] {
  const found = terminalAt(world, on)
  if ('problem' in found) return []
  const words = (line.split(/[|;&]+\s*/).at(-1) ?? '').trimStart().split(/\s+/)
  const typed = words.pop() ?? ''
  const before = words[0] === 'sudo' ? words.slice(1) : words
  const known = before.length === 0 ? COMMAND_NAMES : wordsAfter(before, { world, ...found.place })
  return [...new Set(known)].filter((word) => word.startsWith(typed) && word !== typed).sort()
}

function wordsAfter(words: readonly string[], around: Around): readonly string[] {
  const command = words[0] ?? ''
  const last = words.at(-1) ?? ''
  const devices = [...around.netns.devices.keys()]
  if (command.startsWith('iptables')) return iptablesWords(words, around)
  if (command === 'kubectl' && words.length > 1) return kubectlWords(words, around.world)
  if (command === 'tcpdump' && last === '-i') return ['any', ...devices]
  if (last === 'dev' || (command === 'ip' && words[1]?.startsWith('l') && (last === 'set' || last === 'show' || last === 'del')))
    return devices
  if (command === 'ip' && (last === '-n' || (words[1] === 'netns' && last === 'exec'))) return [...around.machine.netns.keys()]
  if (['ping', 'curl', 'nc', 'traceroute', 'tracepath', 'mtr', 'dig', 'nslookup', 'getent'].includes(command)) return hostsOf(around.world)
  if (['cat', 'ls', 'rm'].includes(command)) return [...around.machine.files.keys(), '/proc/sys/net/ipv4/ip_forward']
  const fixed = WORDS[words.slice(0, 2).join(' ')] ?? WORDS[command] ?? []
  if (words.length === 1) return fixed
  if (command === 'ip' && words[1]?.startsWith('l')) return [...devices, 'up', 'down', 'mtu', 'master', 'address']
  return words.length === 2 ? [...fixed, 'dev'] : ['dev', 'via', ...devices]
}

function iptablesWords(words: readonly string[], { netns }: Around): readonly string[] {
  const last = words.at(-1) ?? ''
  const { tables } = netns.netfilter.ip
  const named = words[words.indexOf('-t') + 1]
  const chains = [...tables.values()]
    .filter(({ name }) => name === (words.includes('-t') ? named : 'filter'))
    .flatMap((table) => [...table.chains.keys()])
  if (last === '-t') return TABLES
  if (['-A', '-D', '-F', '-I', '-L', '-S', '-X', '-Z', '-P'].includes(last)) return [...chains, 'INPUT', 'FORWARD', 'OUTPUT']
  if (last === '-j') return [...TARGETS, ...chains]
  if (last === '-i' || last === '-o') return [...netns.devices.keys()]
  if (last === '-p') return ['tcp', 'udp', 'icmp']
  return IPTABLES_WORDS
}

function kubectlWords(words: readonly string[], world: World): readonly string[] {
  const [, verb = '', named] = words
  if (verb === 'logs') return namesOf('pods', world)
  if (verb === 'apply') return ['-f']
  const resource = RESOURCES.find(({ plural, names }) => named !== undefined && (plural === named || names.includes(named)))
  return resource ? namesOf(resource.plural, world) : RESOURCES.map(({ plural }) => plural)
}

function namesOf(resource: string, world: World): readonly string[] {
  const objects = kubeServer(world).list(resource, null) ?? []
  return objects.map(({ metadata }) => String((metadata as { readonly name?: unknown } | undefined)?.name ?? ''))
}

/** Names and addresses that somebody would send to. */
function hostsOf({ cluster }: World): readonly string[] {
  const pods = cluster.pods.map(({ podIP }) => formatAddress(podIP))
  return [...cluster.services.map(({ meta }) => meta.name), ...pods]
}
