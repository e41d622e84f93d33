import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { WalkAlongside } from '../../protocol/messages.ts'
import { keepAlongside } from './alongside.ts'
import { INITIAL } from './initial.ts'
import type { WalkState } from './state.ts'
import { store } from './store.ts'
import { outcomeOf, walkState } from './walk-state.fixture.ts'

interface Asked {
  readonly id: number
  readonly name: string
  readonly typed: readonly unknown[]
}

const engine = vi.hoisted(() => ({
  questions: [] as { asked: unknown; answer: (walk: unknown) => void; refuse: (why: Error) => void }[],
}))
vi.mock('./engine.ts', () => ({
  ask: (_: string, asked: unknown) =>
    new Promise((answer, refuse) => {
      engine.questions.push({ asked, answer, refuse })
    }),
}))

const ANSWER: WalkAlongside = { records: [], outcome: outcomeOf() }
const walkOf = (name: string, id: number, rest: Partial<WalkState> = {}): WalkState => walkState({ id, name, revision: id, ...rest })

const asked = (): readonly Asked[] => engine.questions.map((one) => one.asked as Asked)
const names = (): readonly string[] => store.getState().alongside.map(({ name }) => name)
const toasts = (): readonly string[] => store.getState().toasts.map(({ text }) => text)

/** Answers what has been asked so far, from a question on. */
async function answerFrom(first: number): Promise<void> {
  for (const { answer } of engine.questions.slice(first)) answer(ANSWER)
  await new Promise((resolve) => setImmediate(resolve))
}

let stop: () => void

beforeEach(() => {
  engine.questions.length = 0
  const walks = ['a', 'b', 'c'].map((name) => ({ name, from: 'pod/a', to: 'tcp://b:1', line: 1 }))
  store.setState({ ...INITIAL, walks, together: ['a', 'b', 'c'], walk: walkOf('a', 1) })
  stop = keepAlongside()
})
afterEach(() => stop())

describe('walks beside the one on screen', () => {
  it('are asked for once, and known when they have come', async () => {
    store.setState({ frame: 3 })
    expect(asked().map(({ id, name }) => `${id} ${name}`)).toEqual(['1 b', '1 c'])
    await answerFrom(0)
    expect(names()).toEqual(['b', 'c'])
    expect(engine.questions).toHaveLength(2)
  })

  it('of a text that was edited meanwhile are let go, and what has become of them is not told', async () => {
    store.setState({ walk: walkOf('a', 2) })
    const [first, second] = engine.questions
    first?.answer(ANSWER)
    second?.refuse(new Error('That walk is over.'))
    await answerFrom(2)
    expect(store.getState().alongside.map(({ name, revision }) => `${name} ${revision}`)).toEqual(['b 2', 'c 2'])
    expect(toasts()).toEqual([])
  })

  it('stay what they are when another one of them comes into focus', async () => {
    await answerFrom(0)
    const [b, c] = store.getState().alongside
    store.setState({ walk: walkOf('b', 2, { revision: 1 }) })
    await answerFrom(2)
    expect(names()).toEqual(['a', 'c'])
    expect(store.getState().alongside[1]).toBe(c)
    store.setState({ walk: walkOf('a', 3, { revision: 1 }) })
    await answerFrom(0)
    expect(names()).toEqual(['b', 'c'])
    expect(b?.revision).toBe(1)
  })

  it('that cannot be shown are taken away, and the user is told why, once', async () => {
    const [first, second] = engine.questions
    first?.answer(ANSWER)
    second?.refuse(new Error('c is too long.'))
    await answerFrom(0)
    expect([names(), store.getState().together, toasts()]).toEqual([['b'], ['a', 'b'], ['c is too long.']])
    expect(engine.questions).toHaveLength(2)
  })

  it('have in them what was typed while they were on screen', () => {
    const commands = [{ on: 'node/worker-1', run: 'ip link set eth0 down', timeMs: 2 }]
    store.setState({ typed: { walk: 'a', commands }, walk: walkOf('b', 2) })
    expect(asked().slice(2)).toMatchObject([
      { name: 'a', typed: commands },
      { name: 'c', typed: [] },
    ])
  })

  it('are none beside one that could not begin', async () => {
    await answerFrom(0)
    store.setState({ walk: walkOf('a', 2, { status: 'failed' }) })
    expect([names(), engine.questions.length, toasts()]).toEqual([[], 2, []])
  })
})
