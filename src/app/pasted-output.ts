/** Files that hold what a real machine's tools printed: they become a Script of one machine. */
import type { TextChange } from '../engine/kubernetes/diagnostic.ts'

const OUTPUTS = [
  { field: 'iptablesSave', tool: 'iptables-save', what: 'rules', is: /^\*(?:raw|mangle|nat|filter|security)[ \t\r]*$/m },
  { field: 'ipsetSave', tool: 'ipset save', what: 'sets', is: /^create \S+ (?:hash|bitmap|list):\S+/m },
  {
    field: 'ipRoute',
    tool: 'ip route',
    what: 'routes',
    is: /^(?:default|[\d./]+|blackhole [\d./]+|unreachable [\d./]+) (?:via [\d.]+ )?dev \S+/m,
  },
] as const

export type PastedOutput = (typeof OUTPUTS)[number]

/** Which tool printed this; null where the text is a manifest, or nothing that is known. */
export function outputIn(text: string): PastedOutput | null {
  if (/^(?:apiVersion|kind):/m.test(text)) return null
  return OUTPUTS.find(({ is }) => is.test(text)) ?? null
}

/** Puts the output into the scenario's text as a Script on a machine ('node/worker-1'): before the first Walk, so that all Walks see it. */
export function scriptChange(
  scenario: string,
  { field, what }: PastedOutput,
  output: { readonly text: string; readonly on: string },
): TextChange {
  const name = `${output.on.slice(output.on.lastIndexOf('/') + 1)}-${what}`
  const lines = output.text.replace(/\r/g, '').replace(/\s*$/, '').split('\n')
  const block = lines.map((line) => (line.trim() === '' ? '' : `    ${line}`)).join('\n')
  const script = `apiVersion: packetwalk.dev/v1alpha1\nkind: Script\nmetadata:\n  name: ${name}\nspec:\n  on: ${output.on}\n  ${field}: |\n${block}\n`
  const walk = /^kind:[ \t]*Walk[ \t\r]*$/m.exec(scenario)
  const before = walk === null ? -1 : scenario.lastIndexOf('\n---', walk.index)
  if (walk !== null && before < 0) return { from: 0, to: 0, insert: `${script}---\n` }
  const at = before < 0 ? scenario.length : before + 1
  const start = scenario.trim() === '' ? '' : `${at === 0 || scenario.charAt(at - 1) === '\n' ? '' : '\n'}---\n`
  return { from: at, to: at, insert: `${start}${script}` }
}
