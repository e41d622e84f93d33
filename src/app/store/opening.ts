/** Which text the page shows: a link, one of the user's works, a scenario of the gallery. What is left is saved first. */
import { FIRST_SCENARIO, galleryText } from './gallery.ts'
import { enter, lastOwnWork, leaveAddress, type Place, presentPlace } from './history.ts'
import { becomeOwn, save, showWork, startKeeping } from './keeping.ts'
import { linkOpening } from './shared-link.ts'
import type { Opening } from './state.ts'
import { store } from './store.ts'
import { listWorks, newWorkId, readWork } from './works.ts'

const FIRST: Place = { kind: 'gallery', name: FIRST_SCENARIO }

/** Opens what the address asks for, else what this entry of the history showed, else the last own work, else the first scenario ('first'). */
export function openAtStart(): 'first' | 'again' {
  startKeeping(enterOwn)
  window.addEventListener('popstate', () => {
    const place = presentPlace()
    if (location.hash.length > 1) void openLink(location.hash)
    else if (place !== null) void openPlace(place)
  })
  const shown = presentPlace()
  if (location.hash.length <= 1) return openWithoutLink(shown)
  void openLink(location.hash)
  return 'again'
}

function openWithoutLink(shown: Place | null): 'first' | 'again' {
  const [last] = listWorks()
  const isThere = shown !== null && (shown.kind === 'gallery' || readWork(shown.id) !== null)
  const place: Place = isThere ? shown : last ? { kind: 'work', id: last.id } : FIRST
  enter(place, false)
  openPlace(place).catch(() => {
    store.getState().openText('', { title: 'untitled.yaml', source: 'own' })
    store.getState().toast('The first scenario could not be fetched. Is the network there?', 'error')
  })
  return place.kind === 'gallery' && place.name === FIRST_SCENARIO ? 'first' : 'again'
}

/** The own work that was on screen before, else the one changed last, else the first scenario of the gallery. */
export function openOwnWork(): void {
  const mine = lastOwnWork()
  const id = mine !== null && readWork(mine) !== null ? mine : listWorks()[0]?.id
  void go(id === undefined ? FIRST : { kind: 'work', id })
}

/** Opens one of the user's kept works. */
export function openWork(id: string): void {
  void go({ kind: 'work', id })
}

/** Opens a scenario of the gallery; the user's own work stays as it is. */
export function openGallery(name: string): Promise<void> {
  return go({ kind: 'gallery', name })
}

/** A new work of the user's own, with this text. */
export function openAsOwn(text: string, title: string): void {
  save()
  const id = newWorkId(Date.now())
  store.getState().openText(text, { title, source: 'own', workId: id })
  save()
  enter({ kind: 'work', id }, true)
}

/** Opens a shared link beside the user's work; a link that cannot be read is answered with a message and the user's own work. */
export async function openLink(hash: string): Promise<void> {
  const { decodeShare } = await import('../../protocol/share.ts')
  const decoded = decodeShare(hash)
  if (decoded.ok) {
    const { text, opening } = linkOpening(decoded.scenario, decoded.keys)
    show(text, opening)
    if (location.hash === hash) enter(null, false)
    return
  }
  leaveAddress()
  if (store.getState().opened === 0) openWithoutLink(null)
  store.getState().toast(`${decoded.error.message} Your own work is untouched.`, 'error')
}

/** Makes an opened link or gallery scenario the user's own. */
export function keepCopy(): void {
  becomeOwn()
}

/** Goes to a place as by a click: Back returns from it. */
async function go(place: Place): Promise<void> {
  try {
    if (await openPlace(place)) enter(place, true)
  } catch {
    store.getState().toast('That scenario could not be fetched. Is the network there?', 'error')
  }
}

/** Shows a place of the history; false when it is there no more. */
async function openPlace(place: Place): Promise<boolean> {
  if (place.kind === 'work') return openKept(place.id)
  if (place.name === FIRST_SCENARIO) return openFirst()
  const text = await galleryText(place.name)
  if (text === null) return false
  show(text, { title: `${place.name}.yaml`, source: 'gallery' })
  return true
}

function openKept(id: string): boolean {
  save()
  const work = readWork(id)
  if (work === null) store.getState().toast('This browser no longer has that scenario.', 'error')
  else showWork(work)
  return work !== null
}

/** The scenario of a first visit, with its picture: both were made with the app, so nobody waits for the engine. */
async function openFirst(): Promise<boolean> {
  const { default: picture } = await import('virtual:first-picture')
  show(picture.text, { title: `${FIRST_SCENARIO}.yaml`, source: 'gallery' })
  store.setState({ topology: picture.topology, documents: picture.documents, walks: picture.walks })
  return true
}

function show(text: string, opening: Opening): void {
  save()
  store.getState().openText(text, opening)
}

/** The entry of a link or gallery scenario becomes that of the work it was made into. */
function enterOwn(): void {
  const { workId } = store.getState()
  if (workId !== null) enter({ kind: 'work', id: workId }, false)
}
