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

describe('what kube-proxy asks before it takes a real server out', () => {
  const leave = (n: number): string =>
    `ipvsadm -Ln -t 10.0.0.1:80 | grep -q -e '-> 10.0.0.${n}:8080 .* 0  *0 *$' && ipvsadm -d -t 10.0.0.1:80 -r 10.0.0.${n}:8080 || ipvsadm -e -t 10.0.0.1:80 -r 10.0.0.${n}:8080 -m -w 0`
  it('idle servers go, busy ones get weight 0', () => {
    const { type, machine } = testTerminal()
    type('ipvsadm -A -t 10.0.0.1:80 -s rr')
    for (const n of [2, 3]) type(`ipvsadm -a -t 10.0.0.1:80 -r 10.0.0.${n}:8080 -m`)
    const busy = machine.root.ipvs.services
      .values()
      .next()
      .value?.dests.find((dest) => dest.address % 256 === 3)
    if (busy) busy.inactive = 10
    expect([type(leave(2)).code, type(leave(3)).code]).toEqual([0, 0])
    expect(type('ipvsadm -Sn').stdout).toBe('-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.0.0.3:8080 -m -w 0\n')
  })
})
