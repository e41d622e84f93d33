/** What the drawing functions share: the pen, its colours, and marks of several places. */
import type { Hue } from '../../store/identities.ts'

export type Token = Hue | 'bg' | 'panel' | 'ink' | 'ink-2' | 'ink-3' | 'on-ink' | 'stroke' | 'rewrite' | 'drop' | 'knock'
export type Palette = Readonly<Record<Token, string>>

export const FULL_TURN = Math.PI * 2

/** The canvas on screen, or one that is kept to be stamped from. */
export type Pen = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D

export interface Brush {
  readonly context: Pen
  readonly palette: Palette
  readonly zoom: number
}

/** Packets and numbers keep a readable size on screen. */
export function readable(zoom: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, zoom)) / zoom
}

export function polyline(context: Pen, xy: readonly number[], width?: number): void {
  if (width !== undefined) context.lineWidth = width
  context.lineJoin = 'round'
  context.lineCap = 'round'
  context.beginPath()
  for (let index = 0; index < xy.length; index += 2) context.lineTo(xy[index] ?? 0, xy[index + 1] ?? 0)
  context.stroke()
}

/** A filled circle with a rim in the colour of the ground. */
export function disc(radius: number, color: string, { context, palette }: Brush): void {
  context.beginPath()
  context.arc(0, 0, radius, 0, FULL_TURN)
  context.fillStyle = color
  context.fill()
  context.lineWidth = 1.5
  context.strokeStyle = palette.panel
  context.stroke()
}
