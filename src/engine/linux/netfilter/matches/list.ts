/** Every match extension: what the files of this folder export as `extension`. See docs/decisions/009-extensions-by-folder.md. */
import { KNOWN_MATCHES } from '../unmodelled.ts'
import type { Match, MatchExtension } from './match.ts'
import { unmodelledMatch } from './unmodelled.ts'

const FILES = import.meta.glob<MatchExtension<Match>>(['./*.ts', '!./*.test.ts', '!./{actual,list,match,unmodelled}.ts'], {
  eager: true,
  import: 'extension',
})

/** Match extensions by name; those that have a file take the place of what would only keep its text. */
export const MATCHES: ReadonlyMap<string, MatchExtension<Match>> = new Map(
  [...[...KNOWN_MATCHES].map(unmodelledMatch), ...Object.values(FILES)].map((match) => [match.name, match]),
)
