/** Output of a real machine's tools in a Script: the commands that put the simulated machine into that state. */
import { type Fields, placeOf, stringAt, valueAt } from '../fields.ts'
import type { ScriptSpec } from '../scenario.ts'

/** Fields of Script.spec that hold such output. */
export const PASTED = ['iptablesSave', 'ipsetSave', 'ipRoute'] as const

type Pasted = Pick<ScriptSpec, 'run' | 'runLine'>

/** The commands for what is pasted; null where nothing is, or where it is not what the field's name says (then that is reported). */
export function decodePasted(spec: Fields): Pasted | null {
  const key = PASTED.find((name) => valueAt(spec, name) !== null)
  const text = key === undefined ? null : stringAt(spec, key)
  if (key === undefined || text === null) return null
  const first = firstLineOf(spec, key)
  if (!LOOKS_LIKE[key].test(text)) {
    spec.report.error({ code: 'not-pasted-output', message: `${key}: this is not the output of ${COMMAND[key]}.`, at: placeOf(spec, key) })
    return null
  }
  if (key === 'ipRoute') return routeCommands(text, first)
  return fromInput(
    key === 'iptablesSave' ? 'iptables-restore' : 'ipset -exist restore',
    key === 'iptablesSave' ? wholeTables(text) : text,
    first,
  )
}

const COMMAND = { iptablesSave: 'iptables-save', ipsetSave: 'ipset save', ipRoute: 'ip route' } as const
const LOOKS_LIKE = {
  iptablesSave: /^\*(?:raw|mangle|nat|filter|security)\s*$/m,
  ipsetSave: /^create \S+ \S+/m,
  ipRoute: /\b(?:dev|via|blackhole|unreachable|prohibit|nexthop)\b/,
} as const

function firstLineOf(spec: Fields, key: string): number {
  const value = valueAt(spec, key)
  if (value === null) return 1
  const { line } = spec.report.rangeOf(value)
  return spec.report.text.charAt(value.from) === '|' ? line + 1 : line
}

const END = 'END-OF-PASTED-TEXT'

/** The text as a command's standard input: its first line is the second of the command. */
function fromInput(command: string, text: string, first: number): Pasted {
  return {
    run: `${command} <<'${END}'\n${text.replace(/\n*$/, '\n')}${END}`,
    runLine: { first: Math.max(1, first - 1), block: true, input: true },
  }
}

/** iptables-save leaves out tables that nobody uses: there they are empty. */
function wholeTables(text: string): string {
  const absent = ['raw', 'mangle', 'nat', 'filter', 'security'].filter((table) => !new RegExp(`^\\*${table}\\s*$`, 'm').test(text))
  return `${text.replace(/\n*$/, '\n')}${absent.map((table) => `*${table}\nCOMMIT\n`).join('')}`
}

interface RouteLine {
  readonly text: string
  readonly line: number
}

/** The main table as printed: emptied, then routes to links before those through gateways, which need them. */
function routeCommands(text: string, first: number): Pasted {
  const routes: RouteLine[] = []
  for (const [i, line] of text.split('\n').entries()) {
    const last = routes.at(-1)
    if (/^\s+nexthop\b/.test(line) && last) routes[routes.length - 1] = { ...last, text: `${last.text} ${line.trim()}` }
    else if (line.trim() !== '') routes.push({ text: line.replace(/ (?:linkdown|dead|offload|trap)\b/g, '').trim(), line: first + i })
  }
  const far = ({ text: route }: RouteLine): boolean => / via |nexthop/.test(route)
  const inOrder = [...routes.filter((route) => !far(route)), ...routes.filter(far)]
  return {
    run: ['ip route flush table main', ...inOrder.map((route) => `ip route add ${route.text}`)].join('\n'),
    runLine: { first, block: true, lines: [first, ...inOrder.map(({ line }) => line)] },
  }
}

/** What a machine calls its NIC: the device of the route to the link on which it has this address. */
export function nicNameIn(text: string, address: string): string | null {
  const route = text.split('\n').find((line) => / scope link /.test(`${line} `) && ` ${line} `.includes(` src ${address} `))
  return / dev (\S+)/.exec(route ?? '')?.[1] ?? null
}
