/** `packetwalk share FILE`: the link that opens the scenario in the app. */
import { parseArgs } from 'node:util'
import { parseScenario } from '../engine/kubernetes/manifest.ts'
import { encodeShare } from '../protocol/share.ts'
import { type CliCommand, FINE, NO, onlyOne, UsageError } from './command.ts'

/** Where `npm start` serves the app. */
const DEFAULT_BASE = 'http://localhost:4173/'

export const share: CliCommand = {
  summary: 'print the link that opens a scenario in the app',
  help: `Usage: packetwalk share FILE [--base URL] [--walk NAME] [--frame N]

Prints a link that holds the whole scenario in its fragment: #v1.d. and base64url(deflate-raw(JSON {"yaml": TEXT})),
then readable view keys. The text is taken as it is, also with errors in it.

  --base URL    the app's address (${DEFAULT_BASE})
  --walk NAME   show this walk
  --frame N     … stopped at its event N

Exit: 0 fine, 1 the text is too long for a link or has no such Walk, 2 usage.
`,
  run: async (argv, streams) => {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { base: { type: 'string', default: DEFAULT_BASE }, walk: { type: 'string' }, frame: { type: 'string' } },
    })
    const file = onlyOne(positionals, 'FILE')
    if (!URL.canParse(values.base)) throw new UsageError(`--base is not a URL: ${values.base}`)
    if (values.frame !== undefined && !/^\d+$/.test(values.frame)) throw new UsageError(`--frame is not a number: ${values.frame}`)
    const keys = new Map(
      Object.entries({ walk: values.walk, frame: values.frame }).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, value] as const],
      ),
    )
    const yaml = await streams.read(file)
    if (values.walk !== undefined && !hasWalk(yaml, values.walk)) {
      streams.err(`packetwalk share: ${file} has no Walk called "${values.walk}"\n`)
      return NO
    }
    const encoded = encodeShare({ yaml }, keys)
    if (!encoded.ok) {
      streams.err(`packetwalk share: ${encoded.error.message}\n`)
      return NO
    }
    if (encoded.warning !== null) streams.err(`packetwalk share: ${encoded.warning}\n`)
    streams.out(`${values.base.replace(/#.*$/, '')}${encoded.fragment}\n`)
    return FINE
  },
}

function hasWalk(yaml: string, name: string): boolean {
  return parseScenario(yaml).steps.some((step) => step.kind === 'walk' && step.walk.name === name)
}
