/** `packetwalk batch`: many requests, one process. */
import { parseArgs } from 'node:util'
import { answer } from './batch-requests.ts'
import { type CliCommand, FINE, UsageError } from './command.ts'
import { type Fields, fieldsOf, RequestError } from './request.ts'

export const batch: CliCommand = {
  summary: 'answer many requests, a line of JSON each, from the standard input',
  help: `Usage: packetwalk batch < requests.ndjson

Reads one JSON request a line and writes one JSON answer a line:
  {"id": …, "command": "rules"|"exec"|"reach"|"walk"|"check"|"build"|"test"|"share", …}
  {"id": …, "ok": true, "value": …}  or  {"id": …, "ok": false, "error": {"message": …}}
A request that fails does not end the process; the end of the input does. docs/cli.md has the fields of each command.

Exit: 0 always, 2 usage.
`,
  run: async (argv, streams) => {
    const { positionals } = parseArgs({ args: [...argv], allowPositionals: true, options: {} })
    if (positionals.length > 0) throw new UsageError(`batch reads the standard input; "${positionals[0]}" is too much`)
    for await (const line of streams.lines()) if (line.trim() !== '') streams.out(`${JSON.stringify(answerLine(line))}\n`)
    return FINE
  },
}

/** The answer to one line; never throws. */
export function answerLine(line: string): Fields {
  let id: unknown = null
  try {
    const request = fieldsOf(JSON.parse(line), 'a request')
    id = request.id ?? null
    return { id, ok: true, value: answer(request) }
  } catch (error) {
    return { id, ok: false, error: errorFields(error) }
  }
}

function errorFields(error: unknown): Fields {
  if (error instanceof SyntaxError) return { message: `not a line of JSON: ${error.message}` }
  if (error instanceof RequestError) return { message: error.message }
  return { message: `this is a mistake in Packetwalk: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` }
}
