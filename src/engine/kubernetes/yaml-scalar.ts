/** Scalars of YAML as the quick readers take them (block-yaml.ts, flow-yaml.ts): what is not plainly one is left to the library. */
import type { ScalarValue } from './value.ts'

/** Thrown by the quick readers to leave their recursion; caught where they begin. */
export class NotPlainYaml extends Error {}

const DOUBLE_QUOTED = /"(?:[^"\\\n\t]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const SINGLE_QUOTED = /'(?:[^'\n\t]|'')*'/y
/** Keys that are no strings, or stand for something else. */
const ODD_KEYS = /^(?:true|false|null|True|False|Null|TRUE|FALSE|NULL|"<<"|'<<')$/
/** YAML 1.2 core schema. */
const INTEGER = /^[-+]?[0-9]+$/
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
/** Other numbers of the schema: left to the library. */
export const ODD_NUMBER = /^(?:0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/

/** Is the key, as it is written, one for the library? */
export function isOddKey(written: string): boolean {
  return ODD_KEYS.test(written)
}

/** The scalar in quotes that begins at `from`. */
export function quotedScalar(text: string, from: number, path: string): ScalarValue {
  const double = text.charAt(from) === '"'
  const form = double ? DOUBLE_QUOTED : SINGLE_QUOTED
  form.lastIndex = from
  const written = form.exec(text)?.[0]
  if (written === undefined) throw new NotPlainYaml()
  const inner = written.slice(1, -1)
  const value = double ? (inner.includes('\\') ? String(JSON.parse(written)) : inner) : inner.replaceAll("''", "'")
  return { kind: 'scalar', from, to: from + written.length, path, size: 1, value, source: value }
}

/** What an unquoted scalar stands for. */
export function plainScalar(source: string): string | number | boolean | null {
  const first = source.charCodeAt(0)
  const numeric = (first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d || first === 0x2e
  if (numeric) return INTEGER.test(source) || FLOAT.test(source) ? Number(source) : source
  if (source === '~' || /^(?:null|Null|NULL)$/.test(source)) return null
  return /^(?:true|True|TRUE|false|False|FALSE)$/.test(source) ? source.toLowerCase() === 'true' : source
}
