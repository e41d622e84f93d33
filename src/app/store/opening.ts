/** Which text the page begins with (a link, the user's last work, or the first scenario), and how work is kept. */
import { FIRST_SCENARIO, galleryText } from './gallery.ts'
import type { WalkRequest } from './state.ts'
import { store } from './store.ts'
import { keepWork, listWorks, newWorkId, readWork } from './works.ts'

/** Time without typing before the work is written, ms. */
const SAVE_AFTER_MS = 300

let saving: ReturnType<typeof setTimeout> | undefined
let warned = false

/** Opens what the address asks for, else the last own work, else the first scenario ('first'); then keeps the user's work as they type. */
export function openAtStart(): 'first' | 'again' {
  keepWorkWhileTyping()
  const first = location.hash.length <= 1 && listWorks().length === 0
  if (location.hash.length > 1) void openLink(location.hash)
  else openOwnWork()
  window.addEventListener('hashchange', () => {
    if (location.hash.length > 1) void openLink(location.hash)
  })
  return first ? 'first' : 'again'
}

/** The scenario of a first visit, with its picture: both were made with the app, so nobody waits for the engine. */
async function openFirst(): Promise<void> {
  const { default: picture } = await import('virtual:first-picture')
  store.getState().openText(picture.text, { title: `${FIRST_SCENARIO}.yaml`, source: 'gallery' })
  store.setState({ topology: picture.topology, documents: picture.documents, walks: picture.walks })
}

/** The user's last work, or the first scenario of the gallery when there is none. */
export function openOwnWork(): void {
  const [last] = listWorks()
  const work = last ? readWork(last.id) : null
  clearAddress()
  if (work) store.getState().openText(work.text, { title: work.title, source: 'own', workId: work.id })
  else void openFirst()
}

/** Opens one of the user's kept works. */
export function openWork(id: string): void {
  const work = readWork(id)
  clearAddress()
  if (work) store.getState().openText(work.text, { title: work.title, source: 'own', workId: work.id })
  else store.getState().toast('This browser no longer has that scenario.', 'error')
}

/** Opens a scenario of the gallery; the user's own work stays as it is. */
export async function openGallery(name: string): Promise<void> {
  const text = await galleryText(name)
  clearAddress()
  if (text !== null) store.getState().openText(text, { title: `${name}.yaml`, source: 'gallery' })
}

/** A new work of the user's own, with this text. */
export function openAsOwn(text: string, title: string): void {
  clearAddress()
  store.getState().openText(text, { title, source: 'own', workId: newWorkId(Date.now()) })
  save()
}

/** Opens a shared link beside the user's work; a link that cannot be read is answered with a message and the user's own work. */
export async function openLink(hash: string): Promise<void> {
  const { decodeShare } = await import('../../protocol/share.ts')
  const decoded = decodeShare(hash)
  if (!decoded.ok) {
    if (store.getState().opened === 0) openOwnWork()
    else clearAddress()
    store.getState().toast(`${decoded.error.message} Your own work is untouched.`, 'error')
    return
  }
  const { scenario, keys } = decoded
  const view = scenario.view ?? {}
  const frame = Number.parseInt(keys.get('frame') ?? '', 10)
  store.getState().openText(scenario.yaml, {
    title: typeof view.title === 'string' ? view.title : 'shared.yaml',
    source: 'link',
    wanted: { walk: wantedWalk(keys.get('walk'), view), frame: Number.isNaN(frame) ? null : frame },
  })
}

/** Makes an opened link or gallery scenario the user's own. */
export function keepCopy(): void {
  store.setState({ source: 'own', workId: newWorkId(Date.now()) })
  clearAddress()
  save()
}

/** Writes the present work now. */
export function save(): void {
  clearTimeout(saving)
  const { text, title, source, workId, toast } = store.getState()
  if (source !== 'own' || workId === null) return
  const kept = keepWork({ id: workId, title, text, changedMs: Date.now() })
  if (kept || warned) return
  warned = true
  toast('This browser does not keep your work: its storage is full or switched off. Download the file before you leave.', 'error')
}

function keepWorkWhileTyping(): void {
  store.subscribe((state, before) => {
    if (state.text === before.text && state.title === before.title) return
    if (state.opened !== before.opened) return
    if (state.source !== 'own' || state.workId === null) {
      store.setState({ source: 'own', workId: newWorkId(Date.now()) })
      clearAddress()
    }
    clearTimeout(saving)
    saving = setTimeout(save, SAVE_AFTER_MS)
  })
  window.addEventListener('pagehide', save)
}

function wantedWalk(name: string | undefined, view: Readonly<Record<string, unknown>>): WalkRequest | null {
  if (name !== undefined) return { name }
  return typeof view.from === 'string' && typeof view.to === 'string' ? { from: view.from, to: view.to } : null
}

/** The address names no link any more, so that reloading shows the user's work. */
function clearAddress(): void {
  if (location.hash !== '') history.replaceState(null, '', location.pathname + location.search)
}
