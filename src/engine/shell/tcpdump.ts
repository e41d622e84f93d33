/**
 * tcpdump 4.99, the command line. Nobody can interrupt it here, so it does not wait for frames: it shows those that passed in this namespace
 * since the last walk began, and since then those of the commands typed.
 */
import type { NetNs } from '../linux/netns.ts'
import type { CapturedFrame } from '../net/frame.ts'
import { type Command, type CommandResult, failed } from './command.ts'
import { readOptions } from './start-program.ts'
import { parseFilter, passes } from './tcpdump-filter.ts'
import { type PrintOptions, printFrame } from './tcpdump-print.ts'

/** Options without effect on what is printed here: names are never looked up, everything is captured whole. */
const IGNORED = 'nlpUKNq'
const SHOWN = 'evtS'
const WITH_VALUE = 'icsBQ'
/** Options of the real tool that do something which is not modelled. */
const ABSENT = /^-[^-]*[wrFXxAGCWzZyTEDLHIJjmV]/

/** `tcpdump [-i DEVICE|any] [-n] [-e] [-v] [-t] [-S] [-c N] [-Q in|out|inout] [FILTER]`. */
export const tcpdump: Command = (argv, context) => {
  const capture = captureAs(argv, context.netns, context.frames?.() ?? [])
  if ('code' in capture) return capture
  const packets = `${capture.lines.length} packet${capture.lines.length === 1 ? '' : 's'}`
  const stderr = `${capture.header}${packets} captured\n${packets} received by filter\n0 packets dropped by kernel\n`
  return { stdout: capture.lines.map(({ text }) => `${text}\n`).join(''), stderr, code: 0, effects: [] }
}

/** What tcpdump says: first the header, then for each frame that it shows a text (of one or more lines). */
export interface Capture<F extends CapturedFrame> {
  readonly header: string
  readonly lines: readonly { readonly frame: F; readonly text: string }[]
}

/** What a tcpdump command shows of some frames; its complaint where it cannot be run. */
export function captureAs<F extends CapturedFrame>(argv: readonly string[], netns: NetNs, seen: readonly F[]): Capture<F> | CommandResult {
  const absent = argv.slice(1).find((word) => ABSENT.test(word))
  if (absent !== undefined) return failed(`tcpdump: ${absent} is not modelled; \`packetwalk walk --pcapng FILE\` writes captures`)
  const read = readOptions(argv, IGNORED + SHOWN, WITH_VALUE)
  if ('unknown' in read) return failed(`tcpdump: invalid option -- '${read.unknown}'`)
  if ('missing' in read) return failed(`tcpdump: option requires an argument -- '${read.missing}'`)
  const value = (letter: string): string | undefined => read.values.get(letter)?.at(-1)
  const count = Number(value('c') ?? Number.POSITIVE_INFINITY)
  if (value('c') !== undefined && !(count > 0)) return failed(`tcpdump: invalid packet count ${value('c')}`)
  const filter = parseFilter(read.words.join(' '))
  if (filter && 'error' in filter) return failed(`tcpdump: ${filter.error}`)
  const { devices } = netns
  // pcap_lookupdev(): the first that is up and no loopback device.
  const device = value('i') ?? [...devices.values()].find((one) => one.up && one.kind !== 'loopback')?.name ?? 'lo'
  if (device !== 'any' && !devices.has(device)) return failed(`tcpdump: ${device}: No such device exists\n(No such device exists)`)
  const direction = value('Q') ?? 'inout'
  const frames = seen.filter(
    (frame) =>
      frame.where === netns.name &&
      (device === 'any' || frame.device === device) &&
      (direction === 'inout' || frame.direction === direction) &&
      passes(filter, frame),
  )
  const linkType = devices.get(device)?.kind
  const header = headerText(device, linkType === 'ipip' || linkType === 'tun', read.flags.includes('v'))
  const lines = printed(frames.slice(0, count), {
    ...{ any: device === 'any', times: !read.flags.includes('t') },
    print: {
      link: read.flags.includes('e'),
      verbose: read.flags.includes('v'),
      absolute: read.flags.includes('S'),
      conversations: new Map(),
    },
  })
  return { header, lines }
}

function headerText(device: string, raw: boolean, verbose: boolean): string {
  const [name, words] = device === 'any' ? ['LINUX_SLL2', 'Linux cooked v2'] : raw ? ['RAW', 'Raw IP'] : ['EN10MB', 'Ethernet']
  const advice = verbose ? '' : 'verbose output suppressed, use -v[v]... for full protocol decode\n'
  const cooked = device === 'any' ? `tcpdump: data link type ${name}\n` : ''
  return `${cooked}tcpdump: ${advice}listening on ${device}, link-type ${name} (${words}), snapshot length 262144 bytes\n`
}

interface Showing {
  readonly any: boolean
  readonly times: boolean
  readonly print: PrintOptions
}

function printed<F extends CapturedFrame>(frames: readonly F[], { any, times, print }: Showing): Capture<F>['lines'] {
  return frames.map((frame) => {
    const at = times ? `${timeText(frame.timeMs)} ` : ''
    const where = any ? `${frame.device.padEnd(5)} ${kindOf(frame).padEnd(3)} ` : ''
    return { frame, text: `${at}${where}${printFrame(frame, { ...print, link: print.link && !any })}` }
  })
}

/** In which direction, or to which group: sll2_print(). */
function kindOf({ direction, linkType, bytes }: CapturedFrame): string {
  if (direction === 'out') return 'Out'
  if (linkType !== 'ethernet' || ((bytes[0] ?? 0) & 1) === 0) return 'In'
  return bytes.subarray(0, 6).every((byte) => byte === 255) ? 'B' : 'M'
}

/** Of the day, in microseconds. */
function timeText(ms: number): string {
  const micros = Math.round(ms * 1000)
  const seconds = Math.floor(micros / 1e6)
  const two = (value: number): string => String(value % 60).padStart(2, '0')
  const hours = String(Math.floor(seconds / 3600) % 24).padStart(2, '0')
  return `${hours}:${two(Math.floor(seconds / 60))}:${two(seconds)}.${String(micros % 1e6).padStart(6, '0')}`
}
