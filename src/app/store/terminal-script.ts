/** Commands typed in terminals as documents of the text. Pure. */
import type { TypedCommand } from '../../engine/simulation/steps.ts'

const API = 'apiVersion: packetwalk.dev/v1alpha1'

/** A word that YAML reads as itself stands without quotes. */
const word = (text: string): string =>
  /^[A-Za-z][\w./-]*$/.test(text) && !/^(true|false|yes|no|on|off|null|y|n)$/i.test(text) ? text : JSON.stringify(text)

interface NamedWalk {
  readonly name: string | null
  readonly from: string
  readonly to: string
}

/** The documents, and the name of the walk they belong to. `taken`: names that others have. */
export function keptDocuments(
  walk: NamedWalk,
  commands: readonly TypedCommand[],
  taken: readonly string[],
): { readonly text: string; readonly walk: string } {
  const name = walk.name ?? freeName(nameOf(`${placeWord(walk.from)}-to-${placeWord(walk.to)}`), taken)
  const own =
    walk.name === null
      ? [`${API}\nkind: Walk\nmetadata:\n  name: ${word(name)}\nspec:\n  from: ${word(walk.from)}\n  to: ${word(walk.to)}\n`]
      : []
  return { walk: name, text: [...own, ...scripts(commands, name)].join('---\n') }
}

/** Lines typed one after the other at one place and moment are one Script. */
function scripts(commands: readonly TypedCommand[], walk: string): string[] {
  const groups: TypedCommand[] = []
  for (const command of commands) {
    const last = groups.at(-1)
    if (last && last.on === command.on && last.timeMs === command.timeMs)
      groups[groups.length - 1] = { ...last, run: `${last.run}\n${command.run}` }
    else groups.push(command)
  }
  return groups.map(({ on, run, timeMs }) => {
    const lines = run.split('\n').map((line) => `    ${line}`)
    return `${API}\nkind: Script\nmetadata:\n  name: ${nameOf(`${placeWord(on)}-change`)}\nspec:\n  on: ${word(on)}\n  at: {walk: ${word(walk)}, timeMs: ${timeMs}}\n  run: |\n${lines.join('\n')}\n`
  })
}

/** 'pod/default/web' → 'web', 'tcp://web:80' → 'web'. */
const placeWord = (ref: string): string => /([^/:\s]+)(?::\d+)?\/?$/.exec(ref)?.[1] ?? 'walk'

/** As Kubernetes names may be. */
const nameOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')

function freeName(wanted: string, taken: readonly string[]): string {
  let free = wanted
  for (let number = 2; taken.includes(free); number++) free = `${wanted}-${number}`
  return free
}
