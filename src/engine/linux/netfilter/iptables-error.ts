/** What went wrong in an iptables command, in the words of iptables 1.8.9 (nf_tables). */
export interface IptablesError {
  /**
   * parameter: the command line cannot be read (exit 2, with the "Try …" line); plain: a sentence about the rules (exit 1);
   * kernel: the kernel refused (exit 4); table: no such table (exit 3).
   */
  readonly failure: 'parameter' | 'plain' | 'kernel' | 'table'
  readonly message: string
}

/** A command line that cannot be read. */
export function parameterError(message: string): IptablesError {
  return { failure: 'parameter', message }
}

/** A sentence without its full stop: "Chain already exists". */
export function plainError(message: string): IptablesError {
  return { failure: 'plain', message }
}

/** The kernel refused, e.g. "RULE_APPEND failed (Invalid argument): rule in chain INPUT". */
export function kernelError(message: string): IptablesError {
  return { failure: 'kernel', message }
}

/** Is this result an error? */
export function isIptablesError(result: unknown): result is IptablesError {
  return typeof result === 'object' && result !== null && 'failure' in result
}
