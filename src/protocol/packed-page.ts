/**
 * A page of a walk as it crosses from the worker to the page. Most events of a long walk are rules that matched; cloned one by one
 * they cost some µs each. So their particulars cross as one text, read when somebody looks at one, and what is read of every event
 * (its place, time and packet) in columns whose buffers are handed over. Other events are cloned as they are.
 */
import type { TraceEvent } from '../engine/linux/trace-event.ts'
import type { Packet } from '../engine/net/packet.ts'
import type { TraceRecord } from '../engine/simulation/trace.ts'
import type { Response } from './messages.ts'

type Page = Extract<Response, { readonly type: 'page' }>
type RuleEvent = Extract<TraceEvent, { readonly at: 'ipt_rule' }>
type Particulars = Omit<RuleEvent, 'at' | 'packet' | 'hook'>

export interface PackedPage extends Omit<Page, 'records'> {
  readonly packed: {
    /** Number of the first record; the others follow it. */
    readonly first: number
    readonly timesMs: Float64Array<ArrayBuffer>
    /** Indices of `wheres`. */
    readonly places: Uint16Array<ArrayBuffer>
    /** For a rule that matched the index of its packet in `packets`, else −1 − the index of the event in `events`. */
    readonly events: Int32Array<ArrayBuffer>
    readonly wheres: readonly string[]
    readonly packets: readonly Packet[]
    readonly others: readonly TraceEvent[]
    /** Of each rule that matched: index of its hook in `hookNames`. */
    readonly hooks: Uint8Array<ArrayBuffer>
    readonly hookNames: readonly RuleEvent['hook'][]
    /** JSON of the rules' particulars, one behind the other, and where each ends. */
    readonly rules: string
    readonly ruleEnds: Uint32Array<ArrayBuffer>
  }
}

/** What crosses: pages packed, everything else as it is. */
export type Message = Exclude<Response, Page> | PackedPage

/** Gives each value a number, by identity, in the order they come. */
class Numbered<T> {
  readonly values: T[] = []
  readonly #numbers = new Map<T, number>()

  of(value: T): number {
    const known = this.#numbers.get(value)
    if (known !== undefined) return known
    this.#numbers.set(value, this.values.length)
    return this.values.push(value) - 1
  }
}

/** What is posted for a response, and the buffers handed over with it. */
export function pack(response: Response): { readonly message: Message; readonly transfer: ArrayBuffer[] } {
  if (response.type !== 'page') return { message: response, transfer: [] }
  const { records, ...rest } = response
  const timesMs = new Float64Array(records.length)
  const places = new Uint16Array(records.length)
  const events = new Int32Array(records.length)
  const matched = records.filter(({ event }) => event.at === 'ipt_rule').length
  const ruleEnds = new Uint32Array(matched)
  const hooks = new Uint8Array(matched)
  const hookNames = new Numbered<RuleEvent['hook']>()
  const wheres = new Numbered<string>()
  const packets = new Numbered<Packet>()
  const others: TraceEvent[] = []
  const rules: string[] = []
  let end = 0
  for (const [index, { timeMs, where, event }] of records.entries()) {
    timesMs[index] = timeMs
    places[index] = wheres.of(where)
    if (event.at !== 'ipt_rule') {
      events[index] = -others.push(event)
      continue
    }
    const { at: _at, packet, hook, ...particulars } = event
    events[index] = packets.of(packet)
    hooks[rules.length] = hookNames.of(hook)
    const text = JSON.stringify(particulars)
    end += text.length
    ruleEnds[rules.push(text) - 1] = end
  }
  const packed = {
    ...{ first: records[0]?.n ?? 0, timesMs, places, events, wheres: wheres.values },
    ...{ packets: packets.values, others, hooks, hookNames: hookNames.values, rules: rules.join(''), ruleEnds },
  }
  return {
    message: { ...rest, packed },
    transfer: [timesMs.buffer, places.buffer, events.buffer, hooks.buffer, ruleEnds.buffer],
  }
}

/** The response that a message was packed from. */
export function unpack(message: Message): Response {
  if (!('packed' in message)) return message
  const { packed, ...rest } = message
  const { first, timesMs, places, events, wheres, packets, others, hooks, hookNames, rules, ruleEnds } = packed
  const records: TraceRecord[] = []
  let rule = 0
  let from = 0
  for (let index = 0; index < timesMs.length; index++) {
    const at = events[index] ?? 0
    let event = at < 0 ? others[-1 - at] : undefined
    if (event === undefined) {
      const to = ruleEnds[rule] ?? 0
      event = new MatchedRule(packets[at] as Packet, hookNames[hooks[rule] ?? 0] as RuleEvent['hook'], { rules, from, to })
      from = to
      rule += 1
    }
    records.push({ n: first + index, timeMs: timesMs[index] ?? 0, where: wheres[places[index] ?? 0] ?? '', event })
  }
  return { ...rest, records }
}

interface Slice {
  readonly rules: string
  readonly from: number
  readonly to: number
}

/** A rule that matched, whose particulars are read when they are first asked for. */
class MatchedRule implements RuleEvent {
  readonly at = 'ipt_rule'
  readonly packet: Packet
  readonly hook: RuleEvent['hook']
  readonly #text: Slice
  #read: Particulars | null = null

  constructor(packet: Packet, hook: RuleEvent['hook'], text: Slice) {
    this.packet = packet
    this.hook = hook
    this.#text = text
  }

  get #particulars(): Particulars {
    this.#read ??= JSON.parse(this.#text.rules.slice(this.#text.from, this.#text.to)) as Particulars
    return this.#read
  }

  get table() {
    return this.#particulars.table
  }
  get chain() {
    return this.#particulars.chain
  }
  get rule() {
    return this.#particulars.rule
  }
  get tried() {
    return this.#particulars.tried
  }
  get verdict() {
    return this.#particulars.verdict
  }
}
