/** What the user has chosen about the page, on the page's root and in the browser's memory. */
import { remember } from './memory.ts'
import type { Settings } from './state.ts'
import { store } from './store.ts'

/** Of each, all that can be chosen; the first is what holds until then. */
export const CHOICES: { readonly [K in keyof Settings]: readonly Settings[K][] } = {
  theme: ['system', 'light', 'dark'],
  density: ['dense', 'roomy'],
  motion: ['system', 'reduced'],
  startLevel: ['fitting', 'overview', 'network', 'kernel'],
  minimap: ['fitting', 'off'],
  levels: ['follow', 'stay'],
  headers: ['fields', 'diagram'],
  tabKey: ['indents', 'leaves'],
}

const NAMES = ['theme', 'density', 'motion', 'startLevel', 'minimap', 'levels', 'headers', 'tabKey'] as const
const PREFIX = 'packetwalk.'

/** Takes what is remembered, then follows the store. index.html does the first part before anything is drawn. */
export function applySettings(): void {
  store.getState().choose(kept())
  show(store.getState())
  store.subscribe((state, before) => {
    const changed = NAMES.filter((name) => state[name] !== before[name])
    for (const name of changed) remember.write(PREFIX + name, state[name])
    if (changed.length > 0) show(state)
  })
}

/** What the browser remembers, as far as it can be chosen here. */
function kept(): Partial<Settings> {
  const read = <K extends keyof Settings>(name: K): Partial<Settings> => {
    const value = CHOICES[name].find((one) => one === remember.read(PREFIX + name))
    return value === undefined ? {} : { [name]: value }
  }
  return Object.assign({}, ...NAMES.map(read))
}

/** The page's style reads these; what is chosen first needs no word. */
function show(settings: Settings): void {
  const { dataset } = document.documentElement
  for (const name of ['theme', 'density', 'motion'] as const) {
    if (settings[name] === CHOICES[name][0]) delete dataset[name]
    else dataset[name] = settings[name]
  }
}

/** Shall nothing move? The user says so here, or to the system. */
export function reducesMotion(): boolean {
  system ??= matchMedia('(prefers-reduced-motion: reduce)')
  return store.getState().motion === 'reduced' || system.matches
}

/** Asked for every frame that is drawn. */
let system: MediaQueryList | null = null
