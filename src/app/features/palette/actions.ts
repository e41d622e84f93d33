/** What the command menu offers, made of the present state. */
import { KEY_GROUPS, type KeyGroup, keyWords } from '../../commands.ts'
import { addByCommand, DRAWN_KINDS } from '../../store/drawing.ts'
import { galleryEntries } from '../../store/gallery.ts'
import { keepCopy, openAsOwn, openGallery, openOwnWork } from '../../store/opening.ts'
import { shortRef } from '../../store/references.ts'
import { insertSnippet, SNIPPETS } from '../../store/snippets.ts'
import { appState } from '../../store/store.ts'
import type { Action, ActionGroup } from '../../ui/command-menu.tsx'

/** All actions, grouped; shapes come last, since there may be thousands. */
export function allActions(): readonly ActionGroup[] {
  return [
    { name: 'Play', actions: keyed('Play') },
    {
      name: 'Walks',
      actions: appState().walks.map((walk) => ({
        name: `Walk: ${walk.name}`,
        hint: `${walk.from} → ${walk.to}`,
        run: () => appState().startWalk({ name: walk.name }),
      })),
    },
    { name: 'Draw', actions: [...addActions(), ...keyed('Draw')] },
    { name: 'View', actions: [...keyed('View'), ...keyed('Go to'), ...themeActions()] },
    { name: 'Text', actions: [...keyed('Editor'), ...snippetActions()] },
    { name: 'Scenario', actions: scenarioActions() },
    { name: 'Shapes', actions: shapeActions() },
  ]
}

/** The commands of the key table that have a name, with their first key. */
function keyed(group: KeyGroup['name']): readonly Action[] {
  const rows = KEY_GROUPS.find((one) => one.name === group)?.rows ?? []
  return rows.flatMap(({ commands }) =>
    commands.flatMap(({ name, keys: [key = ''], run }) => (name === null || run === null ? [] : [{ name, shortcut: keyWords(key), run }])),
  )
}

function addActions(): readonly Action[] {
  return DRAWN_KINDS.map(({ what, name, says }) => ({ name: `Add ${name}`, hint: says, run: () => void addByCommand(what) }))
}

/** Documents to begin with, behind the one under the cursor. */
function snippetActions(): readonly Action[] {
  return SNIPPETS.map((snippet) => ({ name: `Snippet: ${snippet.name}`, hint: snippet.says, run: () => insertSnippet(snippet) }))
}

function themeActions(): readonly Action[] {
  const { setTheme } = appState()
  return [
    { name: 'Light theme', run: () => setTheme('light') },
    { name: 'Dark theme', run: () => setTheme('dark') },
    { name: 'Theme as the system', run: () => setTheme('system') },
  ]
}

function scenarioActions(): readonly Action[] {
  const { source, setOverlay, everyEndpoint, setEveryEndpoint } = appState()
  return [
    { name: 'Scenarios…', run: () => setOverlay('gallery') },
    { name: 'New scenario', run: () => openAsOwn('', 'untitled.yaml') },
    ...(source === 'own' ? [] : [{ name: 'Keep a copy as my own', run: keepCopy }]),
    { name: 'Back to my last work', run: openOwnWork },
    { name: 'All my works…', hint: 'rename, duplicate, delete', run: () => setOverlay('works') },
    { name: 'Run this on real Linux…', hint: 'a script of real network namespaces', run: () => setOverlay('lab') },
    {
      name: everyEndpoint ? 'Let chance decide' : 'Every endpoint',
      hint: 'each way the walk can go',
      run: () => setEveryEndpoint(!everyEndpoint),
    },
    ...galleryEntries().map(({ file, title }) => ({ name: `Open “${title}”`, hint: file, run: () => void openGallery(file) })),
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
  return shapes.map(({ ref, hint }) => ({ name: shortRef(ref), hint, run: () => select(ref) }))
}
