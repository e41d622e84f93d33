/** The marks of the timeline: what kind of thing happened, as a line drawing in a 24 px disc. */
import type { ReactNode } from 'react'
import type { StepIcon } from '../../store/frames.ts'

const line = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.5, strokeLinecap: 'round', strokeLinejoin: 'round' } as const
const solid = { fill: 'currentColor' } as const

const GLYPHS: Readonly<Record<StepIcon, ReactNode>> = {
  sent: <path {...line} d="M-4.5-3.5v7M-4.5 0H4.5M1.5-3l3 3-3 3" />,
  reply: <path {...line} d="M4.5-3.5v7M4.5 0H-4.5M-1.5-3l-3 3 3 3" />,
  arp: (
    <>
      <rect {...line} x="-5" y="-5" width="10" height="10" rx="1.5" strokeDasharray="2.4 1.6" />
      <path {...line} strokeWidth="1.3" d="M-1.5-1.4c0-2 3.2-1.8 3 .1C1.400-.2 0-.1 0 1.100M0 3v.1" />
    </>
  ),
  routed: <path {...line} d="M0 5V.5L-4.500-4M0 .5 4.500-4M1.800-4.300h2.900v2.900" />,
  bridged: <path {...line} d="M-5.500 2.500h11M-3.500 2V-2.500M0 2V-2.500M3.500 2V-2.500" />,
  rule: (
    <>
      <path {...line} strokeWidth="1.3" d="M-4.500-3.800h9M-4.500 3.800h9" />
      <rect {...solid} x="-5" y="-1.600" width="10" height="3.200" rx=".6" />
    </>
  ),
  rewritten: (
    <>
      <path {...line} strokeWidth="1.3" d="M0-5 5 0 0 5-5 0Z" />
      <path {...solid} d="M0-5V5L-5 0Z" />
    </>
  ),
  conntrack: (
    <>
      <circle {...line} cx="-2" cy="0" r="3.300" />
      <circle {...line} cx="2" cy="0" r="3.300" />
    </>
  ),
  wire: <path {...line} d="M-5-3v6M5-3v6M-5 0H5" />,
  wrapped: (
    <>
      <rect {...line} x="-5" y="-4" width="10" height="8" rx="1" />
      <rect {...solid} x="-2.200" y="-1.500" width="4.400" height="3" />
    </>
  ),
  unwrapped: <path {...line} d="M-1.500-4H-5v8h3.500M-2 0H5.500M3-2.500 5.500 0 3 2.500" />,
  dropped: <path {...line} strokeWidth="1.900" d="M-3.600-3.600 3.600 3.600M3.600-3.600-3.600 3.600" />,
  unmodelled: <path {...line} strokeWidth="1.7" d="M-2.600-2.300C-2.600-5.800 2.800-5.400 2.600-2.200 2.400-.3 0-.2 0 1.600M0 4.600v.1" />,
  delivered: (
    <>
      <circle {...solid} r="5.600" />
      <path {...line} stroke="var(--panel)" d="M-2.600.1-.800 2 2.700-1.800" />
    </>
  ),
}

/** Inside of a 24 × 24 disc, around its middle; `currentColor` for strokes and fills. */
export function StepGlyph({ icon }: { readonly icon: StepIcon }) {
  return GLYPHS[icon]
}
