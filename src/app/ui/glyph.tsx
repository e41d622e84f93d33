import type { Glyph as Shape } from '../store/identities.ts'

/** The small mark that says what kind of thing an address belongs to: pod, node, Service, anything outside. */
export function Glyph({ shape, hue, size = 9 }: { readonly shape: Shape; readonly hue: string; readonly size?: number }) {
  const color = `var(--${hue})`
  return (
    <svg width={size} height={size} viewBox="0 0 10 10" aria-hidden="true" style={{ flex: 'none' }}>
      {shape === 'circle' && <circle cx="5" cy="5" r="4.6" fill={color} />}
      {shape === 'square' && <rect x=".8" y=".8" width="8.4" height="8.4" fill={color} />}
      {shape === 'diamond' && <path d="M5 0l5 5-5 5-5-5z" fill={color} />}
      {shape === 'ring' && <circle cx="5" cy="5" r="3.8" fill="none" stroke={color} strokeWidth="1.8" />}
    </svg>
  )
}

/** The mark of Packetwalk: a packet, from and to. */
export function Logo() {
  return (
    <svg width="31" height="17" viewBox="0 0 31 17" aria-hidden="true">
      <rect x="0" y="0" width="15" height="17" rx="3" fill="var(--ink)" />
      <circle cx="7.5" cy="8.5" r="3" fill="var(--on-ink)" />
      <path d="M17.2 1.2h6.6l6 7.3-6 7.3h-6.6z" fill="none" stroke="var(--ink)" strokeWidth="2.4" strokeLinejoin="round" />
    </svg>
  )
}
