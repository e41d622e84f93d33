import type { TraceRecord } from '../../../engine/simulation/trace.ts'
import { type Glyph, type Identities, identityOf } from '../../store/identities.ts'
import { endsOf, unwrapped } from '../../store/packet-words.ts'

interface LetterMarkProps {
  readonly record: TraceRecord
  readonly reply: boolean
  readonly identities: Identities
}

/** The packet on a vertical line: its point leads downwards. Hollow: a reply. Amber around the part that changes here. */
export function LetterMark({ record, reply, identities }: LetterMarkProps) {
  const { event, where } = record
  const { packet, outer } = unwrapped(event.packet)
  const now = endsOf(packet)
  const before = event.at === 'nat_manip' ? endsOf(unwrapped(event.before).packet) : now
  const end = (side: 'source' | 'destination') => {
    const { hue, glyph } = identityOf(identities, now[side], where)
    const port = side === 'source' ? 'sourcePort' : 'destinationPort'
    return { color: `var(--${hue})`, glyph, changed: before[side] !== now[side] || before[port] !== now[port] }
  }
  const [tail, point] = [end('source'), end('destination')]
  const fill = (color: string) => (reply ? { fill: 'var(--panel)', stroke: color, strokeWidth: 2 } : { fill: color, stroke: 'none' })
  const amber = { fill: 'none', stroke: 'var(--rewrite)', strokeWidth: 2 }
  return (
    <svg width="32" height="52" viewBox="-16 -26 32 52" aria-hidden="true">
      {outer.length > 0 && <path d="M-15 -25H15V11L0 25.500L-15 11Z" fill="none" stroke="var(--id-node)" strokeWidth="1.500" />}
      <rect x="-11" y="-23" width="22" height="20" rx="3" {...fill(tail.color)} />
      <path d="M-11 -1H11V12L0 22L-11 12Z" {...fill(point.color)} />
      {tail.changed && <rect x="-14" y="-26" width="28" height="26" rx="5" {...amber} />}
      {point.changed && <path d="M-14 -4H14V13.500L0 26L-14 13.500Z" {...amber} />}
      <Mark glyph={tail.glyph} y={-13} color={reply ? tail.color : 'var(--knock)'} />
      <Mark glyph={point.glyph} y={8} color={reply ? point.color : 'var(--knock)'} />
    </svg>
  )
}

function Mark({ glyph, y, color }: { readonly glyph: Glyph; readonly y: number; readonly color: string }) {
  switch (glyph) {
    case 'circle':
      return <circle cx="0" cy={y} r="4.500" fill={color} />
    case 'square':
      return <rect x="-4" y={y - 4} width="8" height="8" fill={color} />
    case 'diamond':
      return <path d={`M0 ${y - 5}L5 ${y}L0 ${y + 5}L-5 ${y}Z`} fill={color} />
    case 'ring':
      return <circle cx="0" cy={y} r="3.800" fill="none" stroke={color} strokeWidth="2" />
  }
}
