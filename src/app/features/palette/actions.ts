/** What the command menu offers, made of the present state. */
import { galleryNames } from '../../store/gallery.ts'
import { keepCopy, openAsOwn, openGallery, openOwnWork } from '../../store/opening.ts'
import { askCanvas, currentFrames, nextStop, type StopAt, showMoment, shownMoment } from '../../store/playback.ts'
import { shortRef } from '../../store/references.ts'
import { appState } from '../../store/store.ts'

export interface Action {
  readonly name: string
  readonly hint?: string
  readonly shortcut?: string
  readonly run: () => void
}

export interface ActionGroup {
  readonly name: string
  readonly actions: readonly Action[]
}

/** All actions, grouped; shapes come last, since there may be thousands. */
export function allActions(): readonly ActionGroup[] {
  return [
    { name: 'Play', actions: playActions() },
    {
      name: 'Walks',
      actions: appState().walks.map((walk) => ({
        name: `Walk: ${walk.name}`,
        hint: `${walk.from} → ${walk.to}`,
        run: () => appState().startWalk({ name: walk.name }),
      })),
    },
    { name: 'View', actions: viewActions() },
    { name: 'Scenario', actions: scenarioActions() },
    { name: 'Shapes', actions: shapeActions() },
  ]
}

function playActions(): readonly Action[] {
  const state = appState()
  const runTo = (stop: StopAt) => (): void => showMoment(nextStop(currentFrames(), shownMoment(), stop))
  return [
    { name: state.playing ? 'Pause' : 'Play', shortcut: 'Space', run: () => (state.playing ? state.pause() : state.play()) },
    { name: 'Walk again', shortcut: 'W', run: () => state.walkAgain() },
    { name: 'Run to next rewrite', shortcut: 'N', run: runTo('rewrite') },
    { name: 'Run to next drop', shortcut: 'D', run: runTo('drop') },
    { name: 'Run to next machine', shortcut: 'M', run: runTo('machine') },
    { name: 'To the beginning', shortcut: 'Home', run: () => showMoment(-1) },
    { name: 'To the end', shortcut: 'End', run: () => showMoment(currentFrames().moments.length - 1) },
  ]
}

function viewActions(): readonly Action[] {
  const { setLevel, setTheme, setOverlay, focusEditor, setInspectorOpen, inspectorOpen } = appState()
  return [
    { name: 'Overview', shortcut: '1', run: () => setLevel('overview') },
    { name: 'Network', shortcut: '2', run: () => setLevel('network') },
    { name: 'Fit everything', shortcut: '0', run: () => askCanvas('fit') },
    { name: 'Focus on the path', shortcut: 'F', run: () => askCanvas('focus-path') },
    { name: 'Go to the editor', shortcut: 'E', run: focusEditor },
    { name: inspectorOpen ? 'Hide walk and packet' : 'Show walk and packet', shortcut: 'I', run: () => setInspectorOpen(!inspectorOpen) },
    { name: 'Light theme', run: () => setTheme('light') },
    { name: 'Dark theme', run: () => setTheme('dark') },
    { name: 'Theme as the system', run: () => setTheme('system') },
    { name: 'Help and shortcuts', shortcut: '?', run: () => setOverlay('help') },
  ]
}

function scenarioActions(): readonly Action[] {
  const { source, setOverlay } = appState()
  return [
    { name: 'Scenarios…', run: () => setOverlay('gallery') },
    { name: 'New scenario', run: () => openAsOwn('', 'untitled.yaml') },
    ...(source === 'own' ? [] : [{ name: 'Keep a copy as my own', run: keepCopy }]),
    { name: 'Back to my last work', run: openOwnWork },
    ...galleryNames().map((name) => ({ name: `Open ${name}`, hint: 'scenario', run: () => void openGallery(name) })),
  ]
}

function shapeActions(): readonly Action[] {
  const { topology, select } = appState()
  if (topology === null) return []
  const shapes = [
    ...topology.services.map((service) => ({ ref: service.ref, hint: service.clusterIP ?? 'headless' })),
    ...topology.machines.map((machine) => ({ ref: machine.ref, hint: machine.address })),
    ...topology.machines.flatMap((machine) => machine.pods.map((pod) => ({ ref: pod.ref, hint: pod.address }))),
  ]
  return shapes.slice(0, 1_000).map(({ ref, hint }) => ({ name: shortRef(ref), hint, run: () => select(ref) }))
}
