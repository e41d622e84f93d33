/** Draws a scene on a 2D canvas, in canvas units: lines first, then numbers, then packets. */
import type { Glyph, Hue } from '../../store/identities.ts'
import { offsetLine, sliceLine } from './path.ts'
import type { Badge, End, Letter, Line, Scene } from './scene.ts'
import type { Point } from './shapes.ts'

export type Token = Hue | 'bg' | 'panel' | 'ink' | 'ink-2' | 'ink-3' | 'on-ink' | 'stroke' | 'rewrite' | 'drop' | 'knock'
export type Palette = Readonly<Record<Token, string>>

const CORNER = 7
const FULL_TURN = Math.PI * 2

export interface Brush {
  readonly context: CanvasRenderingContext2D
  readonly palette: Palette
  readonly zoom: number
}

/** Everything of one moment. The context is already in canvas units. */
export function drawScene(scene: Scene, brush: Brush): void {
  for (const points of scene.unreached) drawUnreached(points, brush)
  for (const line of scene.lines) drawLine(line, brush)
  for (const mark of scene.marks) rewriteMark(mark.pose.at, brush)
  for (const badge of scene.badges) drawBadge(badge, brush)
  for (const letter of scene.letters) drawLetter(letter, brush)
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

function drawUnreached(points: readonly Point[], { context, palette }: Brush): void {
  context.lineWidth = 1.5
  context.strokeStyle = palette.stroke
  context.setLineDash([2, 4])
  stroke(context, points)
  context.setLineDash([])
}

function stroke(context: CanvasRenderingContext2D, points: readonly Point[]): void {
  const [first] = points
  const last = points.at(-1)
  if (!first || !last || points.length < 2) return
  context.beginPath()
  context.moveTo(first.x, first.y)
  for (let index = 1; index < points.length - 1; index++) {
    const [before, at, after] = [points[index - 1], points[index], points[index + 1]]
    if (!before || !at || !after) continue
    const radius = Math.min(CORNER, Math.hypot(at.x - before.x, at.y - before.y) / 2, Math.hypot(after.x - at.x, after.y - at.y) / 2)
    context.arcTo(at.x, at.y, after.x, after.y, radius)
  }
  context.lineTo(last.x, last.y)
  context.stroke()
}

/** Packets and numbers keep a readable size on screen. */
function readable(zoom: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, zoom)) / zoom
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

function polyline(context: CanvasRenderingContext2D, xy: readonly number[], width?: number): void {
  if (width !== undefined) context.lineWidth = width
  context.lineJoin = 'round'
  context.lineCap = 'round'
  context.beginPath()
  for (let index = 0; index < xy.length; index += 2) context.lineTo(xy[index] ?? 0, xy[index + 1] ?? 0)
  context.stroke()
}

const HALF = 18
const TAIL: readonly number[] = [-18, -9, -0.9, -9, -0.9, 9, -18, 9]
const POINT: readonly number[] = [0.9, -9, 9.6, -9, 18, 0, 9.6, 9, 0.9, 9]

function drawLetter(letter: Letter, brush: Brush): void {
  const { context, zoom } = brush
  context.save()
  context.translate(letter.pose.at.x, letter.pose.at.y)
  const scale = readable(zoom, 24 / 36, 54 / 36)
  context.scale(scale, scale)
  if (letter.ended === 'dropped') drawBroken(letter, brush)
  else if (letter.ended === 'unmodelled') drawStopped(letter, brush)
  else if (letter.kind !== 'packet') drawArp(letter, brush)
  else {
    context.rotate(letter.pose.angle)
    drawWhole(letter, brush)
    for (const [end, x] of [[letter.tail, -15] as const, [letter.point, 9] as const]) if (end.rewritten === 'carried') dot(x, -9.5, brush)
    if (letter.icmpError) warning(-15, -9, brush)
  }
  context.restore()
}

function drawWhole(letter: Letter, brush: Brush): void {
  drawPart(TAIL, letter.tail, letter, brush)
  drawPart(POINT, letter.point, letter, brush)
  glyphIn(letter.tail, -9.4, letter, brush)
  glyphIn(letter.point, 7.6, letter, brush)
}

function shape(context: CanvasRenderingContext2D, xy: readonly number[], grow: number): void {
  const xs = xy.filter((_, index) => index % 2 === 0)
  const middle = (Math.min(...xs) + Math.max(...xs)) / 2
  const points: Point[] = []
  for (let index = 0; index < xy.length; index += 2) {
    const x = xy[index] ?? 0
    const y = xy[index + 1] ?? 0
    points.push({ x: x + Math.sign(x - middle) * grow, y: y + Math.sign(y) * grow })
  }
  const radius = 3 + grow / 2
  context.beginPath()
  const last = points.at(-1)
  const first = points[0]
  if (!first || !last) return
  context.moveTo((first.x + last.x) / 2, (first.y + last.y) / 2)
  for (const [index, point] of points.entries()) {
    const next = points[index + 1] ?? first
    context.arcTo(point.x, point.y, next.x, next.y, Math.abs(point.x) < 2 ? 1 : radius)
  }
  context.closePath()
}

function drawPart(xy: readonly number[], end: End, letter: Letter, { context, palette }: Brush): void {
  context.lineJoin = 'round'
  if (end.rewritten === 'now') {
    shape(context, xy, 4.4)
    context.fillStyle = palette.panel
    context.fill()
    context.lineWidth = 2.4
    context.strokeStyle = palette.rewrite
    context.stroke()
  } else {
    shape(context, xy, 1.6)
    context.fillStyle = palette.panel
    context.fill()
  }
  shape(context, xy, letter.hollow ? -1 : 0)
  context.fillStyle = letter.hollow ? palette.panel : palette[end.hue]
  context.fill()
  if (letter.hollow) {
    context.lineWidth = 2
    context.strokeStyle = palette[end.hue]
    context.stroke()
  }
}

function glyphIn(end: End, x: number, letter: Letter, { context, palette }: Brush): void {
  context.save()
  context.translate(x, 0)
  context.rotate(-letter.pose.angle)
  context.fillStyle = letter.hollow ? palette[end.hue] : palette.knock
  context.strokeStyle = context.fillStyle
  glyph(end.glyph, context)
  context.restore()
}

function glyph(kind: Glyph, context: CanvasRenderingContext2D): void {
  context.beginPath()
  if (kind === 'circle') context.arc(0, 0, 3.3, 0, FULL_TURN)
  else if (kind === 'square') context.rect(-3, -3, 6, 6)
  else if (kind === 'diamond') {
    context.moveTo(0, -4.2)
    context.lineTo(4.2, 0)
    context.lineTo(0, 4.2)
    context.lineTo(-4.2, 0)
    context.closePath()
  } else {
    context.arc(0, 0, 2.9, 0, FULL_TURN)
    context.lineWidth = 1.7
    context.stroke()
    return
  }
  context.fill()
}

function dot(x: number, y: number, { context, palette }: Brush): void {
  context.beginPath()
  context.arc(x, y, 3, 0, FULL_TURN)
  context.fillStyle = palette.rewrite
  context.fill()
  context.lineWidth = 1.25
  context.strokeStyle = palette.panel
  context.stroke()
}

function warning(x: number, y: number, { context, palette }: Brush): void {
  context.beginPath()
  context.moveTo(x, y - 7)
  context.lineTo(x + 7, y + 5)
  context.lineTo(x - 7, y + 5)
  context.closePath()
  context.lineJoin = 'round'
  context.fillStyle = palette.ink
  context.fill()
  context.lineWidth = 1.5
  context.strokeStyle = palette.panel
  context.stroke()
  context.fillStyle = palette['on-ink']
  context.fillRect(x - 0.8, y - 3, 1.6, 4.2)
  context.fillRect(x - 0.8, y + 2.2, 1.6, 1.6)
}

function drawArp(letter: Letter, { context, palette }: Brush): void {
  const color = palette[letter.tail.hue]
  context.beginPath()
  context.roundRect(-9, -9, 18, 18, 3)
  context.fillStyle = palette.panel
  context.fill()
  context.lineWidth = 2
  context.strokeStyle = color
  context.setLineDash(letter.kind === 'arp-request' ? [3.2, 2.4] : [])
  context.stroke()
  context.setLineDash([])
  context.fillStyle = color
  context.font = '650 12px "Inter Variable", sans-serif'
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillText(letter.kind === 'arp-request' ? '?' : '=', 0, 0.8)
}

/** Nothing ended the packet, only the model: it waits whole before an amber bar and a question mark. */
function drawStopped(letter: Letter, brush: Brush): void {
  const { context, palette } = brush
  context.save()
  context.rotate(letter.pose.angle)
  context.fillStyle = palette.rewrite
  context.fillRect(-2, -17, 4, 34)
  context.translate(-34, 0)
  drawWhole(letter, brush)
  context.restore()
  disc(9, palette.rewrite, brush)
  context.fillStyle = palette.panel
  context.font = '650 12px "Inter Variable", sans-serif'
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillText('?', 0, 0.8)
}

function disc(radius: number, color: string, { context, palette }: Brush): void {
  context.beginPath()
  context.arc(0, 0, radius, 0, FULL_TURN)
  context.fillStyle = color
  context.fill()
  context.lineWidth = 1.5
  context.strokeStyle = palette.panel
  context.stroke()
}

/** Three signs: a bar across the line, a disc with a cross, and the letter broken in front of it. */
function drawBroken(letter: Letter, brush: Brush): void {
  const { context, palette } = brush
  context.save()
  context.rotate(letter.pose.angle)
  context.fillStyle = palette.drop
  context.fillRect(-2, -17, 4, 34)
  for (const [xy, end, x, turn] of [
    [TAIL, letter.tail, -44, -0.14],
    [POINT, letter.point, -26, 0.32],
  ] as const) {
    context.save()
    const middle = xy === TAIL ? -HALF / 2 : HALF / 2
    context.translate(x, 0)
    context.rotate(turn)
    context.translate(-middle, 0)
    drawPart(xy, { ...end, rewritten: null }, letter, brush)
    glyphIn(end, xy === TAIL ? -9.4 : 7.6, letter, brush)
    context.restore()
  }
  context.restore()
  disc(9, palette.drop, brush)
  context.strokeStyle = palette.knock
  polyline(context, [-3.2, -3.2, 3.2, 3.2], 2)
  polyline(context, [3.2, -3.2, -3.2, 3.2], 2)
}
