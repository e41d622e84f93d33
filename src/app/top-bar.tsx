import { ChevronDown, CircleQuestionMark, Moon, Share as ShareIcon, Sun } from 'lucide-react'
import { copyLink } from './features/share/copy-link.ts'
import { WalkBar } from './features/walk/walk-bar.tsx'
import { fileEntries } from './file-entries.ts'
import { downloadText } from './files.ts'
import type { Theme } from './store/state.ts'
import { appState, useStore } from './store/store.ts'
import { isDark } from './store/theme.ts'
import styles from './top-bar.module.css'
import { Button } from './ui/button.tsx'
import { Logo } from './ui/glyph.tsx'
import { LazyMenu } from './ui/lazy-menu.tsx'
import type { MenuEntry } from './ui/menu.tsx'

/** The bar above everything: which scenario, which walk, how near, and what to do with it. */
export function TopBar() {
  const title = useStore((state) => state.title)
  const theme = useStore((state) => state.theme)
  return (
    <header className={styles.bar}>
      <div className={styles.side}>
        <h1 className={styles.brand}>
          <Logo />
          <span className={styles.name}>Packetwalk</span>
        </h1>
        <LazyMenu look="ghost" className={styles.file} entries={fileEntries} aria-label={`Scenario: ${title}`} title={title}>
          <span className={styles.title}>{title}</span>
          <ChevronDown size={15} aria-hidden />
        </LazyMenu>
      </div>
      <WalkBar />
      <div className={`${styles.side} ${styles.right}`}>
        <LevelSwitch />
        <Button aria-label="Share" title="Copy a link to this scenario" onClick={() => void copyLink()}>
          <ShareIcon size={16} aria-hidden />
          <span className={styles.word}>Share</span>
        </Button>
        <LazyMenu look="icon" align="end" className={styles.export} aria-label="Take it elsewhere" entries={exportEntries}>
          <ChevronDown size={15} aria-hidden />
        </LazyMenu>
        <LazyMenu look="icon" align="end" aria-label="Theme" entries={themeEntries}>
          {isDark(theme) ? <Moon size={17} aria-hidden /> : <Sun size={17} aria-hidden />}
        </LazyMenu>
        <Button look="icon" aria-label="Help and shortcuts" aria-keyshortcuts="?" onClick={() => appState().setOverlay('help')}>
          <CircleQuestionMark size={17} aria-hidden />
        </Button>
      </div>
    </header>
  )
}

/** Ways out of the app beside the link. */
function exportEntries(): readonly MenuEntry[] {
  const { text, title, setOverlay } = appState()
  return [
    { kind: 'item', label: 'Copy a link to this scenario', onSelect: () => void copyLink() },
    { kind: 'item', label: 'Download this file', onSelect: () => downloadText(text, title) },
    { kind: 'item', label: 'Run this on real Linux…', onSelect: () => setOverlay('lab') },
  ]
}

const LEVELS = [
  { level: 'overview', label: 'Overview' },
  { level: 'network', label: 'Network' },
  { level: 'kernel', label: 'Kernel' },
] as const

function LevelSwitch() {
  const level = useStore((state) => (state.kernel ? 'kernel' : state.level))
  return (
    <fieldset className={styles.levels}>
      <legend className="visually-hidden">Level of detail</legend>
      {LEVELS.map((one, index) => (
        <button
          key={one.level}
          type="button"
          aria-pressed={one.level === level}
          aria-keyshortcuts={String(index + 1)}
          onClick={() => (one.level === 'kernel' ? appState().openKernel(null) : appState().setLevel(one.level))}
        >
          {one.label}
        </button>
      ))}
    </fieldset>
  )
}

const THEMES: readonly { readonly theme: Theme; readonly label: string }[] = [
  { theme: 'light', label: 'Light' },
  { theme: 'dark', label: 'Dark' },
  { theme: 'system', label: 'As the system' },
]

function themeEntries(): readonly MenuEntry[] {
  const { theme, setTheme, setOverlay } = appState()
  return [
    ...THEMES.map((one) => ({
      kind: 'item' as const,
      label: one.label,
      checked: one.theme === theme,
      onSelect: () => setTheme(one.theme),
    })),
    { kind: 'line' },
    { kind: 'item', label: 'All settings…', shortcut: 'Ctrl ,', onSelect: () => setOverlay('settings') },
  ]
}
