import { describe, expect, it } from 'vitest'
import { testTerminal } from './test-machine.ts'
import sessions from './testdata/ipvsadm-1.31.json' with { type: 'json' }

interface Line {
  readonly run: string
  readonly stdout?: string
  readonly stderr?: string
  readonly code?: number
}

describe('ipvsadm answers as the tool did on a real kernel', () => {
  it.each((sessions as Line[][]).map((lines, index) => [index, lines] as const))('session %i', (_index, lines) => {
    const { type } = testTerminal()
    for (const { run, stdout = '', stderr = '', code = 0 } of lines) {
      const result = type(run)
      expect({ run, stdout: result.stdout, stderr: result.stderr, code: result.code }).toEqual({ run, stdout, stderr, code })
    }
  })
})

describe('ipvsadm -S and -R', () => {
  it('what -S prints, -R reads', () => {
    const [, second = []] = sessions as Line[][]
    const a = testTerminal()
    for (const { run } of second) a.type(run)
    const saved = a.type('ipvsadm -Sn').stdout
    const b = testTerminal()
    expect(b.type('ipvsadm -R', saved)).toMatchObject({ stderr: '', code: 0 })
    expect(b.type('ipvsadm -Sn').stdout).toBe(saved)
  })
})
