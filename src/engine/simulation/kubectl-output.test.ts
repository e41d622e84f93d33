/** What kubectl shows of one cluster, as kubectl 1.30 lays it out: every resource with a table, and every description. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { exec } from './exec.ts'

const read = (name: string): string => readFileSync(fileURLToPath(new URL(`testdata/${name}`, import.meta.url)), 'utf8')
const scenario = parseScenario(read('kubectl.yaml'))

/** "$ command", then what it printed, and "=> code" when it failed. */
const sessions = read('kubectl.txt')
  .split(/^\$ /m)
  .slice(1)
  .map((session) => [session.slice(0, session.indexOf('\n')), session.slice(session.indexOf('\n') + 1)] as const)

test.each(sessions)('%s', (command, shown) => {
  const result = exec(scenario, 'node/worker-1', command)
  if ('problem' in result) throw new Error(result.problem)
  expect(`${result.stdout}${result.stderr}${result.code === 0 ? '' : `=> ${result.code}\n`}`).toBe(shown)
})
