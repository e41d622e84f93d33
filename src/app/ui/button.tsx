import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react'
import styles from './button.module.css'

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** outline: a bordered button; primary: ink, one a view; ghost: no border; icon: square, needs `aria-label`. */
  readonly look?: 'outline' | 'primary' | 'ghost' | 'icon'
  /** Key that does the same, shown on the button. */
  readonly shortcut?: string
  readonly ref?: Ref<HTMLButtonElement>
  readonly children?: ReactNode
}

/** Every button of the app. Icon buttons take their tooltip from `aria-label`. */
export function Button({ look = 'outline', shortcut, className, children, ...rest }: ButtonProps) {
  const classes = [styles.button, styles[look], className].filter(Boolean).join(' ')
  return (
    <button type="button" className={classes} title={look === 'icon' ? rest['aria-label'] : undefined} {...rest}>
      {children}
      {shortcut && (
        <kbd className={styles.kbd} aria-hidden>
          {shortcut}
        </kbd>
      )}
    </button>
  )
}
