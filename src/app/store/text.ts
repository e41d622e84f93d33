/** Plain text arithmetic for the one gateway of edits. Pure. */
import type { TextChange } from '../../engine/kubernetes/diagnostic.ts'

/** Line ends as "\n", no byte-order mark: what editor and engine count offsets in. */
export function normalized(text: string): string {
  return text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n')
}

/** In the order of the text; those at one place stay in the order they are given in. */
export function inOrder(changes: readonly TextChange[]): readonly TextChange[] {
  return [...changes].sort((a, b) => a.from - b.from)
}

/** Applies changes, which all refer to the text before any of them; those at one place stand in the order they are given in. */
export function applyChanges(text: string, changes: readonly TextChange[]): string {
  return inOrder(changes).reduceRight((result, { from, to, insert }) => result.slice(0, from) + insert + result.slice(to), text)
}

/** The one change that makes `after` of `before`: what lies between their common beginning and end. */
export function changeBetween(before: string, after: string): TextChange {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start += 1
  let end = 0
  while (end < shorter - start && before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end)) end += 1
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) }
}

/** 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line += 1
  return line
}

/** Offset of the beginning of a 1-based line; the end of the text when there is none. */
export function offsetOfLine(text: string, line: number): number {
  let at = 0
  for (let count = 1; count < line; count++) {
    const next = text.indexOf('\n', at)
    if (next < 0) return text.length
    at = next + 1
  }
  return at
}
