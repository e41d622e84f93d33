/** CoreDNS 1.11's Corefile (Caddyfile v1): server blocks of zones, and the plugins in them with their options. */

/** A directive: its words, those of the lines in its braces, and its line, counted from 0. */
export interface CorefileDirective {
  readonly words: readonly string[]
  readonly line: number
  readonly options: readonly { readonly words: readonly string[]; readonly line: number }[]
}

export interface ServerBlock {
  /** '.:53', 'example.org' … */
  readonly keys: readonly string[]
  readonly line: number
  readonly directives: readonly CorefileDirective[]
}

/** Why CoreDNS does not start, in its own words. */
export interface CorefileError {
  readonly error: string
  readonly line: number
}

interface Line {
  readonly words: readonly string[]
  readonly line: number
}

/** The server blocks of the text; the first thing that is no Corefile. */
export function parseCorefile(text: string): readonly ServerBlock[] | CorefileError {
  const lines = text.split('\n').flatMap((one, line): Line[] => {
    const words = one.replace(/(^|\s)#.*$/, '').match(/"[^"]*"|\S+/g)
    return words === null ? [] : [{ words: words.map((word) => word.replace(/^"(.*)"$/, '$1')), line }]
  })
  const blocks: ServerBlock[] = []
  for (let at = 0; at < lines.length; ) {
    const read = readBlock(lines, at)
    if ('error' in read) return read
    blocks.push(read.block)
    at = read.next
  }
  return blocks.length > 0 ? blocks : { error: 'no server blocks', line: 0 }
}

const last = (words: readonly string[]): string | undefined => words.at(-1)
const ended = (lines: readonly Line[]): CorefileError => ({
  error: "syntax error: unexpected EOF, expecting '}'",
  line: lines.at(-1)?.line ?? 0,
})

function readBlock(lines: readonly Line[], from: number): { readonly block: ServerBlock; readonly next: number } | CorefileError {
  const head = lines[from]
  if (head === undefined) return ended(lines)
  if (last(head.words) !== '{')
    return { error: `syntax error: unexpected token '${lines[from + 1]?.words[0] ?? 'EOF'}', expecting '{'`, line: head.line }
  const keys = head.words.slice(0, -1).flatMap((word) => word.split(',').filter(Boolean))
  const directives: CorefileDirective[] = []
  for (let at = from + 1; at < lines.length; at++) {
    const line = lines[at]
    if (line === undefined) break
    if (line.words[0] === '}') return { block: { keys, line: head.line, directives }, next: at + 1 }
    if (last(line.words) !== '{') {
      directives.push({ ...line, options: [] })
      continue
    }
    const end = lines.findIndex((one, i) => i > at && one.words[0] === '}')
    if (end < 0) return ended(lines)
    directives.push({ words: line.words.slice(0, -1), line: line.line, options: lines.slice(at + 1, end) })
    at = end
  }
  return ended(lines)
}
