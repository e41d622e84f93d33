/**
 * Keeps the user's own work in this browser as they type. Several tabs may show the same work: one that has nothing of its own takes
 * over what another has written; two that both have become two works. No text is ever written over one that this tab has not seen.
 */
import { AS_LAID_OUT, arrangementOf, isArranged } from './arrangement.ts'
import type { AppState } from './state.ts'
import { store } from './store.ts'
import { changeBetween } from './text.ts'
import { forgetWork, freeTitle, keepWork, newWorkId, readWork, renameWork, textKey, WORKS_KEY, type Work, worksAreAtRisk } from './works.ts'

/** Time without typing before the work is written, ms. */
const SAVE_AFTER_MS = 300

/** What the browser holds of the work on screen, as far as this tab knows. */
let kept: Pick<Work, 'id' | 'title' | 'text' | 'arrangement'> | null = null
let saving: ReturnType<typeof setTimeout> | undefined
let warned = false
/** Hears when the text on screen has become another work. */
let onBecome: () => void = () => {}

/** Shows a kept work. */
export function showWork(work: Work): void {
  const { title, id: workId, carried = null } = work
  const arrangement = arrangementOf(work.arrangement)
  kept = { ...work, arrangement }
  store.getState().openText(work.text, { title, source: 'own', workId, carried, arrangement })
}

/** Writes what this tab has changed, now. */
export function save(): void {
  clearTimeout(saving)
  const state = store.getState()
  const { workId, text, carried, arrangement } = state
  if (workId === null || !hasChanges(state)) return
  const stored = kept?.id === workId ? readWork(workId) : null
  if (stored !== null && stored.text !== kept?.text && stored.text !== text) {
    fork(state, stored.title)
    return
  }
  const title = stored !== null && state.title === kept?.title ? stored.title : state.title
  const isKept = keepWork({
    id: workId,
    title,
    text,
    changedMs: Date.now(),
    ...(isArranged(arrangement) ? { arrangement } : {}),
    ...(carried ? { carried } : {}),
  })
  kept = { id: workId, title, text, arrangement }
  if (title !== state.title) store.setState({ title })
  tellWhetherKept(isKept)
}

/** Gives the text on screen to a new work of the user's own. */
export function becomeOwn(title = store.getState().title): void {
  const workId = newWorkId(Date.now())
  store.setState({ source: 'own', workId, title })
  save()
  onBecome()
}

/** Deletes a work. Its text stays on screen if it is there; an edit makes a new work of it. */
export function deleteWork(id: string): Work | null {
  save()
  const work = forgetWork(id)
  if (store.getState().workId === id) {
    kept = null
    store.setState({ workId: null })
  }
  return work
}

/** Takes a deletion back. */
export function restoreWork(work: Work): void {
  tellWhetherKept(keepWork(work))
  const { workId, source, text, arrangement } = store.getState()
  if (workId !== null || source !== 'own' || text !== work.text) return
  kept = { ...work, arrangement }
  store.setState({ workId: work.id })
}

/** Gives a work another title. */
export function renameOwn(id: string, title: string): void {
  if (store.getState().workId === id) {
    store.getState().rename(title)
    save()
  } else renameWork(id, title)
}

/** A second work with the text of a first one. */
export function duplicateWork(id: string): void {
  save()
  const work = readWork(id)
  if (work) tellWhetherKept(keepWork({ ...work, id: newWorkId(Date.now()), title: freeTitle(work.title), changedMs: Date.now() }))
}

/** Keeps work from now on; `become` hears when an opened link or gallery scenario, or a work of two tabs, becomes a new work. */
export function startKeeping(become: () => void): void {
  onBecome = become
  store.subscribe((state, before) => {
    if (state.opened !== before.opened) return
    // What is only arranged anew stays what it is: a scenario of the gallery, or of a link.
    const wasArranged = state.arrangement !== before.arrangement && state.source === 'own' && state.workId !== null
    if (state.text === before.text && state.title === before.title && !wasArranged) return
    if (state.source !== 'own' || state.workId === null) {
      store.setState({ source: 'own', workId: newWorkId(Date.now()) })
      onBecome()
    }
    clearTimeout(saving)
    saving = setTimeout(save, SAVE_AFTER_MS)
  })
  window.addEventListener('pagehide', save)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && save())
  window.addEventListener('storage', ({ key }) => {
    const { workId } = store.getState()
    if (workId !== null && (key === null || key === WORKS_KEY || key === textKey(workId))) compareWithStored()
  })
  window.addEventListener('pageshow', ({ persisted }) => persisted && compareWithStored())
  window.addEventListener('beforeunload', (event) => worksAreAtRisk() && event.preventDefault())
}

function hasChanges({ source, workId, text, title, arrangement }: AppState): boolean {
  if (source !== 'own' || workId === null) return false
  return kept?.id !== workId || kept.text !== text || kept.title !== title || (kept.arrangement ?? AS_LAID_OUT) !== arrangement
}

/** Another tab has written the work on screen: takes that over, or makes two works where both have changed. */
function compareWithStored(): void {
  const state = store.getState()
  if (state.source !== 'own' || state.workId === null || kept?.id !== state.workId) return
  const stored = readWork(state.workId)
  if (stored === null) {
    letGo(state)
    return
  }
  if (stored.text !== kept.text && state.text !== kept.text) {
    save()
    return
  }
  const title = state.title === kept.title ? stored.title : state.title
  const changed = stored.text !== kept.text
  const isArrangedHere = kept.arrangement !== state.arrangement
  kept = { ...stored, arrangement: arrangementOf(stored.arrangement) }
  if (title !== state.title) store.setState({ title })
  if (!isArrangedHere) store.setState({ arrangement: kept.arrangement ?? AS_LAID_OUT })
  if (!changed) return
  store.getState().edit([changeBetween(state.text, stored.text)])
  state.toast('Another tab has changed this scenario: here is its text.')
}

/** The work was deleted in another tab: what was typed here since stays a work, what was not stays on screen. */
function letGo(state: AppState): void {
  const changed = hasChanges(state)
  kept = null
  if (changed) becomeOwn()
  else store.setState({ workId: null })
  state.toast(`${state.title} was deleted in another tab.${changed ? ' What you have typed here is kept.' : ''}`)
}

function fork(state: AppState, storedTitle: string): void {
  kept = null
  const title = freeTitle(state.title)
  becomeOwn(title)
  state.toast(`${storedTitle} was changed in another tab at the same time. Your version is kept as ${title}.`, 'error')
}

function tellWhetherKept(isKept: boolean): void {
  if (isKept) warned = false
  if (isKept || warned) return
  warned = true
  store
    .getState()
    .toast(
      'This browser’s storage is full or switched off: your work lasts only as long as this page. Delete works you no longer need, or download the file.',
      'error',
    )
}
