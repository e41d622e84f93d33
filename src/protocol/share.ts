/**
 * Links that carry a whole scenario in the URL fragment: `#v1.d.` + base64url(deflate-raw(UTF-8 JSON {"yaml": TEXT, "view"?: {…}})),
 * then readable view keys: `&walk=…&frame=…`. Fields and keys that this version does not know are kept.
 */
import { deflateSync, Inflate } from 'fflate'

/** What a link holds. `yaml` is the scenario text; `view` what the page should show; further fields come from other versions. */
export interface SharedScenario {
  readonly yaml: string
  readonly view?: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

/** Readable keys behind the encoded part, in order: `walk` (a Walk's name), `frame` (a record number), and unknown ones. */
export type ViewKeys = ReadonlyMap<string, string>

export type ShareErrorCode = 'not-a-link' | 'version' | 'too-long' | 'too-big' | 'base64' | 'truncated' | 'deflate' | 'json' | 'no-yaml'

/** Why a link could not be made or read; `message` is for the user. */
export interface ShareError {
  readonly code: ShareErrorCode
  readonly message: string
}

export type Encoded =
  | {
      readonly ok: true
      readonly fragment: string
      /** Set when the link works but is long for chat programs and mail. */
      readonly warning: string | null
    }
  | { readonly ok: false; readonly error: ShareError }
export type Decoded =
  | { readonly ok: true; readonly scenario: SharedScenario; readonly keys: ViewKeys }
  | { readonly ok: false; readonly error: ShareError }

/** Characters of an encoded fragment above which some programs cut links: worth a warning. */
export const LONG_FRAGMENT = 8_000
/** Characters of an encoded fragment above which no link is made or read. */
export const MAX_FRAGMENT = 200_000
/** Bytes of JSON that a link may inflate to; inflating stops there. */
export const MAX_INFLATED = 4 * 1024 * 1024

const PREFIX = 'v1.d.'
/** Deflate grows its input at most about 1032 times, so one piece cannot exceed a few MiB before the cap is seen. */
const INFLATE_PIECE = 2_048
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const DIGITS: ReadonlyMap<string, number> = new Map([...ALPHABET].map((letter, value) => [letter, value]))

/** Makes the fragment (with its '#') for a scenario. Refuses what `decodeShare` would refuse. */
export function encodeShare(scenario: SharedScenario, keys: ViewKeys = new Map()): Encoded {
  const bytes = new TextEncoder().encode(JSON.stringify(scenario))
  if (bytes.length > MAX_INFLATED)
    return refuse('too-big', `The scenario has ${bytes.length} bytes; a link can hold at most ${MAX_INFLATED}.`)
  const encoded = PREFIX + toBase64Url(deflateSync(bytes, { level: 9 }))
  if (encoded.length > MAX_FRAGMENT)
    return refuse(
      'too-long',
      `The link would have ${encoded.length} characters; the most is ${MAX_FRAGMENT}. Save the scenario as a file instead.`,
    )
  const readable = [...keys].map(([key, value]) => `&${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join('')
  const fragment = `#${encoded}${readable}`
  const warning =
    fragment.length > LONG_FRAGMENT
      ? `The link has ${fragment.length} characters; chat programs and mail may cut links over ${LONG_FRAGMENT}.`
      : null
  return { ok: true, fragment, warning }
}

/** Reads a fragment, with or without its '#'. Never throws. */
export function decodeShare(fragment: string): Decoded {
  const [encoded = '', ...rest] = fragment.trim().replace(/^#/, '').split('&')
  const bytes = compressedBytes(encoded)
  if ('error' in bytes) return bytes
  const json = inflateText(bytes.bytes)
  if ('error' in json) return json
  let value: unknown
  try {
    value = JSON.parse(json.text)
  } catch {
    return refuse('json', 'This link is damaged: what it holds is not JSON.')
  }
  if (!isSharedScenario(value)) return refuse('no-yaml', 'This link holds no scenario: its text ("yaml") is missing.')
  return { ok: true, scenario: value, keys: viewKeys(rest) }
}

/** Reads `key=value` pairs; a pair that is not well-formed percent-encoding is taken literally. */
function viewKeys(pairs: readonly string[]): ViewKeys {
  const keys = new Map<string, string>()
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    if (equals > 0) keys.set(percentDecoded(pair.slice(0, equals)), percentDecoded(pair.slice(equals + 1)))
  }
  return keys
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function compressedBytes(encoded: string): { readonly bytes: Uint8Array } | { readonly ok: false; readonly error: ShareError } {
  if (encoded.length > MAX_FRAGMENT) return refuse('too-long', `This link has ${encoded.length} characters; the most is ${MAX_FRAGMENT}.`)
  const version = /^v(\d+)\.([a-z]*)\.?/.exec(encoded)
  if (!version) return refuse('not-a-link', `This is not a Packetwalk link: it should begin with #${PREFIX}`)
  if (!encoded.startsWith(PREFIX)) {
    const form = `v${version[1]}.${version[2]}`
    return PREFIX.startsWith(encoded)
      ? refuse('truncated', 'This link is cut off: nothing follows its beginning. Copy it again, whole.')
      : refuse('version', `This link has the form "${form}", which this version cannot read: it reads "v1.d". A newer version may.`)
  }
  const body = encoded.slice(PREFIX.length).replace(/=+$/, '')
  if (body === '') return refuse('truncated', 'This link is cut off: nothing follows its beginning. Copy it again, whole.')
  const bytes = fromBase64Url(body)
  return bytes === null ? refuse('base64', 'This link is damaged: it has characters that do not belong there.') : { bytes }
}

/** Inflates in small pieces and stops as soon as the result is over the cap, however little the link weighs. */
function inflateText(bytes: Uint8Array): { readonly text: string } | { readonly ok: false; readonly error: ShareError } {
  const chunks: Uint8Array[] = []
  let size = 0
  const inflate = new Inflate((chunk) => {
    chunks.push(chunk)
    size += chunk.length
  })
  try {
    for (let at = 0; at < bytes.length; at += INFLATE_PIECE) {
      inflate.push(bytes.subarray(at, at + INFLATE_PIECE), at + INFLATE_PIECE >= bytes.length)
      if (size > MAX_INFLATED) return refuse('too-big', `This link would unfold to more than ${MAX_INFLATED} bytes. It was not opened.`)
    }
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(joined(chunks, size)) }
  } catch (error) {
    const cut = error instanceof Error && /EOF/i.test(error.message)
    return cut
      ? refuse('truncated', 'This link is cut off: its end is missing. Copy it again, whole.')
      : refuse('deflate', 'This link is damaged: it cannot be unpacked.')
  }
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

function toBase64Url(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = [bytes[i], bytes[i + 1], bytes[i + 2]]
    const word = (a << 16) | ((b ?? 0) << 8) | (c ?? 0)
    text += ALPHABET.charAt(word >> 18) + ALPHABET.charAt((word >> 12) & 63)
    if (b !== undefined) text += ALPHABET.charAt((word >> 6) & 63)
    if (c !== undefined) text += ALPHABET.charAt(word & 63)
  }
  return text
}

/** Null when a character is not of the alphabet. A lone last character (a cut-off link) carries no byte and is dropped. */
function fromBase64Url(text: string): Uint8Array | null {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let word = 0
  let bits = 0
  let at = 0
  for (const letter of text) {
    const value = DIGITS.get(letter)
    if (value === undefined) return null
    word = ((word << 6) | value) & 0xffffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = (word >> bits) & 255
    }
  }
  return bytes
}

function isSharedScenario(value: unknown): value is SharedScenario {
  return typeof value === 'object' && value !== null && 'yaml' in value && typeof value.yaml === 'string'
}

function refuse(code: ShareErrorCode, message: string): { readonly ok: false; readonly error: ShareError } {
  return { ok: false, error: { code, message } }
}
