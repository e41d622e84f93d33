/** Every command that has a key, in one table: the keyboard, the help and the command menu all read this one. */
import { formatText, inFullEditor, openOutline } from './features/editor/editor-commands.ts'
import {
  changeSpeed,
  stepHop,
  stepMachine,
  stepMoment,
  stepRule,
  toEnd,
  toggleLoop,
  togglePlay,
  toggleStopHere,
  toNextDrop,
  toNextMachine,
  toNextRewrite,
  toStop,
} from './features/playback/stepping.ts'
import { playAllWalks } from './store/alongside.ts'
import { causeOf } from './store/cause.ts'
import { collapseNodes, openEverything, toggleCollapsedChosen } from './store/collapsing.ts'
import { chosen, pasteFromClipboard } from './store/drawing.ts'
import { resetLayout } from './store/ordering.ts'
import { askCanvas } from './store/playback.ts'
import { isPresenting, togglePresenting } from './store/presenting.ts'
import { openSearch } from './store/searching.ts'
import { appState } from './store/store.ts'
import { toggleTerminal } from './store/terminal.ts'

export interface Command {
  /** What the command menu calls it; null where only a key makes sense. */
  readonly name: string | null
  /** As the keyboard reports them, modifiers in front: 'k', 'Shift+ArrowLeft'; a space stands between keys pressed one after the other. */
  readonly keys: readonly string[]
  /** Null: the pane that has the focus hears the key itself. */
  readonly run: (() => void) | null
}

/** One line of the help: commands that belong together. */
export interface KeyRow {
  readonly does: string
  readonly commands: readonly Command[]
}

export interface KeyGroup {
  readonly name: 'Play' | 'Draw' | 'View' | 'Go to' | 'Editor'
  readonly rows: readonly KeyRow[]
}

const command = (name: string | null, keys: string | readonly string[], run: Command['run']): Command => ({
  name,
  keys: typeof keys === 'string' ? [keys] : keys,
  run,
})

/** All of them, in the order the help shows them. */
export const KEY_GROUPS: readonly KeyGroup[] = [
  {
    name: 'Play',
    rows: [
      { does: 'play or pause', commands: [command('Play or pause', 'k', togglePlay), command(null, 'Space', () => nextOrPlay(1))] },
      { does: 'one step back while presenting', commands: [command(null, 'Shift+Space', () => nextOrPlay(-1))] },
      {
        does: 'one event back or on',
        commands: [command(null, 'ArrowLeft', () => stepMoment(-1)), command(null, 'ArrowRight', () => stepMoment(1))],
      },
      {
        does: 'one hop back or on',
        commands: [command('Hop back', 'Shift+ArrowLeft', () => stepHop(-1)), command('Hop forward', 'Shift+ArrowRight', () => stepHop(1))],
      },
      {
        does: 'one rule back or on',
        commands: [command('Rule before', 'Alt+ArrowLeft', () => stepRule(-1)), command('Next rule', 'Alt+ArrowRight', () => stepRule(1))],
      },
      {
        does: 'one machine back or on',
        commands: [
          command('Machine before', 'Ctrl+ArrowLeft', () => stepMachine(-1)),
          command(null, 'Ctrl+ArrowRight', () => stepMachine(1)),
        ],
      },
      {
        does: 'first or last moment',
        commands: [command('To the beginning', 'Home', () => toEnd(-1)), command('To the end', 'End', () => toEnd(1))],
      },
      { does: 'ten moments, on the timeline', commands: [command(null, ['PageUp', 'PageDown'], null)] },
      {
        does: 'run to the next rewrite, drop, machine',
        commands: [
          command('Run to next rewrite', 'n', toNextRewrite),
          command('Run to next drop', 'd', toNextDrop),
          command('Run to next machine', 'm', toNextMachine),
        ],
      },
      {
        does: 'stop here, or no longer',
        commands: [command('Stop here', 'b', toggleStopHere)],
      },
      {
        does: 'run to the stop before, to the next',
        commands: [command('Back to the stop before', ',', () => toStop(-1)), command('Run to the next stop', '.', () => toStop(1))],
      },
      { does: 'loop this packet’s journey', commands: [command('Loop this packet’s journey', 'l', toggleLoop)] },
      { does: 'slower, faster', commands: [command('Slower', '[', () => changeSpeed(-1)), command('Faster', ']', () => changeSpeed(1))] },
      { does: 'walk again', commands: [command('Walk again', 'w', () => appState().walkAgain())] },
      { does: 'all walks together, each in its hue; one alone again', commands: [command('Play all walks together', 'g w', playAllWalks)] },
    ],
  },
  {
    name: 'Draw',
    rows: [
      { does: 'add a shape', commands: [command('Add a shape…', 'a', () => appState().setOverlay('add'))] },
      {
        does: 'connect the chosen shape to another',
        commands: [command('Connect the chosen shape to…', 'x', connectChosen)],
      },
      { does: 'rename it in its place', commands: [command(null, 'F2', null), command('Rename the chosen shape', [], renameChosen)] },
      { does: 'duplicate', commands: [command(null, 'Ctrl+d', null), command('Duplicate what is chosen', [], chosen.duplicate)] },
      { does: 'delete', commands: [command(null, ['Delete', 'Backspace'], null), command('Delete what is chosen', [], chosen.delete)] },
      {
        does: 'copy, paste as text',
        commands: [
          command(null, ['Ctrl+c', 'Ctrl+v'], null),
          command('Copy what is chosen', [], chosen.copy),
          command('Paste documents', [], () => void pasteFromClipboard()),
        ],
      },
      {
        does: 'move a pod or a node among its neighbours; it can be dragged there, too',
        commands: [command(null, ['Shift+Alt+ArrowLeft', 'Shift+Alt+ArrowRight'], null), command('Reset the layout', [], resetLayout)],
      },
      { does: 'choose several', commands: [command(null, 'Shift+Enter', null)] },
      { does: 'everything that can be done with it', commands: [command(null, 'Shift+F10', null)] },
      {
        does: 'undo, redo',
        commands: [
          command('Undo', 'Ctrl+z', () => appState().undo()),
          command('Redo', ['Ctrl+Shift+z', 'Ctrl+y'], () => appState().redo()),
        ],
      },
    ],
  },
  {
    name: 'View',
    rows: [
      {
        does: 'overview, network, kernel',
        commands: [
          command('Overview', '1', () => appState().setLevel('overview')),
          command('Network', '2', () => appState().setLevel('network')),
          command('Kernel', '3', () => appState().openKernel(null)),
        ],
      },
      {
        does: 'zoom in, out; the level of detail follows, unless the settings say otherwise',
        commands: [command('Zoom in', ['+', '='], () => askCanvas('zoom-in')), command('Zoom out', '-', () => askCanvas('zoom-out'))],
      },
      { does: 'fit everything', commands: [command('Fit everything', '0', () => askCanvas('fit'))] },
      { does: 'minimap on or off, for a picture larger than the view', commands: [command('Minimap on or off', 'o', toggleMinimap)] },
      { does: 'camera follows the packet', commands: [command('Camera follows the packet', 'c', toggleCamera)] },
      { does: 'present: larger, without the editor; Space goes on', commands: [command('Present', 'p', togglePresenting)] },
      {
        does: 'collapse the chosen node, or the pods of its workload; open it again',
        commands: [
          command(null, 'h', null),
          command('Collapse or open the chosen shape', [], toggleCollapsedChosen),
          command('Collapse every node', [], collapseNodes),
          command('Open everything that is collapsed', [], openEverything),
        ],
      },
      { does: 'focus path', commands: [command('Focus path', 'f', toggleFocusPath)] },
      { does: 'next shape in path order', commands: [command(null, 'Tab', null)] },
      {
        does: 'from a shape to its neighbours',
        commands: [command(null, ['ArrowUp', 'ArrowDown'], null), command(null, ['ArrowLeft', 'ArrowRight'], null)],
      },
      {
        does: 'choose a shape, look inside; step out',
        commands: [command(null, 'Enter', null), command(null, 'Escape', stepOut)],
      },
    ],
  },
  {
    name: 'Go to',
    rows: [
      { does: 'command menu', commands: [command(null, 'Ctrl+k', () => appState().setOverlay('palette'))] },
      { does: 'find in the picture', commands: [command('Find in the picture…', '/', openSearch)] },
      { does: 'there: next hit, the one before, back to the shape', commands: [command(null, ['Enter', 'Shift+Enter', 'Escape'], null)] },
      { does: 'who reaches whom', commands: [command('Who reaches whom', 'r', () => appState().setOverlay('reach'))] },
      { does: 'terminal', commands: [command('Terminal', 't', toggleTerminal)] },
      {
        does: 'the same walk in another world',
        commands: [command('Compare this walk with…', 'v', () => appState().setComparing(!appState().comparing))],
      },
      { does: 'the editor', commands: [command('Go to the editor', 'e', () => appState().focusEditor())] },
      {
        does: 'show or hide walk and packet',
        commands: [command('Show or hide walk and packet', 'i', () => appState().setInspectorOpen(!appState().inspectorOpen))],
      },
      { does: 'the YAML line that decided', commands: [command('Go to the YAML line that decided', 'g y', goToOrigin)] },
      { does: 'settings', commands: [command('Settings…', 'Ctrl+,', () => appState().setOverlay('settings'))] },
      { does: 'this help', commands: [command('Help and shortcuts', '?', () => appState().setOverlay('help'))] },
    ],
  },
  {
    name: 'Editor',
    rows: [
      {
        does: 'list of documents',
        commands: [command('Go to a document…', ['g d', 'Ctrl+Shift+o'], openOutline)],
      },
      {
        does: 'go to what a name means; again: to the next',
        commands: [
          command(null, 'F12', null),
          command('Go to what the name under the cursor means', [], () => inFullEditor('goToDefinition')),
        ],
      },
      { does: 'the same, with the mouse', commands: [command(null, 'Ctrl+click', null)] },
      { does: 'format the text', commands: [command('Format the text', 'Shift+Alt+f', () => void formatText())] },
      {
        does: 'fold, unfold',
        commands: [
          command(null, ['Ctrl+Shift+[', 'Ctrl+Shift+]'], null),
          command('Fold every document', [], () => inFullEditor('foldDocuments')),
          command('Unfold everything', [], () => inFullEditor('unfold')),
        ],
      },
      { does: 'complete; at the beginning: whole documents', commands: [command(null, 'Ctrl+Space', null)] },
      { does: 'leave it: Tab goes on instead of indenting', commands: [command(null, ['Escape Tab'], null)] },
      { does: 'show this document in the picture', commands: [command(null, 'Ctrl+Enter', null)] },
      { does: 'leave a terminal', commands: [command(null, ['Escape Tab', 'Shift+Tab'], null)] },
      { does: 'close a terminal, on its tab', commands: [command(null, 'Delete', null)] },
      { does: 'quick fix', commands: [command(null, 'Ctrl+.', null)] },
      { does: 'find', commands: [command(null, 'Ctrl+f', null)] },
    ],
  },
]

const WORDS: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  PageUp: 'Page ↑',
  PageDown: 'Page ↓',
}

/** A key as people read it: "Shift ←", "G then Y". */
export function keyWords(key: string): string {
  if (key === '+') return key
  return key
    .split(' ')
    .map((press) =>
      press
        .split('+')
        .map((part) => WORDS[part] ?? (part.length === 1 ? part.toUpperCase() : part))
        .join(' '),
    )
    .join(' then ')
}

/** Before an audience Space goes through the steps; otherwise it plays. */
function nextOrPlay(direction: 1 | -1): void {
  if (isPresenting()) stepMoment(direction)
  else togglePlay()
}

/** Out of the kernel; in the picture, out of what is chosen. */
function stepOut(): void {
  const { kernel, closeKernel, select } = appState()
  if (kernel) closeKernel()
  else select(null)
}

function toggleCamera(): void {
  const { cameraFollows, setCameraFollows } = appState()
  setCameraFollows(!cameraFollows)
}

/** It shows where the picture is larger than the view. */
function toggleMinimap(): void {
  const { minimap, choose, toast } = appState()
  choose({ minimap: minimap === 'off' ? 'fitting' : 'off' })
  toast(minimap === 'off' ? 'The minimap shows while the picture is larger than the view.' : 'No minimap.')
}

/** Fades what is not on the path and frames the rest; or takes it back. */
export function toggleFocusPath(): void {
  const { focusPath, setFocusPath } = appState()
  setFocusPath(!focusPath)
  askCanvas(focusPath ? 'fit' : 'focus-path')
}

function connectChosen(): void {
  if (appState().selected === null) appState().toast('Choose a shape first.')
  else appState().setOverlay('connect')
}

function renameChosen(): void {
  const { selected, toast, setRenaming } = appState()
  if (selected === null) toast('Choose a shape first.')
  else setRenaming(selected)
}

function goToOrigin(): void {
  const { walk, frame, revealLine, toast } = appState()
  const event = walk?.records[frame]?.event
  const line = event ? causeOf(event)?.origin?.line : null
  if (line) revealLine(line)
  else toast('No line of the scenario decided this step.')
}
