/**
 * The same documents in one layout: indentation, spaces, separators. Values, quotes, comments, the order of keys and line breaks inside of values
 * and brackets stay; a document of which that cannot be shown afterwards is left as it is.
 */
import { type Document, isScalar, isSeq, Lexer, type Node, parseAllDocuments, Scalar, visit } from 'yaml'
import type { TextChange } from './diagnostic.ts'

/** Why nothing is formatted. */
export interface FormatProblem {
  readonly problem: string
}

/** A text longer than this would take seconds, UTF-16 units. */
const MOST_TEXT = 1_000_000

/** What gives a text its layout, one change a document, in ascending order; none where it has it already. */
export function formatYaml(text: string): readonly TextChange[] | FormatProblem {
  if (text.length > MOST_TEXT) return { problem: 'This text is too long to be formatted: more than a megabyte.' }
  const documents = readAs('core', text)
  const broken = documents.find(({ errors }) => errors.length > 0)?.errors[0]
  if (broken) return { problem: `Line ${text.slice(0, broken.pos[0]).split('\n').length} has a syntax error: mend it first, then format.` }
  const starts = documents.map(({ range }, index) => (index === 0 ? 0 : range[0]))
  return starts.flatMap((from, index) => {
    const piece = text.slice(from, starts[index + 1] ?? text.length)
    const insert = formatted(piece, index === starts.length - 1)
    return insert === piece ? [] : [{ from, to: from + piece.length, insert }]
  })
}

/** `failsafe` knows strings only: every plain value is printed as it was written, 010 and ~ too. */
function readAs(schema: 'core' | 'failsafe', text: string): readonly Document.Parsed[] {
  const read = parseAllDocuments(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'silent', merge: false, schema })
  return 'empty' in read && read.empty ? [] : [...read]
}

/** One document with its `---`, or as it was. */
function formatted(piece: string, isLast: boolean): string {
  const [document, ...others] = readAs('failsafe', piece)
  if (!document || others.length > 0 || document.contents === null) return piece
  const kept = keepLines(document, piece)
  const printed = document.toString({ lineWidth: 0, indent: 2, ...habitsOf(document, piece) })
  const result = `${withoutNewGap(kept(printed).trimEnd(), piece)}\n`
  const next = isLast ? result : `${result}---\n`
  return isSame(piece, result) && readAs('core', next).length === (isLast ? 1 : 2) ? result : piece
}

/** The library puts an empty line before the comment at the end. */
function withoutNewGap(printed: string, piece: string): string {
  return /\n[ \t]*\n\s*(?:#.*\s*)+$/.test(piece) ? printed : printed.replace(/\n\n((?:#.*\n?)+)$/, '\n$1')
}

/** How this document indents its lists and fills its brackets: as most of them are. */
function habitsOf(document: Document.Parsed, piece: string): { readonly indentSeq: boolean; readonly flowCollectionPadding: boolean } {
  let indented = 0
  let padded = 0
  visit(document, {
    Pair(_, { key, value }) {
      if (!isSeq(value) || value.flow || !isScalar(key)) return
      const [at, list] = [key.range?.[0] ?? 0, value.range?.[0] ?? 0]
      indented += columnOf(piece, list) > columnOf(piece, at) ? 1 : -1
    },
    Collection(_, { flow, range, items }) {
      if (flow && range && items.length > 0 && !/[\n#]/.test(piece.slice(range[0], range[1])))
        padded += /\s/.test(piece[range[0] + 1] ?? '') ? 1 : -1
    },
  })
  return { indentSeq: indented >= 0, flowCollectionPadding: padded > 0 }
}

function columnOf(text: string, at: number): number {
  return at - (text.lastIndexOf('\n', at - 1) + 1)
}

/** Stands for what the library would lay out anew; no manifest holds it. */
const MARK = '\u2060keep'

/** Several lines that stay, and the columns before the first of them. */
interface KeptLines {
  readonly source: string
  readonly indent: number
}

/**
 * The library joins the lines of long strings, of `>` blocks and of brackets. So marks are printed in their places, and what is returned puts the
 * lines back.
 */
function keepLines(document: Document.Parsed, piece: string): (printed: string) => string {
  const kept: KeptLines[] = []
  const keep = ({ range }: Node): Scalar => {
    const [from = 0, to = 0] = range ?? []
    kept.push({ source: piece.slice(from, to).trimEnd(), indent: indentAt(piece, from) })
    return new Scalar(`${MARK}${kept.length - 1}${MARK}`)
  }
  const hasLines = ({ range }: Node): boolean => range != null && piece.slice(range[0], range[1]).trimEnd().includes('\n')
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || !hasLines(node) || node.type === Scalar.BLOCK_LITERAL) return
      if (node.type === Scalar.BLOCK_FOLDED) asLiteral(node, piece)
      else Object.assign(node, { value: keep(node).value, type: Scalar.PLAIN })
    },
    Collection(_, node) {
      if (!node.flow || !hasLines(node)) return
      const { comment, commentBefore, spaceBefore, anchor } = node
      return Object.assign(keep(node), { comment, commentBefore, spaceBefore, anchor })
    },
  })
  return (printed) =>
    printed
      .replaceAll(new RegExp(`\\|([-+\\d]*) #${MARK}`, 'g'), '>$1')
      .replaceAll(new RegExp(`^( *)(.*?)${MARK}(\\d+)${MARK}`, 'gm'), (_, indent: string, before: string, index: string) => {
        const lines = kept[Number(index)]
        return lines ? `${indent}${before}${shifted(lines, indent.length)}` : ''
      })
}

/** The lines behind the first move with it; deeper than the key they belong to they stay. */
function shifted({ source, indent }: KeptLines, now: number): string {
  return source.replaceAll(/\n([ \t]*)(?=\S)/g, (_, before: string) => `\n${' '.repeat(Math.max(0, before.length - indent + now))}`)
}

/** Columns before the line's first character. */
function indentAt(text: string, at: number): number {
  return /^ */.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1))?.[0].length ?? 0
}

/** The lines of a `>` block as those of a `|` block, which are printed as they are. */
function asLiteral(node: Scalar, piece: string): void {
  const source = piece.slice(node.range?.[0], node.range?.[1])
  const read = readAs('failsafe', `${source.replace('>', '|')}\n`)[0]?.contents
  if (isScalar(read) && !node.comment) Object.assign(node, { value: read.value, type: Scalar.BLOCK_LITERAL, comment: MARK })
}

/** The same values, as read and as written, and the same comments? */
function isSame(before: string, after: string): boolean {
  return (
    (['core', 'failsafe'] as const).every((schema) => said(schema, before) === said(schema, after)) && comments(before) === comments(after)
  )
}

function said(schema: 'core' | 'failsafe', text: string): string {
  const [document, ...others] = readAs(schema, text)
  if (!document || others.length > 0 || document.errors.length > 0) return text
  const quotes: string[] = []
  visit(document, { Scalar: (_, { type }) => void quotes.push(type ?? '') })
  return JSON.stringify([document.toJS(), quotes])
}

function comments(text: string): string {
  return [...new Lexer().lex(text)]
    .filter((token) => token.startsWith('#'))
    .map((token) => token.trim())
    .sort()
    .join('\n')
}
