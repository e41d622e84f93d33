import { Search } from 'lucide-react'
import type { KeyboardEventHandler } from 'react'
import styles from './search-field.module.css'

export interface SearchFieldProps {
  /** Its name for screen readers, and, where there is no `placeholder`, what stands in it while it is empty. */
  readonly label: string
  readonly placeholder?: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly onKeyDown?: KeyboardEventHandler<HTMLInputElement>
}

/** A field that narrows the list under it as one types. Its width is its container's. */
export function SearchField({ label, placeholder = label, value, onChange, onKeyDown }: SearchFieldProps) {
  return (
    <label className={styles.search}>
      <Search size={13} aria-hidden />
      <input
        type="search"
        value={value}
        placeholder={placeholder}
        aria-label={label}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
    </label>
  )
}
