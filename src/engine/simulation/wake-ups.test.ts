/** Programs that run late: what a run of a real kernel shows when its machine is busy, so that the simulator can follow it. */
import { expect, test } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { worldAt } from './checkpoints.ts'
import { takeNext } from './event-queue.ts'
import { walkInScenario } from './steps.ts'
import { applyEffects } from './transport.ts'
import { namespacesOf, type World } from './world.ts'

const SCENARIO = parseScenario(`
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: to-itself}
spec: {from: pod/web, to: "http://127.0.0.1"}
`)

/** Segments on lo, in order, when these wake-ups are late. */
function segments(late: ReadonlyMap<number, number>): string[] {
  const world = worldAt(SCENARIO, 'built', 0)
  const step = SCENARIO.steps.find((one) => one.kind === 'walk')
  if (!world || !step) throw new Error('no walk')
  Object.assign(world.wakeUps, { count: 0, late })
  const trace = walkInScenario(world, SCENARIO, { spec: step.walk, maxEvents: null, onRecord: null })
  if ('problem' in trace) throw new Error(trace.problem)
  expect(trace.outcome.outcome).toBe('delivered')
  return trace.records.flatMap(({ event }) => {
    if (event.at !== 'dev_queue_xmit' || event.packet.transport?.kind !== 'tcp') return []
    const { flags } = event.packet.transport
    const names = (['syn', 'fin', 'psh', 'ack'] as const).filter((name) => flags[name])
    return `${event.packet.transport.destinationPort === 80 ? '>' : '<'} ${names.join('+')}`
  })
}

test('a server that closes late has acknowledged the FIN of the client before', () => {
  const usual = segments(new Map())
  expect(usual.slice(-3)).toEqual(['> fin+ack', '< fin+ack', '> ack'])
  const all = Array.from({ length: usual.length }, (_, wakeUp) =>
    segments(new Map([[wakeUp, 45]]))
      .slice(-4)
      .join(', '),
  )
  expect(all).toContain('> fin+ack, < ack, < fin+ack, > ack')
})

test('what a program learns while it is kept waiting, it learns in order', () => {
  for (let wakeUp = 0; wakeUp < 8; wakeUp++) expect(segments(new Map([[wakeUp, 45]])).slice(0, 3)).toEqual(['> syn', '< syn+ack', '> ack'])
})

test.each([
  [[], [3, 2, 1]],
  [[2], [2, 1, 3]],
])('the newest timer of a slot goes first, but %j (of another processor) behind the others', (behind, order) => {
  expect(ran({ behind: new Set(behind) }, '1 after 1', '2 after 1', '3 after 1')).toEqual(order)
})

test.each([
  ['the newest goes first', ['1 after 400', '2 after 400', '3 after 408'], [3, 2, 1]],
  ['one that is started anew for the same slot keeps its place', ['1 after 400', '2 after 400', '1 after 408'], [2, 1, 1]],
  ['one that is started anew for another has none', ['1 after 200', '2 after 400', '1 after 408'], [1, 1, 2]],
  ['of two slots that end together the longer one goes first', ['1 after 252', '2 after 196 at 84'], [1, 2]],
])('in slots of a timer wheel: %s', (_what, started, order) => {
  expect(ran({ wheel: { tickMs: 4, phaseMs: -4 } }, ...started)).toEqual(order)
})

/** Sockets in the order in which their timers run, of those that were started so: 'SOCKET after MS at TIME'. */
function ran(slots: Partial<World['timerSlots']>, ...started: string[]): unknown[] {
  const world = worldAt(SCENARIO, 'built', 0)
  const [ns] = world ? [...namespacesOf(world)] : []
  if (!world || !ns) throw new Error('no namespace')
  world.queue.heap.length = 0
  Object.assign(world.timerSlots, { count: 0, ...slots })
  for (const one of started) {
    const [socket, afterMs, nowMs = 0] = one.split(/ after | at /).map(Number)
    Object.assign(world.kernel, { nowMs })
    const timer = { kind: 'tcp-retransmit', socket: Number(socket), generation: 1 } as const
    applyEffects(world, ns, [{ kind: 'timer', afterMs: Number(afterMs), slotMs: 4, timer }])
  }
  return started.map(() => {
    const event = takeNext(world.queue)?.event
    return event?.kind === 'timer' && 'socket' in event.timer ? event.timer.socket : null
  })
}
