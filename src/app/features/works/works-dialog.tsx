import { Copy, Pencil, Trash2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { deleteWork, duplicateWork, renameOwn, restoreWork } from '../../store/keeping.ts'
import { openWork } from '../../store/opening.ts'
import { useStore } from '../../store/store.ts'
import { listWorks, type Work, type WorkEntry } from '../../store/works.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import styles from './works-dialog.module.css'

/** All of the user's own scenarios: to open, rename, duplicate and delete. A deletion can be taken back while the dialog is open. */
export default function WorksDialog({ onClose }: { readonly onClose: () => void }) {
  const [words, setWords] = useState('')
  const [deleted, setDeleted] = useState<readonly Work[]>([])
  const [changes, setChanges] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `changes` counts what was done to the list
  const works = useMemo(listWorks, [changes])
  const all = [...works, ...deleted].sort((a, b) => b.changedMs - a.changedMs)
  const shown = all.filter(({ title }) => title.toLowerCase().includes(words.trim().toLowerCase()))
  const changed = (): void => setChanges(changes + 1)
  const remove = (id: string): void => {
    const work = deleteWork(id)
    if (work) setDeleted([...deleted, work])
    changed()
  }
  const restore = (work: Work): void => {
    restoreWork(work)
    setDeleted(deleted.filter(({ id }) => id !== work.id))
    changed()
  }
  return (
    <Dialog
      title="Your works"
      description="Kept in this browser as you type. None is ever deleted unless you do it here."
      onClose={onClose}
    >
      <SearchField label="Search your works" placeholder="Search" value={words} onChange={setWords} />
      <ul className={styles.list} aria-label="Works">
        {shown.map((entry) => {
          const gone = deleted.find(({ id }) => id === entry.id)
          return gone ? (
            <Gone key={entry.id} work={gone} onUndo={() => restore(gone)} />
          ) : (
            <Row key={entry.id} entry={entry} onClose={onClose} onChanged={changed} onDelete={() => remove(entry.id)} />
          )
        })}
      </ul>
      {shown.length === 0 && (
        <p className={styles.empty}>{all.length === 0 ? 'Nothing is kept yet. Type something.' : 'No work has this name.'}</p>
      )}
    </Dialog>
  )
}

interface RowProps {
  readonly entry: WorkEntry
  readonly onClose: () => void
  readonly onChanged: () => void
  readonly onDelete: () => void
}

function Row({ entry, onClose, onChanged, onDelete }: RowProps) {
  const isOpen = useStore((state) => state.workId === entry.id)
  const [renaming, setRenaming] = useState(false)
  const rename = (title: string): void => {
    setRenaming(false)
    if (title.trim() === '' || title.trim() === entry.title) return
    renameOwn(entry.id, title.trim())
    onChanged()
  }
  const open = (): void => {
    onClose()
    if (!isOpen) openWork(entry.id)
  }
  return (
    <li className={styles.row}>
      {renaming ? (
        <TitleField title={entry.title} onDone={rename} onCancel={() => setRenaming(false)} />
      ) : (
        <button type="button" className={styles.open} onClick={open} aria-current={isOpen || undefined}>
          <span className={styles.title} title={entry.title}>
            {entry.title}
          </span>
          <span className={styles.when}>{isOpen ? 'on screen' : whenWords(entry.changedMs)}</span>
        </button>
      )}
      <Button look="icon" aria-label={`Rename ${entry.title}`} onClick={() => setRenaming(true)}>
        <Pencil size={15} aria-hidden />
      </Button>
      <Button
        look="icon"
        aria-label={`Duplicate ${entry.title}`}
        onClick={() => {
          duplicateWork(entry.id)
          onChanged()
        }}
      >
        <Copy size={15} aria-hidden />
      </Button>
      <Button look="icon" aria-label={`Delete ${entry.title}`} onClick={onDelete}>
        <Trash2 size={15} aria-hidden />
      </Button>
    </li>
  )
}

interface TitleFieldProps {
  readonly title: string
  readonly onDone: (title: string) => void
  readonly onCancel: () => void
}

/** Enter and leaving it rename, Escape does not. */
function TitleField({ title, onDone, onCancel }: TitleFieldProps) {
  return (
    <input
      className={styles.field}
      aria-label={`New name of ${title}`}
      defaultValue={title}
      spellCheck={false}
      ref={(field) => field?.select()}
      onBlur={(event) => onDone(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onDone(event.currentTarget.value)
        if (event.key !== 'Escape') return
        event.stopPropagation()
        // Leaving the field, which comes next, then changes nothing.
        event.currentTarget.value = title
        onCancel()
      }}
    />
  )
}

function Gone({ work, onUndo }: { readonly work: Work; readonly onUndo: () => void }) {
  return (
    <li className={styles.row} role="status">
      <span className={styles.gone}>{work.title} is deleted.</span>
      <Button onClick={onUndo}>Undo</Button>
    </li>
  )
}

function whenWords(changedMs: number): string {
  return changedMs === 0 ? '' : new Date(changedMs).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
}
