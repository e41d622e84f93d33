/** Frames at interfaces, as packet sockets see them. */
import type { LinkType } from './pcapng.ts'

export interface CapturedFrame {
  /** Name of the namespace: 'node/worker-1'. */
  readonly where: string
  readonly device: string
  readonly direction: 'in' | 'out'
  readonly linkType: LinkType
  /** As on the wire, payloads included. */
  readonly bytes: Uint8Array
  /** Virtual time, ms since the world began. */
  readonly timeMs: number
}
