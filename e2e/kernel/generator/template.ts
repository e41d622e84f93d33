/**
 * Texts of a generated lab that do not know the lab yet: `{addr:7}` is the seventh of its addresses, counted round and round. So every part of
 * a lab can be drawn, and shrunk, by itself.
 */
import fc from 'fast-check'

/** What placeholders stand for on one machine. */
export type Words = Readonly<Record<string, readonly string[]>>

/** More than any list of words is long. */
const FAR = 1000

/** `{kind:n}` for a random n. */
export const word = (kind: string): fc.Arbitrary<string> => fc.nat(FAR).map((n) => `{${kind}:${n}}`)

/** Joins fixed and drawn texts: text`-m mark ${not}--mark ${value}`. */
export function text(parts: TemplateStringsArray, ...drawn: readonly (fc.Arbitrary<string> | string)[]): fc.Arbitrary<string> {
  return fc
    .tuple(...drawn.map((one) => (typeof one === 'string' ? fc.constant(one) : one)))
    .map((texts) => parts.reduce((all, part, i) => all + part + (texts[i] ?? ''), ''))
}

/** '' or `! `. */
export const not: fc.Arbitrary<string> = fc.constantFrom('', '', '! ')

export const one = (...words: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...words)

/** Nothing, or what `from` draws, every `times`-th time. */
export const sometimes = (from: fc.Arbitrary<string>, times = 3): fc.Arbitrary<string> =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant('') }, { weight: 1, arbitrary: from })

/** The text with its placeholders replaced; null when this machine has nothing of a kind that is asked for. */
export function fill(template: string, words: Words): string | null {
  let lacking = false
  const filled = template.replace(/\{(\w+):(\d+)\}/g, (_all, kind: string, n: string) => {
    const list = words[kind] ?? []
    lacking ||= list.length === 0
    return list[Number(n) % list.length] ?? ''
  })
  return lacking ? null : filled
}
