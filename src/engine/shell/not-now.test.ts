/** Commands that take time, where none passes: while scripts are loaded, and inside a walk. */
import { expect, test } from 'vitest'
import { runCommandLine } from './commands.ts'
import { testTerminal } from './test-machine.ts'

const LINES: readonly (readonly [line: string, said: string])[] = [
  ['sleep 1', 'sleep: no time passes while scripts are loaded, or inside a walk'],
  ...[
    'ping 10.0.0.1',
    'curl web',
    'nc 10.0.0.1 80',
    'dig web',
    'nslookup web',
    'getent hosts web',
    'traceroute web',
    'tracepath web',
    'mtr -r web',
  ].map((line) => [line, `${line.split(' ')[0]}: no packets can be sent while scripts are loaded`] as const),
]

test.each(LINES)('%s', (line, said) => {
  const { machine } = testTerminal()
  const context = { machine, netns: machine.root, stdin: '', origin: null, lineOrigins: null, kube: null, spawn: null }
  expect(runCommandLine(line, context)).toMatchObject({ stdout: '', stderr: `${said}\n`, code: 1 })
})
