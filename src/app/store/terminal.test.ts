import { expect, test } from 'vitest'
import type { TraceRecord } from '../../engine/simulation/trace.ts'
import { frameAt } from './terminal-moment.ts'
import { keptDocuments } from './terminal-script.ts'

const at = (...times: number[]): readonly TraceRecord[] => times.map((timeMs, n) => ({ n, timeMs }) as TraceRecord)

test.each([
  ['the same record where its time is the same', at(0, 1, 1, 2), at(0, 1, 1, 2), 2, 2],
  ['the last one not later where the walk went another way', at(0, 1, 1000), at(0, 1, 1, 2), 2, 1],
  ['before the walk', at(0, 1), at(0, 1), -1, -1],
  ['the last one where the walk ended earlier', at(0, 1), at(0, 1, 1, 2), 3, 1],
] as const)('the moment stays: %s', (_, after, before, frame, expected) => {
  expect(frameAt(after, before, frame)).toBe(expected)
})

test('commands at one place and moment are one Script, placed inside the walk', () => {
  const commands = [
    { on: 'node/worker-1', run: 'ip link set eth0 down', timeMs: 0.152 },
    { on: 'node/worker-1', run: 'iptables -I FORWARD -j DROP', timeMs: 0.152 },
    { on: 'pod/default/web', run: 'ip route del default', timeMs: 3 },
  ]
  expect(
    keptDocuments({ name: 'web-to-db', from: 'pod/web', to: 'tcp://db:80' }, commands, []).text,
  ).toBe(`apiVersion: packetwalk.dev/v1alpha1
kind: Script
metadata:
  name: worker-1-change
spec:
  on: node/worker-1
  at: {walk: web-to-db, timeMs: 0.152}
  run: |
    ip link set eth0 down
    iptables -I FORWARD -j DROP
---
apiVersion: packetwalk.dev/v1alpha1
kind: Script
metadata:
  name: web-change
spec:
  on: pod/default/web
  at: {walk: web-to-db, timeMs: 3}
  run: |
    ip route del default
`)
})

test('a walk of the user’s own is written down with them, under a name that is free', () => {
  const commands = [{ on: 'node/worker-1', run: 'ip link set eth0 down', timeMs: 0 }]
  const kept = keptDocuments({ name: null, from: 'pod/web', to: 'tcp://db:80' }, commands, ['web-to-db'])
  expect(kept.walk).toBe('web-to-db-2')
  expect(kept.text).toContain('kind: Walk\nmetadata:\n  name: web-to-db-2\nspec:\n  from: pod/web\n  to: "tcp://db:80"\n')
  expect(kept.text).toContain('at: {walk: web-to-db-2, timeMs: 0}')
})
