/** Command-line options of match and target extensions, as getopt_long sees them. Userspace: libxtables/xtoptions.c. */

/** One long option of an extension. */
export interface OptionSpec {
  /** Without the dashes. */
  readonly name: string
  /** Other spellings (`destination-port`). */
  readonly aliases?: readonly string[]
  /** How many arguments it takes (2: `--tcp-flags mask comp`). */
  readonly values: 0 | 1 | 2
  /** May `!` stand before it? */
  readonly invertible?: boolean
  /** Must it be given? */
  readonly mandatory?: boolean
  /** What the tool says when it is given twice, where that is not the usual sentence. */
  readonly onlyOnce?: string
  /** It may be given again; the last one counts. */
  readonly repeatable?: boolean
  /** What the tool says when `!` stands before it, where that is not the usual sentence. */
  readonly notInverted?: string
  /** Options that may not be given with it. */
  readonly excludes?: readonly string[]
  /** An option that must be given with it. */
  readonly also?: string
}

/** One option as it was given; `name` is the spec's, whatever the spelling. */
export interface GivenOption {
  readonly name: string
  readonly not: boolean
  readonly values: readonly string[]
}

/** The option of that name, if it was given. */
export function givenOption(given: readonly GivenOption[], name: string): GivenOption | undefined {
  for (const option of given) if (option.name === name) return option
  return undefined
}

/** The option that was given of these, of which one must be: `mandatory` or `finalCheck` has seen to that. */
export function requiredOption<N extends string>(
  given: readonly GivenOption[],
  ...names: readonly N[]
): GivenOption & { readonly name: N } {
  const isAsked = (option: GivenOption): option is GivenOption & { readonly name: N } => (names as readonly string[]).includes(option.name)
  return given.find(isAsked) ?? notGiven(names)
}

function notGiven(names: readonly string[]): never {
  throw new Error(`an option that must be given is not: ${names.join(', ')}`)
}

/** The first argument of the option of that name, if it was given. */
export function givenValue(given: readonly GivenOption[], name: string): string | undefined {
  return givenOption(given, name)?.values[0]
}

/** xtables_strtoui(): an unsigned integer in C notation (decimal, 0x…, 0…) and what stands behind it; null when there is none, or it is above `max`. */
export function leadingUnsigned(text: string, max = 0xffffffff): { readonly value: number; readonly rest: string } | null {
  const [whole = '', digits = ''] = /^\+?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(text) ?? []
  const value = /^0\d/.test(digits) ? Number.parseInt(digits, 8) : Number(digits)
  return digits === '' || value > max ? null : { value, rest: text.slice(whole.length) }
}

/** The same where nothing may stand behind it. */
export function parseUnsigned(text: string, max = 0xffffffff): number | null {
  const leading = leadingUnsigned(text, max)
  return leading?.rest === '' ? leading.value : null
}

/** What the tools say of a name that is no address, where no resolver answers. */
export const NOT_RESOLVED = 'getaddrinfo: Temporary failure in name resolution\n'

/** The value of an option as an integer of a range; the error in the words of libxtables. */
export function readInteger(extension: string, option: GivenOption, max: number, min = 0): number | string {
  const value = parseUnsigned(option.values[0] ?? '', max)
  if (value !== null && value >= min) return value
  return `${extension}: bad value for option "--${option.name}", or out of range (${min}-${max}).\n`
}

/** xtopt_parse_mint(): the value of an option as "MIN[:MAX]", either of which may be left out; the error in the words of libxtables. */
export function readIntegerRange(
  extension: string,
  option: GivenOption,
  limit: number,
): { readonly min: number; readonly max: number } | string {
  const numbers: number[] = []
  for (let rest: string | null = option.values[0] ?? ''; rest !== null; ) {
    if (numbers.length === 2) return `${extension}: Too many components for option "--${option.name}" (max: 2)\n`
    const near: string = rest
    const absent = near === '' || near.startsWith(':')
    const number = absent ? { value: numbers.length === 1 ? limit : 0, rest: near } : leadingUnsigned(near, limit)
    if (number === null) return `${extension}: bad value for option "--${option.name}" near "${near}", or out of range (0-${limit}).\n`
    if (number.rest !== '' && !number.rest.startsWith(':')) {
      return `${extension}: Argument to "--${option.name}" has unexpected characters near "${number.rest}".\n`
    }
    numbers.push(number.value)
    rest = number.rest === '' ? null : number.rest.slice(1)
  }
  const [min = 0, max = min] = numbers
  return { min, max }
}

/** "0x4000", as iptables prints marks. */
export function formatHex(value: number): string {
  return `0x${value.toString(16)}`
}

/** A value with a mask, 32 bits each. */
export interface MaskedValue {
  readonly value: number
  readonly mask: number
}

/** Reads "VALUE[/MASK]"; the error names the extension and option as libxtables does. */
export function parseMasked(text: string, extension: string, option: string): MaskedValue | string {
  const value = leadingUnsigned(text)
  const mask = value?.rest.startsWith('/') ? leadingUnsigned(value.rest.slice(1)) : { value: 0xffffffff, rest: value?.rest ?? '' }
  if (value === null || mask === null) return `${extension}: bad integer value for option "--${option}", or out of range.\n`
  if (mask.rest !== '') return `${extension}: trailing garbage after value for option "--${option}".\n`
  return { value: value.value, mask: mask.value }
}

/** "0x4000/0x4000"; the mask is left out when it is all ones. */
export function formatMasked(masked: MaskedValue): string {
  return masked.mask === 0xffffffff ? formatHex(masked.value) : `${formatHex(masked.value)}/${formatHex(masked.mask)}`
}

/** "! " when inverted. */
export function not(inverted: boolean): string {
  return inverted ? '! ' : ''
}

/** Quotes a word as iptables-save does (xtables_save_string): plain when it holds only letters, digits, `_` and `-`. */
export function quoteWord(text: string): string {
  if (text !== '' && !/[^A-Za-z0-9_-]/.test(text)) return text
  return `"${text.replace(/["\\']/g, '\\$&')}"`
}
