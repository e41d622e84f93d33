/** Test results in the forms that people and build servers read. */

export interface TestResult {
  readonly file: string
  readonly name: string
  /** 1-based line of the Walk. */
  readonly line: number
  /** What differs from the expectation; none: it holds. */
  readonly errors: readonly string[]
}

type Reporter = (results: readonly TestResult[]) => string

const failuresOf = (results: readonly TestResult[]) => results.filter(({ errors }) => errors.length > 0)

const spec: Reporter = (results) => {
  const lines: string[] = []
  let file = ''
  for (const result of results) {
    if (result.file !== file) lines.push(result.file)
    file = result.file
    lines.push(
      `  ${result.errors.length === 0 ? '✓' : '✗'} ${result.name}`,
      ...result.errors.map((error) => `      ${result.file}:${result.line}: ${error}`),
    )
  }
  const failed = failuresOf(results).length
  lines.push(`${results.length - failed} passed, ${failed} failed`)
  return `${lines.join('\n')}\n`
}

const tap: Reporter = (results) => {
  const lines = results.flatMap(({ file, name, line, errors }, index) => {
    const title = `${errors.length === 0 ? 'ok' : 'not ok'} ${index + 1} - ${`${file}: ${name}`.replaceAll('\\', '\\\\').replaceAll('#', '\\#')}`
    return errors.length === 0
      ? [title]
      : [
          title,
          '  ---',
          `  at: ${JSON.stringify(`${file}:${line}`)}`,
          '  errors:',
          ...errors.map((error) => `    - ${JSON.stringify(error)}`),
          '  ...',
        ]
  })
  return `TAP version 14\n1..${results.length}\n${lines.map((line) => `${line}\n`).join('')}`
}

const XML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const xml = (text: string) => text.replace(/[&<>"]/g, (letter) => XML[letter] ?? letter)

const junit: Reporter = (results) => {
  const suites = [...new Set(results.map(({ file }) => file))].map((file) => {
    const own = results.filter((result) => result.file === file)
    const cases = own.map(({ name, line, errors }) => {
      const open = `    <testcase name="${xml(name)}" classname="${xml(file)}" file="${xml(file)}" line="${line}"`
      return errors.length === 0
        ? `${open}/>`
        : `${open}>\n      <failure message="${xml(errors[0] ?? '')}">${xml(errors.join('\n'))}</failure>\n    </testcase>`
    })
    return `  <testsuite name="${xml(file)}" tests="${own.length}" failures="${failuresOf(own).length}">\n${cases.join('\n')}\n  </testsuite>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites tests="${results.length}" failures="${failuresOf(results).length}">\n${suites.map((suite) => `${suite}\n`).join('')}</testsuites>\n`
}

const json: Reporter = (results) => {
  const failed = failuresOf(results).length
  return `${JSON.stringify({ passed: results.length - failed, failed, tests: results.map(({ errors, ...result }) => ({ ...result, ok: errors.length === 0, errors })) }, null, 2)}\n`
}

/** By the name after --reporter. */
export const REPORTERS: Readonly<Record<string, Reporter>> = { spec, tap, junit, json }
