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
  /** The listbox under it that its arrow keys move in, and the id of the option they are at. */
  readonly list?: { readonly id: string; readonly active: string | undefined }
}

/** A field that narrows the list under it as one types. Its width is its container's. */
export function SearchField({ label, placeholder = label, value, onChange, onKeyDown, list }: SearchFieldProps) {
  return (
    <label className={styles.search}>
      <Search size={13} aria-hidden />
      <input
        type="search"
        value={value}
        placeholder={placeholder}
        aria-label={label}
        {...(list && {
          role: 'combobox',
          'aria-expanded': true,
          'aria-autocomplete': 'list',
          'aria-controls': list.id,
          'aria-activedescendant': list.active,
        })}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
    </label>
  )
}
