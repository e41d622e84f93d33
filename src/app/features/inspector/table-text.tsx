import { Fragment } from 'react'
import { currentOwners, type Owner, piecesOf } from '../../store/owners.ts'
import { appState, useStore } from '../../store/store.ts'
import { currentIdentities } from '../../store/walk-identities.ts'
import styles from './inspector.module.css'

const KINDS: Readonly<Record<Owner['kind'], string>> = { pod: 'pod', node: 'node', service: 'Service', outside: 'machine' }

/** A line of a table as the tool prints it; addresses, MACs and veths lead to the document of what has them. */
export function TableText({ line, where }: { readonly line: string; readonly where: string }) {
  const topology = useStore((state) => state.topology)
  const walk = useStore((state) => state.walk)
  const { identities } = currentIdentities(topology, walk)
  return piecesOf(line, where, currentOwners(topology)).map(({ text, owner }, index) => {
    // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a line have no other identity
    if (owner === null) return <Fragment key={index}>{text}</Fragment>
    const hue = identities.byRef.get(owner.ref)?.hue
    const style = hue === undefined ? undefined : { color: `var(--${hue})` }
    const says = `${KINDS[owner.kind]} ${owner.name}${owner.line === null ? '' : `, line ${owner.line}`}`
    return owner.line === null ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a line have no other identity
      <span key={index} style={style} title={says}>
        {text}
      </span>
    ) : (
      <button
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a line have no other identity
        key={index}
        type="button"
        className={styles.owned}
        style={style}
        title={says}
        aria-label={`${text}, ${says}`}
        onClick={() => appState().revealLine(owner.line ?? 1)}
      >
        {text}
      </button>
    )
  })
}
