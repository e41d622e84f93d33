import { useState } from 'react'
import { galleryEntries } from '../../store/gallery.ts'
import { openGallery } from '../../store/opening.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import styles from './gallery.module.css'
import { grouped } from './grouped.ts'

/** The scenarios that come with Packetwalk. */
export default function Gallery({ onClose }: { readonly onClose: () => void }) {
  const [wanted, setWanted] = useState('')
  const groups = grouped(galleryEntries(), wanted)
  const open = (file: string): void => {
    onClose()
    void openGallery(file)
  }
  return (
    <Dialog title="Scenarios" description="Each opens beside your own work, which stays as it is." wide onClose={onClose}>
      <div className={styles.search}>
        <SearchField
          label="Search the scenarios"
          placeholder="Search: Service, IPVS, DNS, MTU …"
          value={wanted}
          onChange={setWanted}
          onKeyDown={({ key }) => {
            const first = groups[0]?.entries[0]
            if (key === 'Enter' && wanted.trim() !== '' && first) open(first.file)
          }}
        />
      </div>
      {groups.length === 0 && <p className={styles.none}>No scenario is about “{wanted.trim()}”.</p>}
      {groups.map(({ group, entries }) => (
        <section key={group} aria-label={group}>
          <h3 className={styles.group}>{group}</h3>
          <ul className={styles.list}>
            {entries.map(({ file, title, summary }) => (
              <li key={file}>
                <button type="button" className={styles.card} onClick={() => open(file)}>
                  <b>{title}</b>
                  <span className={styles.words}>{summary}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </Dialog>
  )
}
