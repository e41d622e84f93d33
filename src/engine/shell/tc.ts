/** iproute2 6.1: tc/tc_qdisc.c, tc/q_netem.c. Queueing disciplines: netem at the root of a device, or none. */
import type { Device } from '../linux/device.ts'
import { type Netem, netemText } from '../linux/netem.ts'
import type { NetNs } from '../linux/netns.ts'
import { type Command, type CommandResult, failed, printed } from './command.ts'

const VERBS = ['add', 'change', 'replace', 'delete', 'show', 'list'] as const
const FIRST_HANDLE = 0x8001
const DEFAULT_LIMIT = 1000

/** `tc qdisc {add|change|replace|del} dev DEVICE root [handle N:] netem [delay TIME [JITTER]] [loss PERCENT] [limit N]`, `tc qdisc [show]`. */
export const tc: Command = (argv, context) => {
  const [, object = 'help', word, ...words] = argv
  if (!'qdisc'.startsWith(object)) {
    const known = /^(class|filter|chain|action|monitor|exec|actions)$/.test(object)
    return failed(known ? `tc: ${object} is not modelled` : `Object "${object}" is unknown, try "tc help".`, known ? 1 : 255)
  }
  const verb = word === undefined ? 'show' : VERBS.find((one) => one.startsWith(word))
  if (verb === undefined) return failed(`Command "${word}" is unknown, try "tc qdisc help".`, 255)
  const { netns } = context
  if (verb === 'show' || verb === 'list') return show(netns, words)
  const request = readRequest(words)
  if ('code' in request) return request
  const device = netns.devices.get(request.device)
  if (!device) return failed(`Cannot find device "${request.device}"`)
  if (!request.root) return failed('Error: Handle cannot be zero.', 2)
  return verb === 'delete' ? remove(netns, device) : set(netns, device, request, verb)
}

/** An option's words as read so far. */
interface Request {
  device: string
  root: boolean
  handle: number | null
  /** Null: no discipline named. */
  netem: Omit<Netem, 'handle'> | null
}

function readRequest(words: readonly string[]): Request | CommandResult {
  const request: Request = { device: '', root: false, handle: null, netem: null }
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    if (word === 'dev') request.device = words[++i] ?? ''
    else if (word === 'root') request.root = true
    else if (word === 'handle') {
      const handle = /^([\da-f]{1,4}):$/i.exec(words[++i] ?? '')
      if (!handle) return failed(`Illegal "handle"`)
      request.handle = Number.parseInt(handle[1] ?? '', 16)
    } else if (word === 'netem') {
      const netem = readNetem(words.slice(i + 1))
      if ('code' in netem) return netem
      return { ...request, netem }
    } else if (/^(parent|ingress|clsact)$/.test(word)) return failed(`tc: ${word} is not modelled`)
    else
      return failed(
        /^(noqueue|pfifo|bfifo|pfifo_fast|tbf|htb|fq|fq_codel|prio|sfq|cake|mq)$/.test(word)
          ? `tc: qdisc ${word} is not modelled`
          : `Unknown qdisc "${word}", hence option "${words[i + 1] ?? ''}" is unparsable`,
      )
  }
  return request
}

/** sch_netem counts in units of 1/15.625 MHz: a tick is 64 ns. */
const TICK_US = 0.064

/** "100ms", "1.5s", "250us"; a bare number is microseconds. As whole ticks, so that 250us becomes 249us on its way back (get_time()). */
function timeMs(text: string | undefined): number | null {
  const found = /^(\d+(?:\.\d+)?)(s|sec|secs|ms|msec|msecs|us|usec|usecs)?$/.exec(text ?? '')
  if (!found) return null
  const factor = found[2]?.startsWith('s') ? 1e6 : found[2]?.startsWith('m') ? 1000 : 1
  const micros = Number(found[1]) * factor
  return (Math.floor(micros / TICK_US + 1e-9) * TICK_US) / 1000
}

/** "10%", "0.5%"; a bare number is percent too. */
function share(text: string | undefined): number | null {
  const found = /^(\d+(?:\.\d+)?)%?$/.exec(text ?? '')
  return found && Number(found[1]) <= 100 ? Number(found[1]) / 100 : null
}

function readNetem(words: readonly string[]): Omit<Netem, 'handle'> | CommandResult {
  const netem = { limit: DEFAULT_LIMIT, loss: 0, delayMs: 0, jitterMs: 0 }
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    if (word === 'limit') {
      netem.limit = Number(words[++i])
      if (!Number.isInteger(netem.limit)) return failed('Illegal "limit"')
    } else if (word === 'latency' || word === 'delay') {
      const delay = timeMs(words[++i])
      if (delay === null) return failed('Illegal "latency"')
      netem.delayMs = delay
      const jitter = timeMs(words[i + 1])
      if (jitter === null) continue
      netem.jitterMs = jitter
      i++
      if (share(words[i + 1]) !== null) return failed('tc: netem: correlation is not modelled')
    } else if (word === 'loss' || word === 'drop') {
      if (words[i + 1] === 'random') i++
      if (words[i + 1] === 'state' || words[i + 1] === 'gemodel') return failed(`tc: netem: loss ${words[i + 1]} is not modelled`)
      const loss = share(words[++i])
      if (loss === null) return failed('Illegal "loss percent"')
      netem.loss = loss
      if (share(words[i + 1]) !== null) return failed('tc: netem: correlation is not modelled')
    } else if (/^(corrupt|duplicate|reorder|rate|slot|distribution|ecn|gap)$/.test(word))
      return failed(`tc: netem: ${word} is not modelled`)
    else return failed(`What is "${word}"?`)
  }
  return netem
}

function set(ns: NetNs, device: Device, { netem, handle }: Request, verb: 'add' | 'change' | 'replace'): CommandResult {
  if (netem === null) return failed('tc: a qdisc must be named: netem')
  const before = ns.qdiscs.get(device.name)
  if (before && verb === 'add') return failed('Error: Exclusivity flag on, cannot modify.', 2)
  if (!before && verb === 'change') return failed('Error: Qdisc not found. To create specify NLM_F_CREATE flag.', 2)
  ns.qdiscs.set(device.name, { ...netem, handle: handle ?? before?.handle ?? nextHandle(ns) })
  return printed('')
}

/** qdisc_alloc_handle() counts on over the whole kernel; here from the highest in use. */
function nextHandle(ns: NetNs): number {
  const used = [...ns.qdiscs.values()].map(({ handle }) => handle).filter((handle) => handle >= FIRST_HANDLE)
  return Math.max(FIRST_HANDLE - 1, ...used) + 1
}

function remove(ns: NetNs, device: Device): CommandResult {
  return ns.qdiscs.delete(device.name) ? printed('') : failed('Error: Cannot delete qdisc with handle of zero.', 2)
}

function show(ns: NetNs, words: readonly string[]): CommandResult {
  const at = words.indexOf('dev')
  const name = at < 0 ? null : (words[at + 1] ?? '')
  if (name !== null && !ns.devices.has(name)) return failed(`Cannot find device "${name}"`)
  const shown = [...ns.devices.values()].filter((device) => name === null || device.name === name)
  return printed(shown.map((device) => qdiscText(ns, device, name === null)).join(''))
}

/** A device that is down has no discipline yet. */
function qdiscText(ns: NetNs, device: Device, named: boolean): string {
  const netem = ns.qdiscs.get(device.name)
  const where = named ? `dev ${device.name} ` : ''
  if (netem) return `${netemText(device.name, netem).replace(`dev ${device.name} `, where)}\n`
  return device.up ? `qdisc noqueue 0: ${where}root refcnt 2 \n` : ''
}
