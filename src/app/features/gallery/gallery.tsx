import { useEffect, useState } from 'react'
import { galleryNames, galleryText } from '../../store/gallery.ts'
import { openGallery } from '../../store/opening.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { type Description, describe } from './describe.ts'
import styles from './gallery.module.css'

/** The scenarios that come with Packetwalk. */
export default function Gallery({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Scenarios" description="Each opens beside your own work, which stays as it is." wide onClose={onClose}>
      <ul className={styles.list}>
        {galleryNames().map((name) => (
          <Card key={name} name={name} onClose={onClose} />
        ))}
      </ul>
    </Dialog>
  )
}

function Card({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const [description, setDescription] = useState<Description | null>(null)
  useEffect(() => {
    let wanted = true
    void galleryText(name).then((text) => wanted && setDescription(describe(name, text ?? '')))
    return () => {
      wanted = false
    }
  }, [name])
  return (
    <li>
      <button
        type="button"
        className={styles.card}
        onClick={() => {
          onClose()
          void openGallery(name)
        }}
      >
        <b>{description?.title ?? name}</b>
        <span className={styles.words}>{description?.words}</span>
        <span className={styles.kinds}>{description?.kinds}</span>
      </button>
    </li>
  )
}
