/** The user's own scenarios, kept in this browser. Nothing that is opened ever replaces one of them, and none is let go unasked. */

import type { Arrangement } from './arrangement.ts'
import { remember } from './memory.ts'
import type { Carried } from './state.ts'

/** What the list of works tells of one. */
export interface WorkEntry {
  readonly id: string
  readonly title: string
  /** When it was last changed, ms since 1970. */
  readonly changedMs: number
  /** What the link it came from held besides. */
  readonly carried?: Carried
  /** How its picture is arranged. */
  readonly arrangement?: Arrangement
}

export interface Work extends WorkEntry {
  readonly text: string
}

/** The key of the list of titles. */
export const WORKS_KEY = 'packetwalk.works'
const TEXT_PREFIX = 'packetwalk.work.'

/** The key of one work's text. */
export function textKey(id: string): string {
  return TEXT_PREFIX + id
}

/** Titles of all kept works, the latest first. A text that the list has lost (two tabs wrote it at once) is found by its own key. */
export function listWorks(): readonly WorkEntry[] {
  const listed = new Map(readList().map((entry) => [entry.id, entry]))
  const ids = remember.keys(TEXT_PREFIX).map((key) => key.slice(TEXT_PREFIX.length))
  return ids.map((id) => listed.get(id) ?? { id, title: 'found.yaml', changedMs: 0 }).sort((a, b) => b.changedMs - a.changedMs)
}

/** One work with its text; null when it is no longer kept. */
export function readWork(id: string): Work | null {
  const text = remember.read(textKey(id))
  const entry = text === null ? undefined : listWorks().find((work) => work.id === id)
  return entry && text !== null ? { ...entry, text } : null
}

/** Keeps a work; false when the browser refuses (then it lasts as long as the page). */
export function keepWork({ text, ...entry }: Work): boolean {
  const kept = remember.write(textKey(entry.id), text)
  return writeList([entry, ...readList().filter(({ id }) => id !== entry.id)]) && kept
}

/** Gives a kept work another title. */
export function renameWork(id: string, title: string): void {
  const work = readWork(id)
  if (work !== null) keepWork({ ...work, title })
}

/** Lets one work go; gives back what it was, for those who change their mind. */
export function forgetWork(id: string): Work | null {
  const work = readWork(id)
  remember.forget(textKey(id))
  writeList(readList().filter((entry) => entry.id !== id))
  return work
}

/** An id for a new work, unlike all kept ones. */
export function newWorkId(nowMs: number): string {
  const taken = new Set(listWorks().map(({ id }) => id))
  for (let count = 0; ; count++) {
    const id = `${nowMs.toString(36)}-${count}`
    if (!taken.has(id)) return id
  }
}

/** A title like this one that no kept work has: 'web.yaml' → 'web 2.yaml'. */
export function freeTitle(title: string): string {
  const taken = new Set(listWorks().map((work) => work.title))
  const [, stem = title, ending = ''] = /^(.*?)(?: \d+)?(\.[a-z]+)?$/s.exec(title) ?? []
  for (let count = 2; ; count++) {
    const free = `${stem} ${count}${ending}`
    if (!taken.has(free)) return free
  }
}

/** Would works be lost if the page were closed now? */
export function worksAreAtRisk(): boolean {
  return remember.holds(TEXT_PREFIX)
}

function readList(): readonly WorkEntry[] {
  try {
    const entries: unknown = JSON.parse(remember.read(WORKS_KEY) ?? '[]')
    return Array.isArray(entries) ? entries.filter(isEntry) : []
  } catch {
    return []
  }
}

function writeList(entries: readonly WorkEntry[]): boolean {
  return remember.write(WORKS_KEY, JSON.stringify(entries))
}

function isEntry(value: unknown): value is WorkEntry {
  if (typeof value !== 'object' || value === null) return false
  return (
    'id' in value &&
    typeof value.id === 'string' &&
    'title' in value &&
    typeof value.title === 'string' &&
    'changedMs' in value &&
    typeof value.changedMs === 'number'
  )
}
