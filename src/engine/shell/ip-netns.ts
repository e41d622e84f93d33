/** iproute2 6.1: ip/ipnetns.c. */
import { createNetNs } from '../linux/create-netns.ts'
import { deleteNetNs } from '../linux/device-config.ts'
import type { NetNs } from '../linux/netns.ts'
import { type Command, type CommandResult, failed, printed } from './command.ts'
import { type IpContext, vethPeer } from './ip-options.ts'

const needName = failed('No netns name specified')

/** `ip netns [list|add|delete|exec|identify|pids]`; `run` executes the command of `exec`. */
export function ipNetns(argv: readonly string[], ip: IpContext, run: Command): CommandResult {
  const verb = argv[0] ?? 'list'
  const rest = argv.slice(1)
  if ('list'.startsWith(verb) || 'show'.startsWith(verb) || verb === 'lst') return list(ip)
  if ('add'.startsWith(verb)) return add(rest[0], ip)
  if ('delete'.startsWith(verb)) return remove(rest[0], ip)
  if ('exec'.startsWith(verb)) return exec(rest, ip, run)
  if ('identify'.startsWith(verb)) return printed(`${[...ip.shell.machine.netns].find(([, ns]) => ns === ip.ns)?.[0] ?? ''}\n`)
  if (verb === 'help')
    return failed('Usage:\tip netns list\n\tip netns add NAME\n\tip [-all] netns delete [NAME]\n\tip netns exec NAME cmd …', 255)
  return failed(`Command "${verb}" is unknown, try "ip netns help".`, 255)
}

/** Newest first, as the directory lists them; the id is set once a veth leads there from this namespace. */
function list(ip: IpContext): CommandResult {
  let id = 0
  const ids = new Map<NetNs, number>()
  for (const device of ip.ns.devices.values()) {
    const peer = vethPeer(ip.shell.machine, device)
    if (peer && peer.ns !== ip.ns && !ids.has(peer.ns)) ids.set(peer.ns, id++)
  }
  const lines = [...ip.shell.machine.netns].reverse().map(([name, ns]) => `${name}${ids.has(ns) ? ` (id: ${ids.get(ns)})` : ''}\n`)
  return printed(lines.join(''))
}

function add(name: string | undefined, ip: IpContext): CommandResult {
  if (name === undefined) return needName
  const { machine } = ip.shell
  if (name.includes('/') || name === '.' || name === '..') return failed(`Invalid netns name "${name}"`, 255)
  if (machine.netns.has(name)) return failed(`Cannot create namespace file "/run/netns/${name}": File exists`)
  machine.netns.set(name, createNetNs(machine.netnsNames.get(name) ?? `${machine.name}/${name}`, ip.ns.kernel, machine.root))
  return printed('')
}

function remove(name: string | undefined, ip: IpContext): CommandResult {
  const { machine } = ip.shell
  const names = name === undefined && ip.options.all ? [...machine.netns.keys()] : name === undefined ? null : [name]
  if (names === null) return needName
  for (const one of names) {
    const ns = machine.netns.get(one)
    if (ns === undefined) return failed(`Cannot remove namespace file "/run/netns/${one}": No such file or directory`)
    deleteNetNs(ns)
    machine.netns.delete(one)
  }
  return printed('')
}

function exec(argv: readonly string[], ip: IpContext, run: Command): CommandResult {
  if (ip.options.all) return execAll(argv, ip, run)
  const [name, ...command] = argv
  if (name === undefined) return needName
  if (command.length === 0) return failed('No command specified')
  const ns = ip.shell.machine.netns.get(name)
  if (ns === undefined) return failed(`Cannot open network namespace "${name}": No such file or directory`, 255)
  return runIn(ns, command, ip, run)
}

function execAll(command: readonly string[], ip: IpContext, run: Command): CommandResult {
  if (command.length === 0) return failed('No command specified')
  let whole = printed('')
  for (const [name, ns] of [...ip.shell.machine.netns].reverse()) {
    const result = runIn(ns, command, ip, run)
    const elsewhere = [...(whole.elsewhere ?? []), ...(result.elsewhere ?? [])]
    whole = {
      stdout: `${whole.stdout}\nnetns: ${name}\n${result.stdout}`,
      stderr: whole.stderr + result.stderr,
      code: result.code,
      effects: [],
      elsewhere,
    }
  }
  return whole
}

function runIn(ns: NetNs, command: readonly string[], ip: IpContext, run: Command): CommandResult {
  const result = run(command, { ...ip.shell, netns: ns })
  if (result.code === 127) return failed(`exec of "${command[0]}" failed: No such file or directory`)
  return { ...result, effects: [], elsewhere: [...(result.elsewhere ?? []), { netns: ns, effects: result.effects }] }
}
