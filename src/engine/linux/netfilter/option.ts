/** Command-line options of match and target extensions, as getopt_long sees them. Userspace: iptables/xshared.c. */

/** One long option. `values`: how many arguments it takes (2: e.g. `--tcp-flags mask comp`). */
export interface OptionSpec {
  /** Without the dashes. */
  readonly name: string
  /** Other spellings (`destination-port`). */
  readonly aliases?: readonly string[]
  readonly values: 0 | 1 | 2
  /** May `!` stand before it? */
  readonly invertible?: boolean
}

/** One option as it was given; `name` is the spec's, whatever the spelling. */
export interface GivenOption {
  readonly name: string
  readonly not: boolean
  readonly values: readonly string[]
}
