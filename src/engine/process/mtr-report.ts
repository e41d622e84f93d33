/** mtr 0.95, ui/report.c and ui/mtr.c (data_fields[]): the table of a report. */
import type { Address } from '../net/address.ts'
import type { MtrOptions } from '../shell/spawn.ts'

/** What is known of one hop. Times in ms. */
export interface MtrHop {
  /** The first that answered; null: nobody has. */
  readonly address: Address | null
  /** It says that nothing gets further. */
  readonly final: boolean
  readonly sent: number
  readonly returned: number
  readonly last: number
  readonly best: number
  readonly worst: number
  readonly average: number
  /** Sum of squares of what differs from the average. */
  readonly variance: number
}

export const NEW_HOP: MtrHop = {
  ...{ address: null, final: false, sent: 0, returned: 0 },
  ...{ last: 0, best: 0, worst: 0, average: 0, variance: 0 },
}

interface Field {
  readonly head: string
  readonly width: number
  readonly text: (hop: MtrHop) => string
}

const ms = (head: string, of: (hop: MtrHop) => number): Field => ({ head, width: 6, text: (hop) => ` ${of(hop).toFixed(1).padStart(5)}` })
const count = (head: string, width: number, of: (hop: MtrHop) => number): Field => ({
  ...{ head, width },
  text: (hop) => String(of(hop)).padStart(width),
})
const loss = ({ sent, returned }: MtrHop): number => (sent === 0 ? 0 : 100 - (100 * returned) / sent)
const deviation = ({ returned, variance }: MtrHop): number => (returned > 1 ? Math.sqrt(variance / (returned - 1)) : 0)

/** The columns, by the letters of -o. */
const FIELDS: Readonly<Record<string, Field>> = {
  ' ': { head: ' ', width: 1, text: () => ' ' },
  L: { head: 'Loss%', width: 6, text: (hop) => ` ${loss(hop).toFixed(1).padStart(4)}%` },
  D: count('Drop', 5, ({ sent, returned }) => sent - returned),
  R: count('Rcv', 6, ({ returned }) => returned),
  S: count('Snt', 6, ({ sent }) => sent),
  N: ms('Last', ({ last }) => last),
  B: ms('Best', ({ best }) => best),
  A: ms('Avg', ({ average }) => average),
  W: ms('Wrst', ({ worst }) => worst),
  V: ms('StDev', deviation),
}

/** Columns of the host, beside the hop's number. */
const HOST_WIDTH = 33

/** net_max(): the destination, one that says it goes no further, or one hop behind the last that answered. */
function lastHop(hops: readonly MtrHop[], destination: Address | null): number {
  const last = hops.findIndex((hop) => hop.final || (hop.address !== null && hop.address === destination))
  if (last >= 0) return last + 1
  const answered = hops.findLastIndex((hop) => hop.address !== null)
  return answered < 0 ? 0 : Math.min(hops.length, answered + 2)
}

/** The head and a line for each hop. Every column is cut to its width, as the real one overwrites what is too long. */
export function mtrReport(
  hops: readonly MtrHop[],
  destination: Address | null,
  { firstHop, fields, wide, hostname }: MtrOptions,
  nameOf: (address: Address) => string,
): string {
  const shown = hops
    .slice(0, lastHop(hops, destination))
    .map((hop, i) => ({ hop, name: hop.address === null ? '???' : nameOf(hop.address), i }))
  const columns = [...fields].flatMap((letter) => FIELDS[letter] ?? [])
  const width = Math.max(hostname.length, ...shown.map(({ name }) => name.length))
  const place = (text: string): string => (wide ? text : text.slice(0, HOST_WIDTH).padEnd(HOST_WIDTH))
  const head = `${place(`HOST: ${hostname.padEnd(width)}`)}${columns.map((column) => column.head.padStart(column.width)).join('')}\n`
  const lines = shown.slice(firstHop - 1).map(({ hop, name, i }) => {
    const host = place(`${String(i + 1).padStart(3)}.|-- ${name.padEnd(width)}`)
    return `${host}${columns.map((column) => column.text(hop).slice(0, column.width)).join('')}\n`
  })
  return [head, ...lines].join('')
}
