/**
 * A page of a walk as it crosses from the worker to the page. Most events of a long walk are rules that matched; cloned one by one
 * they cost some µs each. So they cross in columns whose buffers are handed over, and each is put together when
 * somebody looks at it. Other events are cloned as they are.
 */
import type { TraceEvent } from '../engine/linux/trace-event.ts'
import type { Packet } from '../engine/net/packet.ts'
import type { TraceRecord } from '../engine/simulation/trace.ts'
import type { Response } from './messages.ts'

type Page = Extract<Response, { readonly type: 'page' }>
type RuleEvent = Extract<TraceEvent, { readonly at: 'ipt_rule' }>

/** Columns of the rules that matched; packets, names, verdicts and the rules themselves are indices of lists. */
interface Rules {
  readonly packets: readonly Packet[]
  readonly names: readonly string[]
  /** Each once, however often it matched; null is a chain's policy. */
  readonly refs: readonly RuleEvent['rule'][]
  /** `WIDTH` numbers a match, in the order of the columns below. */
  readonly numbers: Int32Array<ArrayBuffer>
}

/** The columns. */
const [PACKET, HOOK, TABLE, CHAIN, TRIED, VERDICT, RULE] = [0, 1, 2, 3, 4, 5, 6]
const WIDTH = 7

export interface PackedPage extends Omit<Page, 'records'> {
  readonly packed: {
    /** Number of the first record; the others follow it. */
    readonly first: number
    readonly timesMs: Float64Array<ArrayBuffer>
    /** Indices of `wheres`. */
    readonly places: Uint16Array<ArrayBuffer>
    /** For each record 0 for the next rule that matched, 1 for the next of the other events. */
    readonly kinds: Uint8Array<ArrayBuffer>
    readonly wheres: readonly string[]
    readonly others: readonly TraceEvent[]
    readonly rules: Rules
  }
}

/** What crosses: pages packed, everything else as it is. */
export type Message = Exclude<Response, Page> | PackedPage

/** Gives each value a number, by identity, in the order they come. */
class Numbered<T> {
  readonly values: T[] = []
  readonly #numbers = new Map<T, number>()
  /** The value that each column had last, which it mostly has again. */
  readonly #last: number[] = Array.from({ length: WIDTH }, () => -1)

  of(value: T, column = 0): number {
    const last = this.#last[column] ?? -1
    if (last >= 0 && this.values[last] === value) return last
    const number = this.#numbers.get(value) ?? this.#add(value)
    this.#last[column] = number
    return number
  }

  #add(value: T): number {
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
  const kinds = new Uint8Array(records.length)
  const wheres = new Numbered<string>()
  const others: TraceEvent[] = []
  const matched: RuleEvent[] = []
  let index = -1
  for (const { timeMs, where, event } of records) {
    index += 1
    timesMs[index] = timeMs
    places[index] = wheres.of(where)
    if (event.at === 'ipt_rule') matched.push(event)
    else kinds[index] = 1
    if (event.at !== 'ipt_rule') others.push(event)
  }
  const rules = packRules(matched)
  const packed = { first: records[0]?.n ?? 0, timesMs, places, kinds, wheres: wheres.values, others, rules }
  return {
    message: { ...rest, packed },
    transfer: [timesMs.buffer, places.buffer, kinds.buffer, rules.numbers.buffer],
  }
}

function packRules(matched: readonly RuleEvent[]): Rules {
  const [packets, names, refs] = [new Numbered<Packet>(), new Numbered<string>(), new Numbered<RuleEvent['rule']>()]
  const numbers = new Int32Array(matched.length * WIDTH)
  let to = 0
  for (const { packet, hook, table, chain, tried, verdict, rule } of matched) {
    numbers[to++] = packets.of(packet)
    numbers[to++] = names.of(hook, HOOK)
    numbers[to++] = names.of(table, TABLE)
    numbers[to++] = names.of(chain, CHAIN)
    numbers[to++] = tried
    numbers[to++] = names.of(verdict, VERDICT)
    numbers[to++] = refs.of(rule)
  }
  return { packets: packets.values, names: names.values, refs: refs.values, numbers }
}

/** The response that a message was packed from. */
export function unpack(message: Message): Response {
  if (!('packed' in message)) return message
  const { packed, ...rest } = message
  const { first, timesMs, places, kinds, wheres, others, rules } = packed
  const records: TraceRecord[] = []
  let rule = 0
  let other = 0
  for (let index = 0; index < timesMs.length; index++) {
    const event = kinds[index] === 0 ? new MatchedRule(rules, rule++) : others[other++]
    if (event) records.push({ n: first + index, timeMs: timesMs[index] ?? 0, where: wheres[places[index] ?? 0] ?? '', event })
  }
  return { ...rest, records }
}

/** A rule that matched, read when it is asked for: of all that comes of a walk, most is this and is never looked at. */
class MatchedRule implements RuleEvent {
  readonly #rules: Rules
  readonly #at: number

  constructor(rules: Rules, at: number) {
    this.#rules = rules
    this.#at = at
  }

  get at() {
    return 'ipt_rule' as const
  }
  get packet() {
    return this.#rules.packets[this.#number(PACKET)] as Packet
  }
  get hook() {
    return this.#name(HOOK) as RuleEvent['hook']
  }
  get table() {
    return this.#name(TABLE) as RuleEvent['table']
  }
  get chain() {
    return this.#name(CHAIN)
  }
  get tried() {
    return this.#number(TRIED)
  }
  get verdict() {
    return this.#name(VERDICT)
  }
  get rule() {
    return this.#rules.refs[this.#number(RULE)] ?? null
  }

  #number(column: number): number {
    return this.#rules.numbers[this.#at * WIDTH + column] ?? 0
  }

  #name(column: number): string {
    return this.#rules.names[this.#number(column)] ?? ''
  }
}
