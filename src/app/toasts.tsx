import { X } from 'lucide-react'
import { useEffect } from 'react'
import { appState, useStore } from './store/store.ts'
import styles from './toasts.module.css'
import { Button } from './ui/button.tsx'

/** How long a message about something that worked stays, ms. Errors stay until they are closed. */
const STAYS_MS = 6_000

/** Short messages about what was just done. */
export function Toasts() {
  const toasts = useStore((state) => state.toasts)
  return (
    <div className={styles.toasts}>
      {toasts.map((toast) => (
        <Toast key={toast.id} id={toast.id} text={toast.text} kind={toast.kind} />
      ))}
    </div>
  )
}

function Toast({ id, text, kind }: { readonly id: number; readonly text: string; readonly kind: 'info' | 'error' }) {
  useEffect(() => {
    if (kind === 'error') return
    const timer = setTimeout(() => appState().dismissToast(id), STAYS_MS)
    return () => clearTimeout(timer)
  }, [id, kind])
  return (
    <div className={`${styles.toast} ${kind === 'error' ? styles.error : ''}`} role={kind === 'error' ? 'alert' : 'status'}>
      <p>{text}</p>
      <Button look="icon" aria-label="Dismiss" onClick={() => appState().dismissToast(id)}>
        <X size={15} aria-hidden />
      </Button>
    </div>
  )
}
