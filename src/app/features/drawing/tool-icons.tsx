/** The shapes of the picture, small: what a tool draws looks like it. */
import type { ReactNode } from 'react'
import type { DrawnKind } from '../../../engine/kubernetes/drawing/gesture.ts'

const TILE = <rect x="3.500" y="3.500" width="13" height="11" rx="2.500" />
const SHAPES: Readonly<Record<DrawnKind, ReactNode>> = {
  node: (
    <>
      <rect x="2.500" y="3" width="15" height="13" rx="3" />
      <path d="M2.500 7h15M5 11.500h10" />
      <rect x="8" y="14.500" width="4" height="3" fill="currentColor" stroke="none" />
    </>
  ),
  pod: (
    <>
      {TILE}
      <circle cx="10" cy="15" r="2.200" fill="var(--panel)" />
    </>
  ),
  deployment: (
    <>
      <path d="M6.500 5.500V5a2 2 0 0 1 2-2H15a2 2 0 0 1 2 2v5a2 2 0 0 1-2 2h-.5" />
      <rect x="3" y="6" width="11" height="9" rx="2.200" />
      <circle cx="8.500" cy="15.300" r="1.900" fill="var(--panel)" />
    </>
  ),
  service: <path d="M5 4.500h10l3.500 5.500-3.500 5.500H5L1.500 10z" strokeDasharray="2.500 1.800" stroke="var(--id-svc)" />,
  host: <path d="M3 3.500h14v9H3zM10 12.500V16M6 16.500h8" />,
  network: <path d="M3 12h14M6 12V6M14 12v4" strokeWidth="3" strokeLinecap="round" />,
  bridge: (
    <>
      <rect x="2.500" y="8" width="15" height="5" />
      <path d="M6 8V4.500M10 8V4.500M14 8V4.500" />
    </>
  ),
  networkpolicy: <path d="M10 2.500l6 2v5c0 4-2.500 6.500-6 8-3.500-1.500-6-4-6-8v-5z" />,
  ingress: (
    <>
      {TILE}
      <path d="M6.500 7.500h7M6.500 10.500h4.500" />
    </>
  ),
  walk: <path d="M2.500 5.500h6.800v9H2.500zM11 5.500h3.500L18 10l-3.500 4.500H11z" />,
  script: <path d="M3.500 5l5 5-5 5M10 15.500h7" />,
}

export function ToolIcon({ what }: { readonly what: DrawnKind }) {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.500" aria-hidden="true">
      {SHAPES[what]}
    </svg>
  )
}
