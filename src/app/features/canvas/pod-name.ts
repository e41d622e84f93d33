/** How a pod's name is written where there is little room. Pure. */

const HASH = /^(.*?)((?:-[a-f0-9]{6,10})?-[a-z0-9]{5})$/

/** A pod's name in two weights: what a person named, and what a controller added (its last part only). */
export function podNameParts(name: string, workload: string | null): readonly [string, string] {
  const owner = workload?.split('/').at(-1)
  if (owner && name.startsWith(`${owner}-`) && !workload?.startsWith('statefulset/')) return [owner, `-${name.split('-').at(-1) ?? ''}`]
  const match = workload === null ? null : HASH.exec(name)
  return match?.[1] && match[2] && !workload?.startsWith('statefulset/') ? [match[1], `-${match[2].split('-').at(-1) ?? ''}`] : [name, '']
}

/** One line of a name: the part in the stronger weight, then the weaker. */
export type NameLine = readonly [string, string]

/** Breaks a name into at most two lines of `room` characters: before the hash, else after a hyphen, else with its middle left out. */
export function nameLines([name, hash]: readonly [string, string], room: number): NameLine[] {
  if (name.length + hash.length <= room) return [[name, hash]]
  if (name.length <= room)
    return [
      [name, ''],
      ['', hash],
    ]
  const at = name.lastIndexOf('-', room - 1) + 1
  const rest = name.slice(at)
  if (at > 1 && rest.length + hash.length <= room)
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
