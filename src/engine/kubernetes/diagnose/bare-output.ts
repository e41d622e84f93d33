/** An iptables-save that is pasted into the scenario as it is, outside of any object: what it should be, and on which machine. */
import type { Report, Span } from '../report.ts'
import type { Fix } from './edit.ts'

const TABLE = /^\*(?:raw|mangle|nat|filter|security)[ \t\r]*$/m

/** The documents of the text that are the output of iptables-save and nothing else. */
export function bareOutputs(text: string): Span[] {
  if (!TABLE.test(text)) return []
  const found: Span[] = []
  let from = 0
  for (const part of text.split(/^(?=---[ \t\r]*$)/m)) {
    const body = from + (/^---[ \t\r]*\n/.exec(part)?.[0].length ?? 0)
    const own = text.slice(body, from + part.length)
    if (TABLE.test(own) && !/^(?:apiVersion|kind):/m.test(own)) found.push({ from: body, to: from + part.length })
    from += part.length
  }
  return found
}

/** The text for the YAML parser: blanks in the place of such documents, so that everything else stands where it stood. */
export function withoutBareOutputs(text: string, outputs: readonly Span[]): string {
  return outputs.reduce((left, { from, to }) => left.slice(0, from) + left.slice(from, to).replace(/[^\n]/g, ' ') + left.slice(to), text)
}

/** Says so at the first line of each, and offers to make it a Script of the machine. */
export function reportBareOutputs(outputs: readonly Span[], node: string, report: Report): void {
  for (const { from, to } of outputs) {
    const body = report.text.slice(from, to)
    const at = from + body.search(TABLE)
    const end = report.text.indexOf('\n', at)
    const lines = body
      .trimEnd()
      .split('\n')
      .map((line) => (line.trim() === '' ? '' : `    ${line.trimEnd()}`))
    const head = `apiVersion: packetwalk.dev/v1alpha1\nkind: Script\nmetadata:\n  name: ${node}-rules\nspec:\n  on: node/${node}\n  iptablesSave: |\n`
    const fix: Fix = { title: `Make it a Script for node/${node}`, changes: [{ from, to, insert: `${head}${lines.join('\n')}\n` }] }
    report.stepError({
      code: 'bare-output',
      message: 'This is the output of iptables-save. A Script takes it, on the machine that printed it: spec.iptablesSave.',
      at: { from: at, to: end < 0 ? report.text.length : end },
      fix,
    })
  }
}
