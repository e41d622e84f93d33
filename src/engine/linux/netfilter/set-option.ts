/** What the `set` match and the SET target have in common. Userspace: extensions/libxt_set.h, parse_dirs(). */
import type { SetDirection } from './ipset/set-packet.ts'
import type { GivenOption } from './option.ts'

/** A set and the ends of the packet that its parts are taken from. */
export interface SetReference {
  readonly set: string
  readonly directions: readonly SetDirection[]
}

const NAME_LENGTH = 31
const MOST_DIRECTIONS = 6

/** Reads the two arguments "NAME src,dst"; the error in the tool's words. Undefined when the option was not given. */
export function parseSetReference(option: GivenOption | undefined): SetReference | string | undefined {
  if (!option) return undefined
  const [set = '', text = ''] = option.values
  if (set.length > NAME_LENGTH) return `setname \`${set}' too long, max ${NAME_LENGTH} characters.`
  const words = text.split(',')
  for (const [at, word] of words.entries()) {
    if (at === MOST_DIRECTIONS) return `Can't be more src/dst options than ${MOST_DIRECTIONS}.`
    if (word !== 'src' && word !== 'dst') return "You must spefify (the comma separated list of) 'src' or 'dst'."
  }
  return { set, directions: words as SetDirection[] }
}

/** "NAME src,dst". */
export function formatSetReference(reference: SetReference): string {
  return `${reference.set} ${reference.directions.join(',')}`
}
