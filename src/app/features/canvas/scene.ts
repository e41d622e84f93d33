/** What the overlay draws at one position of the playhead: lines, packets, numbers. Pure: no canvas, no time. */
import type { Packet } from '../../../engine/net/packet.ts'
import type { TraceRecord } from '../../../engine/simulation/trace.ts'
import type { Chapter, Frames, Moment } from '../../store/frames.ts'
import { type Glyph, type Hue, type Identities, identityOf } from '../../store/identities.ts'
import { endsOf, isIcmpError, unwrapped } from '../../store/packet-words.ts'
import type { Playhead } from '../../store/playback.ts'
import { clearBadges } from './badge-place.ts'
import { distanceAt, type PacketPath, type Pose, pathOf, poseAt, type Station } from './path.ts'
import type { CardShape, Layout, Point } from './shapes.ts'
import { bottom, right } from './shapes.ts'
import { unreached } from './unreached.ts'

export interface Line {
  readonly path: PacketPath
  /** Px along the path that were walked. */
  readonly walked: number
  readonly hue: Hue
  readonly reply: boolean
  /** Px to the right of the way. */
  readonly offset: number
  /** Only context: an earlier packet of the same exchange. */
  readonly past: boolean
  /** One of many that a broadcast became. */
  readonly copy?: boolean
}

export interface End {
  readonly hue: Hue
  readonly glyph: Glyph
  /** 'now': changed in this moment; 'carried': changed earlier and not undone. */
  readonly rewritten: 'now' | 'carried' | null
}

/** What one of several walks is called by. */
export interface WalkMark {
  readonly number: number
  readonly hue: Hue
}

export interface Letter {
  readonly kind: 'packet' | 'arp-request' | 'arp-reply'
  readonly pose: Pose
  readonly tail: End
  readonly point: End
  readonly hollow: boolean
  readonly icmpError: boolean
  /** The tunnels it is in, from outside in. */
  readonly outer: readonly { readonly tail: End; readonly point: End }[]
  /** It goes no further: lost, or at something that is not modelled. */
  readonly ended: 'dropped' | 'unmodelled' | null
  /** Which of several walks it is of. */
  readonly walk?: WalkMark
}

export interface Badge {
  readonly station: Station
  readonly number: number
  readonly state: 'past' | 'here' | 'future'
  readonly icon: Moment['icon']
}

export interface Mark {
  readonly icon: 'rewritten'
  readonly pose: Pose
}

export interface Scene {
  readonly lines: readonly Line[]
  readonly letters: readonly Letter[]
  readonly badges: readonly Badge[]
  readonly marks: readonly Mark[]
  /** What dropped packets never reached. */
  readonly unreached: readonly (readonly Point[])[]
  readonly moment: Moment | null
}

export const EMPTY_SCENE: Scene = { lines: [], letters: [], badges: [], marks: [], unreached: [], moment: null }
/** Half the distance between the lines of a request and its reply. */
const KEEP_RIGHT = 3.6

export interface SceneContext {
  readonly layout: Layout
  readonly frames: Frames
  readonly records: readonly TraceRecord[]
  readonly identities: Identities
  /** Px to the right of the way, for one of several walks. */
  readonly aside?: number
  /** The hue of its lines, for one of several walks; otherwise that of who sends. */
  readonly hue?: Hue | null
}

/** Makes the function that answers "what is drawn at this playhead"; paths are worked out once each. */
export function sceneMaker(context: SceneContext): (playhead: Playhead) => Scene {
  const opposites = new Map<number, Chapter | null>()
  const paths = new Map<number, PacketPath | null>()
  const path = (packet: number): PacketPath | null => {
    const known = paths.get(packet)
    if (known !== undefined) return known
    const made = pathOf(packet, context)
    paths.set(packet, made)
    return made
  }
  const opposite = (chapter: Chapter): Chapter | null => {
    const known = opposites.get(chapter.index)
    if (known !== undefined) return known
    const made = oppositeOf(chapter, context.frames)
    opposites.set(chapter.index, made)
    return made
  }
  return (playhead) => sceneAt(playhead, context, { path, opposite })
}

/** What is worked out once and asked for in every frame. */
interface Known {
  readonly path: (packet: number) => PacketPath | null
  readonly opposite: (chapter: Chapter) => Chapter | null
}

function sceneAt(playhead: Playhead, context: SceneContext, known: Known): Scene {
  const { frames, records } = context
  const { path } = known
  const moment = frames.moments[Math.max(0, playhead.index)]
  const chapter = moment && frames.chapters[moment.chapter]
  const main = moment && path(moment.packet)
  if (!moment || !chapter || !main) return EMPTY_SCENE
  const before = playhead.index < 0
  const walked = before ? 0 : distanceAt(main, moment.index, playhead.fraction)
  const record = records[moment.n]
  const opposite = before || moment.packet !== chapter.packet ? null : known.opposite(chapter)
  const behind = opposite && path(opposite.packet)
  // Both ways of a packet that turns round in the kernel strip run in the same direction there: one would hide the other.
  const oppositePath = behind && !(overlapsItself(main) && overlapsItself(behind)) ? behind : null
  const offset = (oppositePath || overlapsItself(main) ? KEEP_RIGHT : 0) + (context.aside ?? 0)
  const hueOf = (packet: number, where: string) =>
    context.hue ?? hueOfSender(frames.recordsOf.get(packet)?.[0]?.event.packet, where, context.identities)
  const lines: Line[] = []
  if (opposite && oppositePath)
    lines.push({
      path: oppositePath,
      walked: oppositePath.length,
      hue: hueOf(opposite.packet, ''),
      reply: opposite.reply,
      offset: KEEP_RIGHT,
      past: true,
    })
  lines.push({ path: main, walked, hue: hueOf(moment.packet, moment.where), reply: moment.reply, offset, past: false })
  const letters: Letter[] = []
  const pose = shifted(poseAt(main.points, walked), offset)
  if (record && pose) letters.push(letterOf(record, moment, { ...context, pose, chapter }))
  for (const copy of copiesAt(playhead, { frames, main, path })) {
    const at = records[copy.moment.n]
    const end = poseAt(copy.path.points, copy.walked)
    if (!at || !end) continue
    const hue = hueOf(copy.moment.packet, copy.moment.where)
    lines.push({ path: copy.path, walked: copy.walked, hue, reply: copy.moment.reply, offset: 0, past: false, copy: true })
    letters.push(letterOf(at, copy.moment, { ...context, pose: end, chapter }))
  }
  return {
    lines,
    letters,
    badges: before || context.layout.level === 'overview' ? [] : clearBadges(badgesOf(main, playhead, { ...context, chapter }), letters),
    marks: before ? [] : marksOf(main, moment, { frames, offset }),
    unreached: [
      ...(before ? [] : unreachedOf(main, moment.index, context)),
      ...(oppositePath ? unreachedOf(oppositePath, moment.index, context) : []),
    ],
    moment: before ? null : moment,
  }
}

/** The copies of a broadcast, all at once: on their way while the next moment is the flood, at their ends in it. */
function copiesAt(
  { index, fraction }: Playhead,
  { frames, main, path }: { readonly frames: Frames; readonly main: PacketPath; readonly path: Known['path'] },
): { readonly path: PacketPath; readonly walked: number; readonly moment: Moment }[] {
  const here = frames.moments[index]
  if (!here) return []
  const next = fraction > 0 ? frames.moments[index + 1] : undefined
  const flood = here.copies.length > 0 ? here : next?.packet === here.packet && next.copies.length > 0 ? next : null
  if (flood === null) return []
  const start = flood === here ? 0 : distanceAt(main, index, 0)
  return flood.copies.flatMap((id) => {
    const line = id === flood.packet ? null : path(id)
    if (line === null || line.length < start) return []
    return [{ path: line, walked: flood === here ? line.length : start + (line.length - start) * fraction, moment: flood }]
  })
}

/** The last packet before this one that went the other way between the same ends. */
function oppositeOf(chapter: Chapter, frames: Frames): Chapter | null {
  if (chapter.name === 'ARP') return null
  const ends = endsOfChapter(chapter, frames)
  for (let index = chapter.index - 1; index >= 0; index--) {
    const other = frames.chapters[index]
    if (!other || other.name === 'ARP' || other.packet === chapter.packet) continue
    if (other.reply === chapter.reply) continue
    const [from, to] = endsOfChapter(other, frames)
    return from === ends[1] || to === ends[0] ? other : null
  }
  return null
}

function endsOfChapter(chapter: Chapter, frames: Frames): readonly [string, string] {
  const own = frames.moments.filter((moment) => moment.packet === chapter.packet)
  return [own[0]?.where ?? '', own.at(-1)?.where ?? '']
}

function overlapsItself(path: PacketPath): boolean {
  const seen = new Set<string>()
  return path.points.some((point, index) => {
    const before = path.points[index - 1]
    if (before?.x !== point.x) return false
    if (seen.has(String(point.x))) return true
    seen.add(String(point.x))
    return false
  })
}

function shifted(pose: Pose | null, offset: number): Pose | null {
  if (!pose) return null
  const { at, angle } = pose
  return { at: { x: at.x - Math.sin(angle) * offset, y: at.y + Math.cos(angle) * offset }, angle }
}

function hueOfSender(packet: Packet | undefined, where: string, identities: Identities): Hue {
  return packet ? identityOf(identities, endsOf(unwrapped(packet).packet).source, where).hue : 'id-1'
}

interface LetterContext extends SceneContext {
  readonly pose: Pose
  readonly chapter: Chapter
}

function letterOf(record: TraceRecord, moment: Moment, context: LetterContext): Letter {
  const { event } = record
  const { packet, outer } = unwrapped(event.packet)
  const first = context.frames.recordsOf.get(event.packet.id)?.[0]?.event.packet ?? event.packet
  const before = event.at === 'nat_manip' ? event.before : null
  const was = unwrapped(first).packet
  const ends = endPairOf(packet, { was, before: before && unwrapped(before).packet, where: moment.where, identities: context.identities })
  const arp = packet.network.kind === 'arp' ? packet.network.operation : null
  return {
    kind: arp === null ? 'packet' : arp === 'request' ? 'arp-request' : 'arp-reply',
    pose: context.pose,
    ...ends,
    hollow: moment.reply,
    icmpError: isIcmpError(packet),
    outer: outer.map((one, depth) =>
      endPairOf(one, { was: one, before: depth === 0 ? before : null, where: moment.where, identities: context.identities }),
    ),
    ended: endOf(record, moment),
  }
}

interface EndContext {
  /** The packet as it was sent. */
  readonly was: Packet
  /** As it was before this step, when the step is a rewrite. */
  readonly before: Packet | null
  readonly where: string
  readonly identities: Identities
}

/** Both ends of one header, with what was rewritten of them. */
function endPairOf(packet: Packet, { was, before, where, identities }: EndContext): Pick<Letter, 'tail' | 'point'> {
  const [ends, sent, old] = [endsOf(packet), endsOf(was), before && endsOf(before)]
  const end = (side: 'source' | 'destination'): End => {
    const { hue, glyph } = identityOf(identities, ends[side], where)
    const port = side === 'source' ? 'sourcePort' : 'destinationPort'
    const now = old !== null && (old[side] !== ends[side] || old[port] !== ends[port])
    const carried = sent[side] !== ends[side] || sent[port] !== ends[port]
    return { hue, glyph, rewritten: now ? 'now' : carried ? 'carried' : null }
  }
  return { tail: end('source'), point: end('destination') }
}

/** The way on of a packet that has been dropped by now. */
function unreachedOf(path: PacketPath, index: number, { frames, records, layout }: SceneContext): (readonly Point[])[] {
  const last = frames.moments.findLast((moment) => moment.packet === path.packet)
  const record = last && records[last.n]
  const end = path.points.at(-1)
  if (!last || !record || !end || last.icon !== 'dropped' || last.index > index || record.event.at !== 'kfree_skb') return []
  const points = unreached(record.event.packet, record.where, end, layout)
  return points.length > 1 ? [points] : []
}

function endOf({ event }: TraceRecord, moment: Moment): Letter['ended'] {
  if (event.at === 'unsupported') return 'unmodelled'
  return moment.icon === 'dropped' && event.at === 'kfree_skb' ? 'dropped' : null
}

/** Numbers are steps of the chapter on screen, as the list of steps counts them; none in a collapsed node, where all stations are one place. */
function badgesOf(
  path: PacketPath,
  playhead: Playhead,
  { chapter, frames, layout }: { readonly chapter: Chapter; readonly frames: Frames; readonly layout: Layout },
): Badge[] {
  return path.stations.flatMap((station) => {
    const moment = frames.moments[station.moment]
    if (!moment || moment.chapter !== chapter.index || layout.cards.some((card) => isInCard(station, card))) return []
    const next = path.stations.find((other) => other.moment > station.moment)?.moment ?? chapter.last + 1
    const state = station.moment > playhead.index ? 'future' : playhead.index < next ? 'here' : 'past'
    const last = frames.moments.findLast((candidate) => candidate.index < next && candidate.packet === path.packet)
    return [{ station, number: station.moment - chapter.first + 1, state, icon: last?.icon ?? moment.icon } as const]
  })
}

function isInCard({ badge: { x, y } }: Station, { rect }: CardShape): boolean {
  return x > rect.x - ROUND && x < right(rect) + ROUND && y > rect.y - ROUND && y < bottom(rect) + ROUND
}

/** Half of a number's width, px. */
const ROUND = 9

/** Rewrites that this packet has left behind. */
function marksOf(path: PacketPath, current: Moment, { frames, offset }: { readonly frames: Frames; readonly offset: number }): Mark[] {
  return path.stops.flatMap((stop) => {
    const moment = frames.moments[stop.moment]
    const pose =
      moment && moment.index < current.index && moment.icon === 'rewritten' ? shifted(poseAt(path.points, stop.distance), offset) : null
    return pose ? [{ icon: 'rewritten' as const, pose }] : []
  })
}
