/** iproute2 6.1: ip/ip.c. Options before the object, then the object's own file. */
import { splitWords } from '../linux/netfilter/split-words.ts'
import { type Command, type CommandResult, failed, type ShellContext } from './command.ts'
import { readFile } from './files.ts'
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
    const result = parsed.batch === null ? runWords(rest, ip, run) : runBatch(parsed.batch, ip, run)
    if (ip.ns === context.netns || result.effects.length === 0) return result
    return { ...result, effects: [], elsewhere: [...(result.elsewhere ?? []), { netns: ip.ns, effects: result.effects }] }
  }
}

/** `OBJECT COMMAND …`. */
function runWords(words: readonly string[], ip: IpContext, run: Command): CommandResult {
  const [word] = words
  if (word === undefined || word === 'help') return failed(USAGE, 255)
  const object = OBJECTS.find((name) => name.startsWith(word))
  if (object === undefined) return failed(`Object "${word}" is unknown, try "ip help".`, 1)
  return runObject(object, words.slice(1), ip, run)
}

/** `ip -batch FILE`: a command on each line; the first that fails ends it. */
function runBatch(file: string, ip: IpContext, run: Command): CommandResult {
  const { shell } = ip
  const text = file === '-' ? shell.stdin : readFile(shell, file)
  if (text === null) return failed(`Cannot open file "${file}" for reading: No such file or directory`, 1)
  const done: {
    stdout: string
    effects: CommandResult['effects'][number][]
    elsewhere: NonNullable<CommandResult['elsewhere']>[number][]
  } = {
    ...{ stdout: '', effects: [], elsewhere: [] },
  }
  for (const [index, line] of text.split('\n').entries()) {
    const words = splitWords(line.replace(/#.*$/, ''))
    if (words.length === 0) continue
    const origin = shell.lineOrigins?.get(index + 1) ?? shell.origin
    const result = runWords(words, { ...ip, shell: { ...shell, stdin: '', origin } }, run)
    done.stdout += result.stdout
    done.effects.push(...result.effects)
    done.elsewhere.push(...(result.elsewhere ?? []))
    if (result.code !== 0) return { ...done, stderr: `${result.stderr}Command failed ${file}:${index + 1}\n`, code: 1 }
  }
  return { ...done, stderr: '', code: 0 }
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
): { readonly context: IpContext; readonly rest: readonly string[]; readonly batch: string | null } | CommandResult {
  const options: { -readonly [K in keyof IpOptions]: IpOptions[K] } = {
    ipv4: false,
    oneline: false,
    details: false,
    brief: false,
    all: false,
    netns: null,
  }
  let batch: string | null = null
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
    else if (option === '-b' || (option.length > 2 && '-batch'.startsWith(option))) batch = argv[++at] ?? '-'
    else if (/^-(6|s|j|p|json|pretty|stats|statistics|t|ts|r|resolve|M|B|0|h|human)$/.test(option))
      return failed(`ip: option ${option} is not modelled`)
    else return failed(`Option "${option}" is unknown, try "ip -help".`, 255)
  }
  let ns = context.netns
  if (options.netns !== null) {
    const named = context.machine.netns.get(options.netns)
    if (named === undefined) return failed(`Cannot open network namespace "${options.netns}": No such file or directory`, 255)
    ns = named
  }
  return { context: { ns, options, shell: context }, rest: argv.slice(at), batch }
}
