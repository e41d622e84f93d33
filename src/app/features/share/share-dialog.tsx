import { useStore } from '../../store/store.ts'
import { Dialog } from '../../ui/dialog.tsx'
import styles from './share-dialog.module.css'

/** Shown where the browser does not let the page use the clipboard: the link, to copy by hand. */
export default function ShareDialog({ onClose }: { readonly onClose: () => void }) {
  const link = useStore((state) => state.shareLink)
  return (
    <Dialog
      title="Link to this scenario"
      description={`${link.length.toLocaleString('en')} characters; the whole scenario is in it. Copy it from here.`}
      onClose={onClose}
    >
      <textarea className={styles.link} readOnly value={link} aria-label="Link" onFocus={(event) => event.target.select()} />
    </Dialog>
  )
}
