/** Lines, and lines within them, moved to the right by `by` blanks. */
export const indented = (lines: readonly string[], by: number): string =>
  lines
    .flatMap((line) => line.split('\n'))
    .map((line) => `${' '.repeat(by)}${line}`)
    .join('\n')
