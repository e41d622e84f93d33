import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import styles from './dialog.module.css'
import { useFocusReturn } from './use-focus-return.ts'

export interface DialogProps {
  readonly title: string
  readonly description?: string
  readonly wide?: boolean
  /** It holds text only: the text itself takes the focus, so that keys scroll it. */
  readonly reading?: boolean
  readonly onClose: () => void
  /** It is gone, and the focus is back where it was. */
  readonly onClosed?: () => void
  readonly children: ReactNode
}

/** A modal dialog: focus stays inside, Escape and a click beside it close it. */
export function Dialog({ title, description, wide = false, reading = false, onClose, onClosed, children }: DialogProps) {
  const onCloseAutoFocus = useFocusReturn(() => onClosed?.())
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className={styles.scrim} />
        <Radix.Content
          className={`${styles.dialog} ${wide ? styles.wide : ''}`}
          onCloseAutoFocus={onCloseAutoFocus}
          {...(description ? {} : { 'aria-describedby': undefined })}
        >
          <header className={styles.header}>
            <Radix.Title className={styles.title}>{title}</Radix.Title>
            <Radix.Close asChild>
              <Button look="icon" aria-label="Close">
                <X size={16} aria-hidden />
              </Button>
            </Radix.Close>
          </header>
          {description && <Radix.Description className={styles.description}>{description}</Radix.Description>}
          <div className={styles.body} tabIndex={reading ? 0 : undefined}>
            {children}
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
