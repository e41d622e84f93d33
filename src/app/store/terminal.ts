/** Which terminals are open, and what their commands have changed. */
import { useStore as useZustand } from 'zustand'
import { createStore } from 'zustand/vanilla'
import type { TypedCommand } from '../../engine/simulation/steps.ts'
import type { Topology } from '../../engine/simulation/topology.ts'
import { ask } from './engine.ts'
import { namespaceOf } from './namespaces.ts'
import { shortRef } from './references.ts'
import { appState, store } from './store.ts'
import { frameAt } from './terminal-moment.ts'
import { keptDocuments } from './terminal-script.ts'

export interface Terminals {
  readonly open: boolean
  /** References of machines and pods, in the order they were opened. */
  readonly tabs: readonly string[]
  readonly current: string | null
  /** How often one was asked for: who asks for the one on screen wants to type in it too. */
  readonly asked: number
}

const terminals = createStore<Terminals>(() => ({ open: false, tabs: [], current: null, asked: 0 }))

/** Which terminals are open, in a component. */
export function useTerminals<T>(selector: (state: Terminals) => T): T {
  return useZustand(terminals, selector)
}

/** A place where commands can be typed. */
export interface TerminalPlace {
  readonly ref: string
  readonly name: string
  readonly hint: string
  readonly kind: 'machine' | 'pod'
}

/** All of them: machines, then pods. */
export function terminalPlaces(topology: Topology): readonly TerminalPlace[] {
  const machines = topology.machines.filter(({ kind }) => kind !== 'internet')
  return [
    ...machines.map(({ ref, name, address }): TerminalPlace => ({ ref, name, hint: address, kind: 'machine' })),
    ...machines.flatMap((machine) =>
      machine.pods.map(
        ({ ref, address }): TerminalPlace => ({ ref, name: shortRef(ref).replace(/^pod\//, ''), hint: address, kind: 'pod' }),
      ),
    ),
  ]
}

/** Where one types for a shape: in itself, or at the machine it is part of. */
export function terminalOf(topology: Topology, ref: string): string | null {
  const where = terminalPlaces(topology).some((place) => place.ref === ref) ? ref : namespaceOf(topology, ref)
  return where !== null && terminalPlaces(topology).some((place) => place.ref === where) ? where : null
}

/** Opens a terminal, or shows the one that is there. */
export function openTerminal(ref: string): void {
  const { tabs, asked } = terminals.getState()
  terminals.setState({ open: true, current: ref, asked: asked + 1, tabs: tabs.includes(ref) ? tabs : [...tabs, ref] })
}

export function closeTerminal(ref: string): void {
  const { tabs, current, open } = terminals.getState()
  const left = tabs.filter((one) => one !== ref)
  terminals.setState({ tabs: left, current: current === ref ? (left.at(-1) ?? null) : current, open: open && left.length > 0 })
}

/** Opens the drawer, with a terminal for what is chosen, else for where the packet is; or closes it. */
export function toggleTerminal(): void {
  const { open, current } = terminals.getState()
  const { topology, selected, walk, frame } = appState()
  if (open) {
    terminals.setState({ open: false })
    return
  }
  if (topology === null) return
  const place = [selected, current, walk?.records[Math.max(0, frame)]?.where, terminalPlaces(topology)[0]?.ref].flatMap((ref) =>
    ref ? (terminalOf(topology, ref) ?? []) : [],
  )[0]
  if (place === undefined) appState().toast('There is no machine yet to type at.')
  else openTerminal(place)
}

/** Commands typed in the walk on screen. */
export function typedNow(): readonly TypedCommand[] {
  const { typed, walk } = appState()
  return walk !== null && typed.walk === (walk.name ?? `${walk.from} → ${walk.to}`) ? typed.commands : []
}

/** Takes the walk again with one more command; the moment on screen stays. */
export function addTyped(command: TypedCommand): Promise<void> {
  return retake([...typedNow(), command])
}

export function undoTyped(): Promise<void> {
  return retake(typedNow().slice(0, -1))
}

export function dropTyped(): Promise<void> {
  return retake([])
}

function retake(commands: readonly TypedCommand[]): Promise<void> {
  const { walk, frame, setTyped, pause, topologyStale } = appState()
  if (walk === null || topologyStale) return Promise.reject(new Error('Nothing can walk now: the text has errors. Mend them first.'))
  pause()
  setTyped(commands)
  return new Promise((resolve) => {
    const unsubscribe = store.subscribe((state) => {
      if (state.walk === null || state.walk === walk) return
      if (state.walk.id === walk.id || state.walk.status === 'running') return
      unsubscribe()
      state.setFrame(frameAt(state.walk.records, walk.records, frame))
      resolve()
    })
  })
}

/** Writes the commands into the text, as Scripts at their moments; a walk of the user's own is written down with them. */
export async function keepTyped(): Promise<void> {
  const { walk, text, documents, edit, toast, forgetTyped } = appState()
  const commands = typedNow()
  if (walk === null || commands.length === 0) return
  const taken = documents.map(({ name }) => name)
  const kept = keptDocuments(walk, commands, taken)
  try {
    const drawn = await ask('draw', { text, gesture: { kind: 'paste', text: kept.text } })
    if (appState().text !== text) throw new Error('The text has changed meanwhile: keep the commands once more.')
    forgetTyped()
    edit(drawn.changes)
    toast(commands.length === 1 ? 'The command stands in the text now.' : `${commands.length} commands stand in the text now.`)
    if (walk.name === null) startWhenThere(kept.walk)
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), 'error')
  }
}

/** Begins a walk as soon as the engine knows it. */
function startWhenThere(name: string): void {
  const { opened } = appState()
  const unsubscribe = store.subscribe((state) => {
    if (state.opened !== opened) unsubscribe()
    if (state.engine !== 'ready' || !state.walks.some((walk) => walk.name === name)) return
    unsubscribe()
    queueMicrotask(() => appState().startWalk({ name }))
  })
}
