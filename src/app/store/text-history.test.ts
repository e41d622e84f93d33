import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TextChange } from '../../engine/kubernetes/diagnostic.ts'
import { AS_LAID_OUT } from './arrangement.ts'
import { applyChanges } from './text.ts'
import { type History, NO_HISTORY, redo, remember, rememberArrangement, undo } from './text-history.ts'

interface Edited {
  readonly text: string
  readonly history: History
}

function edited({ text, history }: Edited, changes: readonly TextChange[], typed = false): Edited {
  return { text: applyChanges(text, changes), history: remember(history, text, changes, typed) }
}

function taken({ text, history }: Edited, by: typeof undo): Edited | null {
  const step = by(history, { text, arrangement: AS_LAID_OUT })
  return step && { text: applyChanges(text, step.changes), history: step.history }
}

const start = (text: string): Edited => ({ text, history: NO_HISTORY })
const type = (state: Edited, at: number, letters: string): Edited =>
  [...letters].reduce((now, letter, i) => edited(now, [{ from: at + i, to: at + i, insert: letter }], true), state)

describe('typing', () => {
  test('a word is one step', () => {
    const state = type(start('a: \n'), 3, 'web')
    expect(state.text).toBe('a: web\n')
    expect(taken(state, undo)?.text).toBe('a: \n')
  })

  test('two words are two steps, and so is typing elsewhere', () => {
    const words = type(start(''), 0, 'ab cd')
    expect(taken(words, undo)?.text).toBe('ab ')
    expect(taken(type(type(start('--'), 0, 'x'), 3, 'y'), undo)?.text).toBe('x--')
  })

  test('what Backspace erases, letter by letter, is one step; so is what Delete does', () => {
    const erase = (state: Edited, ...places: readonly number[]) =>
      places.reduce((now, at) => edited(now, [{ from: at, to: at + 1, insert: '' }], true), state)
    expect(taken(erase(start('a: web'), 5, 4, 3), undo)?.text).toBe('a: web')
    expect(taken(erase(start('a: web'), 3, 3, 3), undo)?.text).toBe('a: web')
    expect(taken(erase(start('abcd'), 3, 0), undo)?.text).toBe('abc')
  })

  test('a gesture stands alone', () => {
    const state = edited(type(start(''), 0, 'a'), [{ from: 1, to: 1, insert: '\nb' }])
    expect(taken(state, undo)?.text).toBe('a')
  })
})

test('something new forgets what was undone', () => {
  const back = taken(edited(start('a'), [{ from: 1, to: 1, insert: 'b' }]), undo)
  const state = edited(back ?? start(''), [{ from: 0, to: 0, insert: 'c' }])
  expect(redo(state.history, { text: state.text, arrangement: AS_LAID_OUT })).toBeNull()
})

test('how the picture is arranged goes back and forth in the same history', () => {
  const collapsed = { ...AS_LAID_OUT, collapsed: ['node/a'] }
  const { history } = edited({ text: 'a', history: rememberArrangement(NO_HISTORY, AS_LAID_OUT) }, [{ from: 1, to: 1, insert: 'b' }])
  const typed = undo(history, { text: 'ab', arrangement: collapsed })
  expect(typed).toMatchObject({ changes: [{ from: 1, to: 2, insert: '' }] })
  const opened = undo(typed?.history ?? NO_HISTORY, { text: 'a', arrangement: collapsed })
  expect(opened).toMatchObject({ changes: [], arrangement: AS_LAID_OUT })
  expect(redo(opened?.history ?? NO_HISTORY, { text: 'a', arrangement: AS_LAID_OUT })).toMatchObject({ arrangement: collapsed })
})

/** Ascending changes that do not overlap, in a text of that length. */
const changesOf = (length: number) =>
  fc.array(fc.tuple(fc.nat(length), fc.nat(4), fc.string({ maxLength: 5 })), { minLength: 1, maxLength: 4 }).map((all) => {
    const sorted = [...all].sort((a, b) => a[0] - b[0])
    return sorted.flatMap(([from, count, insert], i) => {
      const end = Math.min(from + count, sorted[i + 1]?.[0] ?? length)
      return i > 0 && from === sorted[i - 1]?.[0] ? [] : [{ from, to: Math.max(from, end), insert }]
    })
  })

test('undoing everything returns to the start byte for byte, and redoing everything to the end', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.array(fc.tuple(changesOf(40), fc.boolean()), { maxLength: 12 }), (text, edits) => {
      let state = start(text)
      for (const [changes, typed] of edits) {
        const inside = changes.filter(({ to }) => to <= state.text.length)
        if (inside.length > 0) state = edited(state, inside, typed)
      }
      const end = state.text
      for (let back = taken(state, undo); back; back = taken(state, undo)) state = back
      expect(state.text).toBe(text)
      for (let forth = taken(state, redo); forth; forth = taken(state, redo)) state = forth
      expect(state.text).toBe(end)
    }),
  )
})
