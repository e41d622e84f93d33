import { useState } from 'react'
import type { Packet } from '../../../engine/net/packet.ts'
import { hexRows } from './hex-rows.ts'
import styles from './inspector.module.css'

/** The packet as it is on the wire, on demand; changed bytes marked. */
export function PacketBytes({ packet, before }: { readonly packet: Packet; readonly before: Packet | null }) {
  const [open, setOpen] = useState(false)
  return (
    <details className={styles.table} open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <b>Bytes</b> <code>hex, as on the wire</code>
      </summary>
      {open && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <pre className={styles.bytes} tabIndex={0}>
          {hexRows(packet, before).map(({ offset, runs, text }) => (
            <div key={offset}>
              {offset}
              {'  '}
              {runs.map(({ hex, changed }, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: runs of a row have no other identity
                <span key={i}>{changed ? <mark>{hex}</mark> : hex} </span>
              ))}
              {' '.repeat(Math.max(1, 49 - runs.reduce((sum, { hex }) => sum + hex.length + 1, 0)))}
              {text}
            </div>
          ))}
        </pre>
      )}
    </details>
  )
}
