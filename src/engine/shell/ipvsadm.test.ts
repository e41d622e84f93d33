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

describe('ipvsadm shows', () => {
  it('large numbers in fewer columns, unless they shall be exact (print_largenum())', () => {
    const { type, machine } = testTerminal()
    type('ipvsadm -A -t 10.0.0.1:80 -s rr')
    const [service] = machine.root.ipvs.services.values()
    const numbers = (options: string): string => type(`ipvsadm -Ln --stats ${options}`).stdout.split('\n')[3]?.slice(33) ?? ''
    const set = (...[connections = 0, inPackets = 0, outPackets = 0, inBytes = 0, outBytes = 0]: number[]): void => {
      Object.assign(service?.stats ?? {}, { connections, inPackets, outPackets, inBytes, outBytes })
    }
    set(99_999_999, 1e8, 99_999_999_999, 1e11, 1e14)
    expect(numbers('')).toBe([' 99999999', '  100000K', '99999999K', '  100000M', '  100000G'].join(''))
    set(12_345_678, 123_456_789, 1_234_567_890, 1_999_999_999_999, 0)
    expect(numbers('')).toBe([' 12345678', '  123456K', ' 1234567K', ' 1999999M', '        0'].join(''))
    expect(numbers('--exact')).toBe(' 12345678 123456789 1234567890 1999999999999        0')
    expect(type('ipvsadm -Ln --rate').stdout.split('\n')[3]?.slice(33)).toBe('        0'.repeat(5))
  })

  it('names of ports, a port of 0 as such', () => {
    const { type } = testTerminal()
    for (const port of [1, 80]) type(`ipvsadm -A -t 10.0.0.1:${port} -s rr`)
    type('ipvsadm -A -t 10.0.0.1:0 -s rr -p')
    const names = (options: string) => [...type(`ipvsadm -L ${options}`).stdout.matchAll(/10\.0\.0\.1:(\S+)/g)].map(([, name]) => name)
    expect(names('')).toEqual(['0', 'tcpmux', 'http'])
    expect(names('-n')).toEqual(['0', '1', '80'])
  })

  it('no port above 65535', () => {
    const { type } = testTerminal()
    expect(type('ipvsadm -A -t 10.0.0.1:65536').stderr).toBe('illegal virtual server address[:port] specified\n')
    expect(type('ipvsadm -A -t 10.0.0.1:65535').stderr).toBe('')
    expect(type('ipvsadm -a -t 10.0.0.1:65535 -r 10.0.0.2:65536').stderr).toMatch(/^illegal real server address/)
  })
})
