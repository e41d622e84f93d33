/** Draws packets: two-part letters, whole, broken, or inside the letters of their tunnels. */
import type { Glyph } from '../../store/identities.ts'
import { type Brush, disc, FULL_TURN, type Pen, polyline, readable } from './brush.ts'
import type { End, Letter, WalkMark } from './scene.ts'
import type { Point } from './shapes.ts'

const HALF = 18
const TAIL: readonly number[] = [-18, -9, -0.9, -9, -0.9, 9, -18, 9]
const POINT: readonly number[] = [0.9, -9, 9.6, -9, 18, 0, 9.6, 9, 0.9, 9]

/** One packet where it is, never too small to be seen. */
export function drawLetter(letter: Letter, brush: Brush): void {
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
    if (letter.outer.length > 0) wrap(letter, brush)
    drawWhole(letter, brush)
    for (const [end, x] of [[letter.tail, -15] as const, [letter.point, 9] as const]) if (end.rewritten === 'carried') dot(x, -9.5, brush)
    if (letter.icmpError) warning(-15, -9, brush)
  }
  context.restore()
}

/** Which walk a packet is of, beside it: hues repeat after a while, and not everybody tells them apart. */
export function drawNumber({ pose: { at, angle } }: Letter, { number, hue }: WalkMark, brush: Brush): void {
  const { context, palette, zoom } = brush
  context.save()
  context.translate(at.x, at.y)
  const scale = readable(zoom, 24 / 36, 54 / 36)
  context.scale(scale, scale)
  // Above a packet that lies, right of one that stands.
  const lies = Math.abs(Math.cos(angle)) > 0.5
  context.translate(lies ? 0 : 16, lies ? -16 : 0)
  context.beginPath()
  context.roundRect(-7, -7, 14, 14, 4)
  context.fillStyle = palette[hue]
  context.fill()
  context.lineWidth = 1.5
  context.strokeStyle = palette.panel
  context.stroke()
  context.fillStyle = palette.knock
  context.font = '650 10.5px "Inter Variable", sans-serif'
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillText(String(number), 0, 0.6)
  context.restore()
}

/** From the middle of an ARP square to the edge of its stamp. */
const STAMP = 11
const stamps = new Map<string, OffscreenCanvas>()

/** One of very many packets: ARP squares look all the same, so each kind is drawn once and stamped. */
export function drawStamped(letter: Letter, brush: Brush): void {
  if (letter.kind === 'packet' || letter.ended !== null) {
    drawLetter(letter, brush)
    return
  }
  const { context, palette, zoom } = brush
  const scale = readable(zoom, 24 / 36, 54 / 36)
  const pixels = scale * context.getTransform().a
  const key = `${letter.kind} ${palette[letter.tail.hue]} ${palette.panel} ${pixels}`
  const side = Math.ceil(2 * STAMP * pixels)
  const stamp = stamps.get(key) ?? new OffscreenCanvas(side, side)
  if (!stamps.has(key)) {
    const pen = stamp.getContext('2d')
    if (pen === null) {
      drawLetter(letter, brush)
      return
    }
    pen.scale(pixels, pixels)
    pen.translate(STAMP, STAMP)
    drawArp(letter, { ...brush, context: pen })
    if (stamps.size > 20) stamps.clear()
    stamps.set(key, stamp)
  }
  const { x, y } = letter.pose.at
  context.drawImage(stamp, x - STAMP * scale, y - STAMP * scale, side / context.getTransform().a, side / context.getTransform().a)
}

/** Two letters around one can be seen; beyond that they are counted. */
const MOST_LETTERS = 2
const INSIDE = 0.9

/** The letters of the tunnels around a packet; what is drawn next is inside them, smaller. */
function wrap({ outer, pose }: Letter, { context, palette }: Brush): void {
  const shown = outer.slice(0, MOST_LETTERS)
  for (const [index, { tail, point }] of shown.entries()) {
    const around = shown.length - 1 - index
    const [back, front, tip, half] = [-40 - around * 20, 27 + around * 16, 44 + around * 22, 15 + around * 5]
    context.beginPath()
    context.roundRect(back, -half, front - back, 2 * half, [3, 0, 0, 3])
    context.moveTo(front, -half)
    context.lineTo(tip, 0)
    context.lineTo(front, half)
    context.fillStyle = palette.panel
    context.fill()
    context.lineWidth = 2
    context.lineJoin = 'round'
    context.strokeStyle = tail.rewritten === 'now' || point.rewritten === 'now' ? palette.rewrite : palette['id-node']
    context.beginPath()
    context.moveTo(back, -half)
    context.lineTo(front, -half)
    context.lineTo(tip, 0)
    context.lineTo(front, half)
    context.lineTo(back, half)
    context.closePath()
    context.moveTo(back + 14, -half)
    context.lineTo(back + 14, half)
    context.stroke()
    for (const [end, x] of [[tail, back + 7] as const, [point, front + 6] as const]) {
      context.save()
      context.translate(x, 0)
      context.rotate(-pose.angle)
      context.fillStyle = palette[end.hue]
      context.strokeStyle = palette[end.hue]
      glyph(end.glyph, context)
      context.restore()
    }
  }
  if (outer.length > MOST_LETTERS) {
    context.save()
    context.rotate(-pose.angle)
    context.fillStyle = palette['ink-2']
    context.font = '600 11px "Inter Variable", sans-serif'
    context.textAlign = 'center'
    context.fillText(`×${outer.length}`, 0, -34)
    context.restore()
  }
  context.scale(INSIDE, INSIDE)
}

function drawWhole(letter: Letter, brush: Brush): void {
  drawPart(TAIL, letter.tail, letter, brush)
  drawPart(POINT, letter.point, letter, brush)
  glyphIn(letter.tail, -9.4, letter, brush)
  glyphIn(letter.point, 7.6, letter, brush)
}

function shape(context: Pen, xy: readonly number[], grow: number): void {
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

function glyph(kind: Glyph, context: Pen): void {
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
