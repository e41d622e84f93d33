/** Every target extension: what the files of this folder export as `extension`. See docs/decisions/009-extensions-by-folder.md. */
import { KNOWN_TARGETS } from '../unmodelled.ts'
import type { Target, TargetExtension } from './target.ts'
import { unmodelledTarget } from './unmodelled.ts'

const FILES = import.meta.glob<TargetExtension<Target>>(['./*.ts', '!./*.test.ts', '!./{list,standard,target,unmodelled}.ts'], {
  eager: true,
  import: 'extension',
})

/** Target extensions by name; those that have a file take the place of what would only keep its text. */
export const TARGETS: ReadonlyMap<string, TargetExtension<Target>> = new Map(
  [...[...KNOWN_TARGETS].map(unmodelledTarget), ...Object.values(FILES)].map((target) => [target.name, target]),
)
