import { Check } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { type KeyboardEvent, type MouseEvent, type ReactNode, useRef } from 'react'
import styles from './menu.module.css'
import { useFocusReturn } from './use-focus-return.ts'

export type MenuEntry =
  | {
      readonly kind: 'item'
      readonly label: string
      readonly hint?: string
      readonly shortcut?: string
      readonly checked?: boolean
      readonly disabled?: boolean
      readonly onSelect: () => void
      /** With Space, Shift and Enter, a Shift click, or a click on its check mark: the menu stays. */
      readonly onToggle?: () => void
    }
  | { readonly kind: 'heading'; readonly label: string }
  | { readonly kind: 'line' }

export interface MenuProps {
  readonly trigger: ReactNode
  readonly entries: readonly MenuEntry[]
  readonly align?: 'start' | 'end'
}

/** A drop-down menu; it loads with the first one that is opened (`LazyMenu`), and opens at once. */
export default function Menu({ trigger, entries, align = 'start' }: MenuProps) {
  const button = useRef<HTMLButtonElement>(null)
  const chosen = useChosen()
  return (
    <DropdownMenu.Root defaultOpen modal={false}>
      <DropdownMenu.Trigger asChild ref={button}>
        {trigger}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className={styles.menu}
          align={align}
          sideOffset={6}
          collisionPadding={8}
          loop
          onCloseAutoFocus={(event) => {
            if (chosen.is()) {
              event.preventDefault()
              button.current?.focus({ preventScroll: true })
            }
            chosen.run()
          }}
        >
          <Entries entries={entries} onChoose={chosen.take} />
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

/** The same menu at a place of the page, open until something is chosen; it lies where it stands in the page, inside its landmark. */
export function MenuAt({
  at,
  label,
  entries,
  onClose,
}: {
  readonly at: { readonly x: number; readonly y: number }
  readonly label: string
  readonly entries: readonly MenuEntry[]
  readonly onClose: () => void
}) {
  const chosen = useChosen()
  const onCloseAutoFocus = useFocusReturn(chosen.run)
  return (
    <DropdownMenu.Root open onOpenChange={(open) => !open && onClose()} modal={false}>
      <DropdownMenu.Trigger asChild>
        <button type="button" tabIndex={-1} aria-label={label} className={styles.anchor} style={{ left: at.x, top: at.y }} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content
        className={styles.menu}
        align="start"
        sideOffset={2}
        collisionPadding={8}
        loop
        onCloseAutoFocus={onCloseAutoFocus}
      >
        <Entries entries={entries} onChoose={chosen.take} />
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  )
}

type Act = () => void

/** What is chosen is done when the menu has gone and the focus is back: it may open a dialog or a terminal, which takes the focus then. */
function useChosen() {
  const chosen = useRef<Act | null>(null)
  return {
    is: (): boolean => chosen.current !== null,
    take: (act: Act): void => {
      chosen.current = act
    },
    run: (): void => {
      const act = chosen.current
      chosen.current = null
      act?.()
    },
  }
}

interface EntriesProps {
  readonly entries: readonly MenuEntry[]
  readonly onChoose: (act: Act) => void
}

function Entries({ entries, onChoose }: EntriesProps) {
  return entries.map((entry, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: entries of a menu have no identity of their own
    <Entry key={index} entry={entry} onChoose={onChoose} />
  ))
}

/** Hears what toggles an entry instead of choosing it. */
function toggling(onToggle: Act | undefined): {
  readonly onKeyDown?: (event: KeyboardEvent) => void
  readonly onClick?: (event: MouseEvent) => void
} {
  if (onToggle === undefined) return {}
  const instead = (event: KeyboardEvent | MouseEvent): void => {
    event.preventDefault()
    onToggle()
  }
  return {
    onKeyDown: (event) => {
      if (event.key === ' ' || (event.key === 'Enter' && event.shiftKey)) instead(event)
    },
    onClick: (event) => {
      const isOnCheck = event.target instanceof Element && event.target.closest('[data-check]') !== null
      if (event.shiftKey || isOnCheck) instead(event)
    },
  }
}

function Entry({ entry, onChoose }: { readonly entry: MenuEntry; readonly onChoose: EntriesProps['onChoose'] }) {
  if (entry.kind === 'line') return <DropdownMenu.Separator className={styles.line} />
  if (entry.kind === 'heading') return <DropdownMenu.Label className={styles.heading}>{entry.label}</DropdownMenu.Label>
  const inside = (
    <>
      {entry.checked !== undefined && (
        <span className={styles.check} data-check={entry.onToggle && (entry.checked ? 'on' : 'off')}>
          {entry.checked && <Check size={entry.onToggle ? 12 : 14} aria-hidden />}
        </span>
      )}
      <span className={styles.label} title={entry.label}>
        {entry.label}
      </span>
      {entry.hint && <span className={styles.hint}>{entry.hint}</span>}
      {entry.shortcut && <kbd className={styles.kbd}>{entry.shortcut}</kbd>}
    </>
  )
  const common = { className: styles.item, disabled: entry.disabled ?? false, onSelect: () => onChoose(entry.onSelect) }
  if (entry.checked === undefined) return <DropdownMenu.Item {...common}>{inside}</DropdownMenu.Item>
  return (
    <DropdownMenu.CheckboxItem {...common} {...toggling(entry.onToggle)} checked={entry.checked}>
      {inside}
    </DropdownMenu.CheckboxItem>
  )
}
