/** What every command of `packetwalk` is, and the streams it speaks through. */

/** Exit codes, a contract with scripts. */
export const FINE = 0
/** The answer is no: a failed expectation, or an error in the input. */
export const NO = 1
export const USAGE = 2

/** Files and streams; the entry gives the real ones. */
export interface Streams {
  /** The text of a file, or of the standard input for '-'. Rejects with `UsageError` when it cannot be read. */
  readonly read: (file: string) => Promise<string>
  /** The standard input line by line, without line ends. */
  readonly lines: () => AsyncIterable<string>
  /** Writes a file. Rejects with `UsageError` when it cannot be written. */
  readonly write: (file: string, bytes: Uint8Array) => Promise<void>
  /** Is there a directory of this name? */
  readonly isDirectory: (path: string) => Promise<boolean>
  /** Makes a directory, and those above it, where there is none. Rejects with `UsageError` when it cannot be made. */
  readonly makeDirectory: (path: string) => Promise<void>
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

/** One command, one file. `run` gets the words after its name and resolves to the exit code. */
export interface CliCommand {
  /** One line for `packetwalk --help`. */
  readonly summary: string
  /** The whole text of `packetwalk NAME --help`. */
  readonly help: string
  readonly run: (argv: readonly string[], streams: Streams) => Promise<number>
}

/** The words typed make no sense: the entry prints why, and how to get help, and ends with 2. */
export class UsageError extends Error {}

/** The one positional argument, else a usage error that names it. */
export function onlyOne(positionals: readonly string[], name: string): string {
  const [first, second] = positionals
  if (first === undefined) throw new UsageError(`${name} is missing`)
  if (second !== undefined) throw new UsageError(`one ${name} only, please: "${second}" is too much`)
  return first
}

/** Reads a JSON option; a usage error names the option and what is wrong. */
export function jsonOption(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${name} is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Prints one JSON value, readable. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
