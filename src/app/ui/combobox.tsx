import { type KeyboardEvent, type ReactNode, useId, useMemo, useState } from 'react'
import styles from './combobox.module.css'

export interface Suggestion {
  readonly value: string
  readonly hint: string
}

export interface ComboboxProps {
  readonly label: string
  readonly value: string
  /** Makes the suggestions, once the list opens: of a big cluster there are thousands. */
  readonly suggest: () => readonly Suggestion[]
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
export function Combobox(props: ComboboxProps) {
  const { label, value, error = null, mark, color, className } = props
  const id = useId()
  const list = useSuggestionList(props)
  return (
    <div className={`${styles.combobox} ${className ?? ''}`}>
      <label className={`${styles.field} ${error ? styles.wrong : ''}`}>
        <span className={styles.label}>{label}</span>
        {mark}
        <input
          className={styles.input}
          style={color ? { color } : undefined}
          role="combobox"
          aria-expanded={list.shown.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={list.shown[list.active] ? `${id}-${list.active}` : undefined}
          aria-invalid={error !== null}
          aria-describedby={error ? `${id}-error` : undefined}
          autoComplete="off"
          spellCheck={false}
          value={value}
          title={value}
          onChange={(event) => list.type(event.target.value)}
          onPointerDown={list.open}
          onBlur={list.close}
          onKeyDown={list.onKeyDown}
        />
      </label>
      <div id={`${id}-list`} role="listbox" aria-label={`${label}: suggestions`} className={styles.list} hidden={list.shown.length === 0}>
        {list.shown.map((suggestion, index) => (
          <Option
            key={suggestion.value}
            id={`${id}-${index}`}
            suggestion={suggestion}
            active={index === list.active}
            onChoose={() => list.choose(suggestion)}
          />
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

interface OptionProps {
  readonly id: string
  readonly suggestion: Suggestion
  readonly active: boolean
  readonly onChoose: () => void
}

function Option({ id, suggestion, active, onChoose }: OptionProps) {
  return (
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={active}
      className={styles.option}
      ref={active ? (element) => element?.scrollIntoView({ block: 'nearest' }) : undefined}
      onPointerDown={(event) => {
        event.preventDefault()
        onChoose()
      }}
    >
      <span className={styles.value}>{suggestion.value}</span>
      <span className={styles.hint}>{suggestion.hint}</span>
    </div>
  )
}

/** Which suggestions are shown, which one is highlighted, and what keys do to them. */
function useSuggestionList({ value, suggest, onChange, onSubmit }: ComboboxProps) {
  const [isOpen, setOpen] = useState(false)
  const [typed, setTyped] = useState(false)
  const [active, setActive] = useState(-1)
  const suggestions = useMemo(() => (isOpen ? suggest() : []), [isOpen, suggest])
  const shown = isOpen ? matching(suggestions, typed ? value : '') : []
  const open = (): void => setOpen(true)
  const close = (): void => {
    setOpen(false)
    setActive(-1)
    setTyped(false)
  }
  const choose = (suggestion: Suggestion): void => {
    onChange(suggestion.value)
    close()
  }
  const enter = (): void => {
    const suggestion = shown[active]
    if (suggestion) {
      choose(suggestion)
      return
    }
    close()
    onSubmit()
  }
  const type = (text: string): void => {
    onChange(text)
    setTyped(true)
    setOpen(true)
    setActive(-1)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      if (isOpen) setActive(next(active, event.key === 'ArrowDown' ? 1 : -1, shown.length))
      else open()
    } else if (event.key === 'Enter') {
      event.preventDefault()
      enter()
    } else if (event.key === 'Escape' && isOpen) {
      event.stopPropagation()
      close()
    }
  }
  return { shown, active, open, close, choose, type, onKeyDown }
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
