/** How a pod's name is written where there is little room. Pure. */

const HASH = /^(.*?)((?:-[a-f0-9]{6,10})?-[a-z0-9]{5})$/

/** A pod's name in two weights: what a person named, and what a controller added (its last part only). */
export function podNameParts(name: string, workload: string | null): readonly [string, string] {
  const owner = workload?.split('/').at(-1)
  if (owner && name.startsWith(`${owner}-`) && !workload?.startsWith('statefulset/')) return [owner, `-${name.split('-').at(-1) ?? ''}`]
  const match = workload === null ? null : HASH.exec(name)
  return match?.[1] && match[2] && !workload?.startsWith('statefulset/') ? [match[1], `-${match[2].split('-').at(-1) ?? ''}`] : [name, '']
}

/** Letters of a name that fit into a line of a tile. */
export const NAME_ROOM = 13.7

/** One line of a name: the part in the stronger weight, then the weaker. */
export type NameLine = readonly [string, string]

/** Letters much wider or narrower than the others, in letters. */
const WIDTHS: Readonly<Record<string, number>> = {
  m: 1.5,
  w: 1.4,
  i: 0.5,
  j: 0.5,
  l: 0.5,
  f: 0.6,
  t: 0.65,
  r: 0.7,
  '-': 0.75,
  '.': 0.5,
  '1': 0.75,
}

/** How much room a word takes, in letters. */
export function lettersOf(word: string): number {
  let letters = 0
  for (const letter of word) letters += WIDTHS[letter] ?? 1
  return letters
}

/** Breaks a name into at most two lines with room for so many letters: before the hash, else after a hyphen, else with its middle left out. */
export function nameLines([name, hash]: readonly [string, string], room: number): NameLine[] {
  if (lettersOf(name + hash) <= room) return [[name, hash]]
  if (lettersOf(name) <= room)
    return [
      [name, ''],
      ['', hash],
    ]
  const at = name.lastIndexOf('-', room - 1) + 1
  const rest = name.slice(at)
  if (at > 1 && lettersOf(rest + hash) <= room)
    return [
      [name.slice(0, at), ''],
      [rest, hash],
    ]
  return hash === ''
    ? [[withoutMiddle(name, room - 1), '']]
    : [
        [withoutMiddle(name, room - 1), ''],
        ['', hash],
      ]
}

function withoutMiddle(text: string, room: number): string {
  const tail = Math.ceil((room - 1) / 2)
  return `${text.slice(0, room - 1 - tail)}…${text.slice(-tail)}`
}
