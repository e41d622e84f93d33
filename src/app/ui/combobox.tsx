import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react'
import styles from './combobox.module.css'

export interface Suggestion {
  readonly value: string
  readonly hint: string
}

export interface ComboboxProps {
  readonly label: string
  readonly value: string
  readonly suggestions: readonly Suggestion[]
  readonly onChange: (value: string) => void
  /** Enter, with no suggestion highlighted. */
  readonly onSubmit: () => void
  /** What is wrong with the value, shown under the field; null when nothing is. */
  readonly error?: string | null
  /** Drawn between label and text: the glyph of what the value names. */
  readonly mark?: ReactNode
  readonly color?: string | undefined
  readonly className?: string | undefined
}

/** A text field with suggestions, after the WAI-ARIA combobox pattern (list autocomplete, manual selection). */
export function Combobox({ label, value, suggestions, onChange, onSubmit, error = null, mark, color, className }: ComboboxProps) {
  const id = useId()
  const [open, setOpen] = useState(false)
  const [typed, setTyped] = useState(false)
  const [active, setActive] = useState(-1)
  const input = useRef<HTMLInputElement>(null)
  const shown = open ? matching(suggestions, typed ? value : '') : []
  const choose = (suggestion: Suggestion): void => {
    onChange(suggestion.value)
    close()
  }
  const close = (): void => {
    setOpen(false)
    setActive(-1)
    setTyped(false)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      if (!open) setOpen(true)
      else setActive(next(active, event.key === 'ArrowDown' ? 1 : -1, shown.length))
    } else if (event.key === 'Enter') {
      event.preventDefault()
      const suggestion = shown[active]
      if (suggestion) choose(suggestion)
      else {
        close()
        onSubmit()
      }
    } else if (event.key === 'Escape' && open) {
      event.stopPropagation()
      close()
    }
  }
  return (
    <div className={`${styles.combobox} ${className ?? ''}`}>
      <label className={`${styles.field} ${error ? styles.wrong : ''}`}>
        <span className={styles.label}>{label}</span>
        {mark}
        <input
          ref={input}
          className={styles.input}
          style={color ? { color } : undefined}
          role="combobox"
          aria-expanded={shown.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={shown[active] ? `${id}-${active}` : undefined}
          aria-invalid={error !== null}
          aria-describedby={error ? `${id}-error` : undefined}
          autoComplete="off"
          spellCheck={false}
          value={value}
          title={value}
          onChange={(event) => {
            onChange(event.target.value)
            setTyped(true)
            setOpen(true)
            setActive(-1)
          }}
          onPointerDown={() => setOpen(true)}
          onBlur={close}
          onKeyDown={onKeyDown}
        />
      </label>
      <div id={`${id}-list`} role="listbox" aria-label={`${label}: suggestions`} className={styles.list} hidden={shown.length === 0}>
        {shown.map((suggestion, index) => (
          <div
            key={suggestion.value}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            className={styles.option}
            ref={index === active ? (element) => element?.scrollIntoView({ block: 'nearest' }) : undefined}
            onPointerDown={(event) => {
              event.preventDefault()
              choose(suggestion)
            }}
          >
            <span className={styles.value}>{suggestion.value}</span>
            <span className={styles.hint}>{suggestion.hint}</span>
          </div>
        ))}
      </div>
      {error && (
        <p id={`${id}-error`} className={styles.error} role="alert">
          {error}
        </p>
      )}
    </div>
  )
}

function next(active: number, by: 1 | -1, count: number): number {
  if (count === 0) return -1
  return active < 0 ? (by > 0 ? 0 : count - 1) : (active + by + count) % count
}

/** Suggestions that hold every word of the text, at most 200. */
function matching(suggestions: readonly Suggestion[], text: string): readonly Suggestion[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return suggestions.filter((suggestion) => words.every((word) => suggestion.value.toLowerCase().includes(word))).slice(0, 200)
}
