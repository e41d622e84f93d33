/**
 * What kubectl 1.32 prints where a server holds `testdata/kubectl/objects.json` and forgets each change: names, selectors, options, changes, logs,
 * and what is refused. A line that begins with "not modelled" must be refused loudly instead.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { KubeApi } from './command.ts'
import { testTerminal } from './test-machine.ts'

const read = (name: string): string => readFileSync(`src/engine/shell/testdata/kubectl/${name}`, 'utf8')
type Held = Readonly<Record<string, unknown>> & { readonly metadata: { readonly name: string; readonly namespace?: string } }
const OBJECTS = JSON.parse(read('objects.json')) as Readonly<Record<string, readonly Held[]>>
const FULL: Readonly<Record<string, string>> = { deployments: 'deployments.apps', replicasets: 'replicasets.apps' }
const LOGS: Readonly<Record<string, string>> = { 'a x': 'one\ntwo\n', 'b x': 'b1\n' }

const server: KubeApi = {
  list: (resource, namespace) =>
    OBJECTS[resource]?.filter(({ metadata }) => namespace === null || metadata.namespace === namespace) ?? null,
  change: (change) => {
    if (change.verb === 'apply') return { ok: true, done: 'configured' }
    const { resource, name, namespace } = change
    const held = OBJECTS[resource]?.some(({ metadata }) => metadata.name === name && (metadata.namespace ?? '') === namespace)
    if (!held) return { ok: false, message: `Error from server (NotFound): ${FULL[resource] ?? resource} "${name}" not found` }
    return { ok: true, done: change.verb === 'delete' ? 'deleted' : 'scaled' }
  },
  logs: (_namespace, pod, container) => LOGS[`${pod} ${container}`] ?? '',
}

const exchanges = read('session.txt')
  .split(/^\$ /m)
  .slice(1)
  .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)] as const)

test.each(exchanges)('%s', (line, printed) => {
  const seen = testTerminal(server).see(line)
  if (printed.startsWith('not modelled')) expect(seen).toMatch(/not modelled|unsupported/)
  else expect(seen).toBe(printed)
})
