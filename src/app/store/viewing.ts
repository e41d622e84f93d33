/** The actions that change neither the text nor its walks: what is chosen, which panes are open, how the picture is looked at. */
import { podsOfGroup } from './arrangement.ts'
import type { Actions, AppState, Facts, TextAction, WalkAction } from './state.ts'
import { toggled } from './stops.ts'

/** The store's own access to its state. */
interface Access {
  readonly set: (changes: Partial<Facts>) => void
  readonly get: () => AppState
}

export function viewActions({ set, get }: Access): Omit<Actions, TextAction | WalkAction> {
  let lastToastId = 0
  return {
    select: (selected) => {
      const { topology, selectAll } = get()
      const pods = selected === null || topology === null ? null : podsOfGroup(selected, topology)
      if (pods === null) set({ selected, alsoSelected: [] })
      else selectAll(pods.map(({ ref }) => ref))
    },
    selectAll: (refs) => set({ selected: refs.at(-1) ?? null, alsoSelected: refs.slice(0, -1) }),
    toggleSelected: (ref) => {
      const chosen = selectedRefs(get())
      get().selectAll(chosen.includes(ref) ? chosen.filter((other) => other !== ref) : [...chosen, ref])
    },
    setRenaming: (renaming) => set({ renaming }),
    setLevel: (level) => set({ level, kernel: null }),
    openKernel: (where) => set({ kernel: { where } }),
    closeKernel: () => set({ kernel: null }),
    toggleStop: (stop) => set({ stops: toggled(get().stops, stop) }),
    clearStops: () => set({ stops: [] }),
    setLoop: (loop) => set({ loop }),
    setCameraFollows: (cameraFollows) => set({ cameraFollows }),
    setFocusPath: (focusPath) => set({ focusPath }),
    setTheme: (theme) => set({ theme }),
    choose: (settings) => set(settings),
    revealLine: (line) => set({ reveal: { line, at: (get().reveal?.at ?? 0) + 1 }, editorOpen: true }),
    focusEditor: () => set({ editorFocus: get().editorFocus + 1, editorOpen: true }),
    setCursorLine: (cursorLine) => set({ cursorLine }),
    setComparing: (comparing) => set({ comparing }),
    setOverlay: (overlay) => set({ overlay }),
    setShareLink: (shareLink) => set({ shareLink }),
    setEditorOpen: (editorOpen) => set({ editorOpen }),
    setOutlineOpen: (outlineOpen) => set(outlineOpen ? { outlineOpen, editorOpen: true } : { outlineOpen }),
    setInspectorOpen: (inspectorOpen) => set({ inspectorOpen }),
    setTouring: (touring) => set({ touring }),
    toast: (text, kind = 'info') => {
      lastToastId += 1
      const others = get().toasts.filter((toast) => toast.text !== text)
      set({ toasts: [...others.slice(-2), { id: lastToastId, text, kind }] })
    },
    dismissToast: (id) => set({ toasts: get().toasts.filter((toast) => toast.id !== id) }),
  }
}

/** All shapes that are chosen. */
export function selectedRefs({ selected, alsoSelected }: Pick<Facts, 'selected' | 'alsoSelected'>): readonly string[] {
  return selected === null ? [] : [...alsoSelected, selected]
}
