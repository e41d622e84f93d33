/** Sessions as iproute2 6.1, iptables 1.8.9, procps 4.0, coreutils 9.1, grep 3.8 and bash 5.2 answered them on Linux 6.18: what was typed, both streams and the exit status. */
import { describe, expect, test } from 'vitest'
import { runCommandLine } from './commands.ts'
import { createLab } from './test-lab.ts'
import sessions from './testdata/sessions-iproute2-6.1.json' with { type: 'json' }

interface Line {
  readonly run: string
  readonly stdout?: string
  readonly stderr?: string
  readonly code?: number
}

describe('sessions on a real machine', () => {
  test.each(sessions as { title: string; lines: Line[] }[])('$title', ({ lines }) => {
    const lab = createLab()
    for (const { run, stdout = '', stderr = '', code = 0 } of lines) {
      const context = { machine: lab.machine, netns: lab.ns('node'), stdin: '', origin: null, lineOrigins: null, kube: null, spawn: null }
      const result = runCommandLine(run, context)
      expect({ run, stdout: result.stdout, stderr: result.stderr, code: result.code }).toEqual({ run, stdout, stderr, code })
    }
  })
})
