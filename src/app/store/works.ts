/** The user's own scenarios, kept in this browser as they type. Nothing that is opened ever replaces one of them. */
import { remember } from './memory.ts'

export interface Work {
  readonly id: string
  readonly title: string
  readonly text: string
  /** When it was last changed, ms since 1970. */
  readonly changedMs: number
}

const INDEX = 'packetwalk.works'
const MOST = 30

const keyOf = (id: string): string => `packetwalk.work.${id}`

interface Entry {
  readonly id: string
  readonly title: string
  readonly changedMs: number
}

/** Titles of all kept works, the latest first. */
export function listWorks(): readonly Entry[] {
  try {
    const entries: unknown = JSON.parse(remember.read(INDEX) ?? '[]')
    return Array.isArray(entries) ? entries.filter(isEntry).sort((a, b) => b.changedMs - a.changedMs) : []
  } catch {
    return []
  }
}

/** One work with its text; null when it is no longer kept. */
export function readWork(id: string): Work | null {
  const entry = listWorks().find((work) => work.id === id)
  const text = remember.read(keyOf(id))
  return entry && text !== null ? { ...entry, text } : null
}

/** Keeps a work; false when the browser refuses. The oldest ones beyond 30 are let go. */
export function keepWork(work: Work): boolean {
  const entries = [{ id: work.id, title: work.title, changedMs: work.changedMs }, ...listWorks().filter((entry) => entry.id !== work.id)]
  for (const old of entries.slice(MOST)) remember.forget(keyOf(old.id))
  return remember.write(keyOf(work.id), work.text) && remember.write(INDEX, JSON.stringify(entries.slice(0, MOST)))
}

/** Lets one work go. */
export function forgetWork(id: string): void {
  remember.forget(keyOf(id))
  remember.write(INDEX, JSON.stringify(listWorks().filter((entry) => entry.id !== id)))
}

/** An id for a new work, unlike all kept ones. */
export function newWorkId(nowMs: number): string {
  return `${nowMs.toString(36)}-${listWorks().length}`
}

function isEntry(value: unknown): value is Entry {
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
