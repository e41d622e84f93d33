/** The strip of tools beside the picture: dragged onto it, or clicked. */
import { Redo2, Undo2 } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react'
import { addByCommand, DRAWN_KINDS } from '../../store/drawing.ts'
import { appState, useStore } from '../../store/store.ts'
import styles from './drawing.module.css'
import { ToolIcon } from './tool-icons.tsx'

/** `wide`: with their names, while there is nothing else to see. */
export function Tools({ wide }: { readonly wide: boolean }) {
  const canUndo = useStore((state) => state.history.past.length > 0)
  const canRedo = useStore((state) => state.history.future.length > 0)
  const tools: readonly Tool[] = [
    ...DRAWN_KINDS.map(({ what, name, says }) => ({
      ...{ name, title: `${name}: ${says}`, what, icon: <ToolIcon what={what} />, disabled: false },
      run: () => void addByCommand(what),
    })),
    {
      ...{ name: 'Undo', title: 'Undo (Ctrl Z)', icon: <Undo2 size={17} aria-hidden />, disabled: !canUndo },
      run: () => appState().undo(),
    },
    {
      ...{ name: 'Redo', title: 'Redo (Ctrl Shift Z)', icon: <Redo2 size={17} aria-hidden />, disabled: !canRedo },
      run: () => appState().redo(),
    },
  ]
  return <Strip tools={tools} wide={wide} />
}

interface Tool {
  readonly name: string
  readonly title: string
  /** What dragging it draws. */
  readonly what?: string
  readonly icon: ReactNode
  readonly disabled: boolean
  readonly run: () => void
}

/** One stop for Tab; arrows go from tool to tool. */
function Strip({ tools, wide }: { readonly tools: readonly Tool[]; readonly wide: boolean }) {
  const [current, setCurrent] = useState(0)
  const strip = useRef<HTMLDivElement>(null)
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = nextOf(event.key, current, tools.length)
    if (next === null) return
    event.preventDefault()
    event.stopPropagation()
    setCurrent(next)
    strip.current?.querySelectorAll('button')[next]?.focus()
  }
  return (
    <div
      ref={strip}
      role="toolbar"
      aria-label="Draw"
      aria-orientation="vertical"
      className={styles.tools}
      data-wide={wide || undefined}
      onKeyDown={onKeyDown}
    >
      {tools.map((tool, index) => (
        <button
          key={tool.name}
          type="button"
          className={styles.tool}
          aria-label={tool.what === undefined ? tool.name : `Add ${tool.name}`}
          aria-disabled={tool.disabled}
          title={tool.title}
          tabIndex={index === current ? 0 : -1}
          data-tool={tool.what}
          data-name={tool.name}
          onFocus={() => setCurrent(index)}
          onClick={() => !tool.disabled && tool.run()}
        >
          {tool.icon}
          {wide && <span>{tool.name}</span>}
        </button>
      ))}
    </div>
  )
}

function nextOf(key: string, current: number, count: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return (current + 1) % count
    case 'ArrowUp':
      return (current + count - 1) % count
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return null
  }
}
