/** Draws a scene on a 2D canvas, in canvas units: lines first, then numbers, then packets. */
import { type Brush, FULL_TURN, type Pen, polyline, readable } from './brush.ts'
import { drawLetter, drawNumber, drawStamped } from './draw-letter.ts'
import { offsetLine, sliceLine } from './path.ts'
import type { Badge, Line, Scene } from './scene.ts'
import type { Point } from './shapes.ts'

const CORNER = 7
/** Thickness of a rail, and what lies between the rails of a cased line. */
const RAIL = 2
const ONE_WAY = 8
const BOTH_WAYS = 15

/** Everything of one moment. The context is already in canvas units. */
export function drawScene(scene: Scene, brush: Brush): void {
  for (const points of scene.unreached) drawUnreached(points, brush)
  drawCasing(scene.lines, brush)
  drawCopies(
    scene.lines.filter((line) => line.copy),
    brush,
  )
  for (const line of scene.lines) if (!line.copy) drawLine(line, brush)
  for (const line of scene.lines) if (!line.copy && !line.past) drawPasses(line, scene, brush)
  for (const mark of scene.marks) rewriteMark(mark.pose.at, brush)
  for (const badge of scene.badges) drawBadge(badge, brush)
  const draw = scene.letters.length > MANY_LETTERS ? drawStamped : drawLetter
  // The first is the one in focus: it lies above the others.
  for (const letter of scene.letters.toReversed()) draw(letter, brush)
  for (const letter of scene.letters) if (letter.walk) drawNumber(letter, letter.walk, brush)
}

/** More packets than this are stamped, not drawn one by one. */
const MANY_LETTERS = 24

/** Two rails around the wrapped stretch of a line; around the request and its reply where both are there. */
function drawCasing(lines: readonly Line[], { context, palette }: Brush): void {
  const cased = lines.flatMap(({ path, walked, offset }) =>
    path.wrapped.flatMap(({ from, to }) =>
      from < walked ? [{ points: sliceLine(path.points, from, Math.min(to, walked)), width: offset > 0 ? BOTH_WAYS : ONE_WAY }] : [],
    ),
  )
  context.lineCap = 'butt'
  context.lineJoin = 'round'
  for (const [color, more] of [[palette['id-node'], 2 * RAIL] as const, [palette.panel, 0] as const]) {
    context.strokeStyle = color
    for (const { points, width } of cased) {
      context.lineWidth = width + more
      stroke(context, points)
    }
  }
}

/** The lines of a broadcast's copies lie over each other for most of their way: one stroke for all of a colour. */
function drawCopies(lines: readonly Line[], { context, palette }: Brush): void {
  context.lineCap = 'butt'
  context.lineJoin = 'round'
  context.lineWidth = 3.5
  for (const hue of new Set(lines.map((line) => line.hue))) {
    context.strokeStyle = palette[hue]
    context.beginPath()
    for (const { path, walked } of lines.filter((line) => line.hue === hue && line.walked > 0))
      trace(context, walked < path.length ? sliceLine(path.points, 0, walked) : path.points)
    context.stroke()
  }
}

function drawLine(line: Line, brush: Brush): void {
  const { context, palette } = brush
  const { points, length } = line.path
  const color = palette[line.hue]
  context.lineCap = 'butt'
  context.lineJoin = 'round'
  context.strokeStyle = color
  if (line.walked < length) {
    context.lineWidth = 2
    context.setLineDash(line.reply ? [2, 4] : [5, 4])
    stroke(context, offsetLine(sliceLine(points, line.walked, length), line.offset))
  }
  if (line.walked > 0) {
    context.lineWidth = line.past ? 2 : 3.5
    context.setLineDash(line.reply ? [8, 4] : [])
    stroke(context, offsetLine(sliceLine(points, 0, line.walked), line.offset))
  }
  context.setLineDash([])
}

/** Below this zoom the word would be under 9 px. */
const PASS_ZOOM = 0.8

/** "pass 2" on each lane of a kernel that the packet goes through more than once. */
function drawPasses({ path, walked, hue, offset }: Line, { letters }: Scene, { context, palette, zoom }: Brush): void {
  if (zoom < PASS_ZOOM) return
  context.font = '600 11px "Inter Variable", sans-serif'
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.lineWidth = 1.25
  for (const { number, at, distance } of path.passes) {
    // A packet that lies on it would cut the word.
    if (letters.length <= MANY_LETTERS && letters.some(({ pose }) => Math.abs(pose.at.x - at.x) < 64 && Math.abs(pose.at.y - at.y) < 22))
      continue
    const isPast = distance < walked
    context.beginPath()
    context.roundRect(at.x - 23, at.y + offset - 8.5, 46, 17, 4)
    context.fillStyle = palette.panel
    context.fill()
    context.strokeStyle = isPast ? palette[hue] : palette.stroke
    context.stroke()
    context.fillStyle = isPast ? palette[hue] : palette['ink-3']
    context.fillText(`pass ${number}`, at.x, at.y + offset + 0.5)
  }
}

function drawUnreached(points: readonly Point[], { context, palette }: Brush): void {
  context.lineWidth = 1.5
  context.strokeStyle = palette.stroke
  context.setLineDash([2, 4])
  stroke(context, points)
  context.setLineDash([])
}

function stroke(context: Pen, points: readonly Point[]): void {
  context.beginPath()
  trace(context, points)
  context.stroke()
}

/** Adds a line with round corners to the path. */
function trace(context: Pen, points: readonly Point[]): void {
  const [first] = points
  const last = points.at(-1)
  if (!first || !last || points.length < 2) return
  context.moveTo(first.x, first.y)
  for (let index = 1; index < points.length - 1; index++) {
    const [before, at, after] = [points[index - 1], points[index], points[index + 1]]
    if (!before || !at || !after) continue
    const radius = Math.min(CORNER, Math.hypot(at.x - before.x, at.y - before.y) / 2, Math.hypot(after.x - at.x, after.y - at.y) / 2)
    context.arcTo(at.x, at.y, after.x, after.y, radius)
  }
  context.lineTo(last.x, last.y)
}

function drawBadge({ station, number, state, icon }: Badge, { context, palette, zoom }: Brush): void {
  context.save()
  context.translate(station.badge.x, station.badge.y)
  const scale = readable(zoom, 0.8, 1.3)
  context.scale(scale, scale)
  const passed = state !== 'future'
  const end = passed && icon === 'dropped' ? palette.drop : passed && icon === 'unmodelled' ? palette.rewrite : null
  const delivered = passed && icon === 'delivered' && station.kind === 'pod'
  context.beginPath()
  context.arc(0, 0, 8.5, 0, FULL_TURN)
  context.fillStyle = end ?? (passed ? palette.ink : palette.panel)
  context.fill()
  context.lineWidth = 1.25
  context.strokeStyle = end ?? (passed ? palette.panel : palette.stroke)
  context.stroke()
  context.fillStyle = passed ? palette['on-ink'] : palette['ink-2']
  if (delivered) {
    context.strokeStyle = palette['on-ink']
    context.lineWidth = 1.9
    polyline(context, [-3.6, 0.2, -1, 2.8, 3.8, -2.8])
  } else {
    context.font = '650 10.5px "Inter Variable", sans-serif'
    context.textAlign = 'center'
    context.textBaseline = 'middle'
    context.fillText(String(number), 0, 0.6)
  }
  context.restore()
}

function rewriteMark(at: Point, { context, palette, zoom }: Brush): void {
  context.save()
  context.translate(at.x, at.y)
  const scale = readable(zoom, 0.8, 1.3)
  context.scale(scale, scale)
  context.beginPath()
  context.arc(0, 0, 8.5, 0, FULL_TURN)
  context.fillStyle = palette.panel
  context.fill()
  context.lineWidth = 1.75
  context.strokeStyle = palette.rewrite
  context.stroke()
  context.beginPath()
  context.moveTo(0, -4.6)
  context.lineTo(-4.6, 0)
  context.lineTo(0, 4.6)
  context.closePath()
  context.fillStyle = palette.rewrite
  context.fill()
  polyline(context, [0, -4.2, 4.2, 0, 0, 4.2], 1.25)
  context.restore()
}
