/** The gallery's scenarios in their groups, and those that a search is about. Pure. */

interface Entry {
  readonly file: string
  readonly group: string
  readonly title: string
  readonly summary: string
}

export interface Group<T extends Entry> {
  readonly group: string
  readonly entries: readonly T[]
}

/** Groups in the order of their first entries; only entries that hold every word of `wanted`, in whatever place. */
export function grouped<T extends Entry>(entries: readonly T[], wanted: string): readonly Group<T>[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean)
  const groups = new Map<string, T[]>()
  for (const entry of entries) {
    const said = `${entry.title} ${entry.summary} ${entry.group} ${entry.file}`.toLowerCase()
    if (!words.every((word) => said.includes(word))) continue
    const own = groups.get(entry.group)
    if (own) own.push(entry)
    else groups.set(entry.group, [entry])
  }
  return [...groups].map(([group, own]) => ({ group, entries: own }))
}
