/** iproute2 6.1: ip/ip.c. Options before the object, then the object's own file. */
import { type Command, type CommandResult, failed, type ShellContext } from './command.ts'
import { ipAddress } from './ip-address.ts'
import { ipLink } from './ip-link.ts'
import { ipNeighbour } from './ip-neighbour.ts'
import { ipNetns } from './ip-netns.ts'
import type { IpContext, IpOptions } from './ip-options.ts'
import { ipRoute } from './ip-route.ts'
import { ipRule } from './ip-rule.ts'
import { ipTunnel, ipTuntap } from './ip-tunnel.ts'

const USAGE = `Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }
where  OBJECT := { address | link | neighbour | netns | route | rule | tunnel | tuntap }
       OPTIONS := { -d[etails] | -4 | -br[ief] | -o[neline] | -n[etns] name }`

/** In iproute2's order: an abbreviation means the first that it begins. */
const OBJECTS = ['address', 'route', 'rule', 'neighbor', 'neighbour', 'link', 'tunnel', 'tunl', 'tuntap', 'netns'] as const

/** `ip OPTIONS OBJECT …`; `run` executes a whole command, for `ip netns exec`. */
export function ipCommand(run: Command): Command {
  return (argv, context) => {
    const parsed = readOptions(argv, context)
    if ('code' in parsed) return parsed
    const { context: ip, rest } = parsed
    const word = rest[0]
    if (word === undefined || word === 'help') return failed(USAGE, 255)
    const object = OBJECTS.find((name) => name.startsWith(word))
    if (object === undefined) return failed(`Object "${word}" is unknown, try "ip help".`, 1)
    const result = runObject(object, rest.slice(1), ip, run)
    if (ip.ns === context.netns || result.effects.length === 0) return result
    return { ...result, effects: [], elsewhere: [...(result.elsewhere ?? []), { netns: ip.ns, effects: result.effects }] }
  }
}

function runObject(object: (typeof OBJECTS)[number], argv: readonly string[], ip: IpContext, run: Command): CommandResult {
  switch (object) {
    case 'address':
      return ipAddress(argv, ip)
    case 'route':
      return ipRoute(argv, ip)
    case 'rule':
      return ipRule(argv, ip)
    case 'neighbor':
    case 'neighbour':
      return ipNeighbour(argv, ip)
    case 'link':
      return ipLink(argv, ip)
    case 'tunnel':
    case 'tunl':
      return ipTunnel(argv, ip)
    case 'tuntap':
      return ipTuntap(argv, ip)
    case 'netns':
      return ipNetns(argv, ip, run)
  }
}

function readOptions(
  argv: readonly string[],
  context: ShellContext,
): { readonly context: IpContext; readonly rest: readonly string[] } | CommandResult {
  const options: { -readonly [K in keyof IpOptions]: IpOptions[K] } = {
    ipv4: false,
    oneline: false,
    details: false,
    brief: false,
    all: false,
    netns: null,
  }
  let at = 1
  for (; argv[at]?.startsWith('-'); at++) {
    const option = (argv[at] ?? '').replace(/^--/, '-')
    if (option === '-4') options.ipv4 = true
    else if (option === '-f' || option === '-family') {
      const family = argv[++at]
      if (family !== 'inet') return failed(`ip: family ${family ?? ''} is not modelled`)
      options.ipv4 = true
    } else if (option.length > 1 && '-oneline'.startsWith(option)) options.oneline = true
    else if (option.length > 1 && '-details'.startsWith(option)) options.details = true
    else if (option.length > 2 && '-brief'.startsWith(option)) options.brief = true
    else if (option === '-a' || option === '-all') options.all = true
    else if (option === '-c' || option.startsWith('-c=') || option.startsWith('-color') || option === '-N' || option === '-Numeric')
      continue
    else if (option.length > 1 && '-netns'.startsWith(option)) options.netns = argv[++at] ?? ''
    else if (option === '-V' || option === '-Version')
      return { stdout: 'ip utility, iproute2-6.1.0, libbpf 1.1.2\n', stderr: '', code: 0, effects: [] }
    else if (/^-(6|s|j|p|json|pretty|stats|statistics|b|batch|t|ts|r|resolve|M|B|0|h|human)$/.test(option))
      return failed(`ip: option ${option} is not modelled`)
    else return failed(`Option "${option}" is unknown, try "ip -help".`, 255)
  }
  let ns = context.netns
  if (options.netns !== null) {
    const named = context.machine.netns.get(options.netns)
    if (named === undefined) return failed(`Cannot open network namespace "${options.netns}": No such file or directory`, 255)
    ns = named
  }
  return { context: { ns, options, shell: context }, rest: argv.slice(at) }
}
