/**
 * Which Script of the text brought a walk to its end. A route that is gone leaves no rule to point at: the packet takes a worse route and
 * dies elsewhere. So the commands of the Scripts above the walk are read, and one is blamed only where the trace shows what it took away.
 */
import type { Scenario } from '../kubernetes/scenario.ts'
import { parseAddress } from '../net/address.ts'
import { type Cidr, cidr, cidrContains, formatCidr, parseCidr } from '../net/cidr.ts'
import type { Trace, TraceRecord } from '../simulation/trace.ts'
import { type NarratorContext, placeName } from './context.ts'
import { commandsAbove, type ScriptCommand } from './script-commands.ts'

export interface Blame {
  /** What is missing or forbidden, and who did it. */
  readonly sentence: string
  /** The command that did it. */
  readonly command: ScriptCommand
}

/** The Script to blame for a walk that was not delivered; null when the trace shows none. */
export function blameOf(scenario: Scenario, trace: Trace, context: NarratorContext): Blame | null {
  if (trace.outcome.outcome === 'delivered') return null
  for (const command of commandsAbove(scenario, trace.outcome.walk).toReversed()) {
    const what = routeTaken(command, trace.records, context) ?? settingMade(command, trace, context) ?? linkDown(command, trace, context)
    if (what !== null) return { sentence: `${what} Script ${command.script} did that.`, command }
  }
  return null
}

/** A route was deleted, and a packet on that machine found only a wider one, or none. */
function routeTaken({ text, where }: ScriptCommand, records: readonly TraceRecord[], context: NarratorContext): string | null {
  const asked = /^ip (?:-4 )?r(?:oute)? (?:del|delete|flush) (\S+)/.exec(text)?.[1]
  const gone = asked === undefined ? null : prefixOf(asked)
  if (gone === null) return null
  const missed = records.some(({ where: place, event }) => {
    if (place !== where || event.at !== 'fib_lookup' || event.packet.network.kind !== 'ip') return false
    if (!cidrContains(gone, event.packet.network.destination)) return false
    return event.result === null || event.result.route.destination.prefixLength < gone.prefixLength
  })
  if (!missed) return null
  const name = gone.prefixLength === 0 ? 'no default route' : `no route to ${formatCidr(gone)}`
  return `${placeName(context, where)} has ${name}.`
}

function prefixOf(text: string): Cidr | null {
  if (text === 'default') return parseCidr('0.0.0.0/0')
  const address = parseAddress(text)
  return address === null ? parseCidr(text) : cidr(address, 32)
}

/** A sysctl that ended the packet was set so: 'net.ipv4.ip_forward=0'. */
function settingMade({ text, where }: ScriptCommand, { outcome }: Trace, context: NarratorContext): string | null {
  if (outcome.by?.where !== where) return null
  const [key = '', value = ''] = (/^([a-z][\w.-]*\.[\w.-]+)=(\S+)$/.exec(outcome.by.rule ?? '') ?? []).slice(1)
  if (key === '') return null
  const words = text
    .replaceAll(/["']/g, '')
    .replaceAll('/', '.')
    .split(/[\s=]+/)
  const set = words[0] === 'sysctl' && words.includes(key) && words[words.indexOf(key) + 1] === value
  const echoed = words[0] === 'echo' && words[1] === value && text.endsWith(`/proc/sys/${key.replaceAll('.', '/')}`)
  if (!set && !echoed) return null
  const name = placeName(context, where)
  return /ip_forward|\.forwarding$/.test(key)
    ? `${name} does not forward packets: ${key} is ${value}.`
    : `${name} refuses it: ${key} is ${value}.`
}

const NO_WAY = new Set(['DEV_READY', 'IP_OUTNOROUTES', 'IP_INNOROUTES', 'ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN'])

/** A device was taken down on the machine where the packet found no way on. */
function linkDown({ text, where }: ScriptCommand, { outcome }: Trace, context: NarratorContext): string | null {
  const device = /^ip link set (?:dev )?(\S+) down$/.exec(text)?.[1]
  if (device === undefined || outcome.by?.where !== where || !NO_WAY.has(outcome.reason ?? '')) return null
  return `${device} of ${placeName(context, where)} is down.`
}
