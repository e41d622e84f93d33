import { type ComponentType, useState } from 'react'
import { Button, type ButtonProps } from './button.tsx'
import type { MenuEntry, MenuProps } from './menu.tsx'

export interface LazyMenuProps extends ButtonProps {
  readonly entries: () => readonly MenuEntry[]
  readonly align?: 'start' | 'end'
}

/** A button with a drop-down menu whose code is fetched when it is first opened. `entries` is asked each time it is drawn. */
export function LazyMenu({ entries, align = 'start', ...button }: LazyMenuProps) {
  const [Menu, setMenu] = useState<ComponentType<MenuProps> | null>(null)
  const load = (): void => {
    void import('./menu.tsx').then((module) => setMenu(() => module.default))
  }
  if (Menu === null)
    return (
      <Button
        {...button}
        aria-haspopup="menu"
        aria-expanded={false}
        onClick={load}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown') return
          event.preventDefault()
          load()
        }}
      />
    )
  return <Menu trigger={<Button {...button} />} entries={entries()} align={align} />
}
