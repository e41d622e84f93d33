import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packetwalk } from './packetwalk.ts'

const SCENARIOS = [
  'pod-to-service',
  'flannel-udp',
  'flannel-vxlan',
  'flannel-vxlan-faults',
  'service-dns-down',
  'localhost',
  'web-and-mysql',
]
const CHECKSUMS = ['ip.check_checksum', 'tcp.check_checksum', 'udp.check_checksum'].flatMap((name) => ['-o', `${name}:TRUE`])
const BAD = ['ip', 'tcp', 'udp', 'icmp'].map((name) => `${name}.checksum.status == "Bad"`)

const hasTshark = spawnSync('tshark', ['--version']).status === 0

function capture(scenario: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'packetwalk-')), 'walk.pcapng')
  const { code, stderr } = packetwalk(['walk', `src/scenarios/${scenario}.yaml`, '--pcapng', path])
  expect(code, stderr).toBe(0)
  return path
}

/** The named fields of the frames that a display filter lets through, a line each. */
function tshark(path: string, filter: string, fields: readonly string[]): readonly string[] {
  const words = [...CHECKSUMS, ...(filter === '' ? [] : ['-Y', filter]), '-T', 'fields', ...fields.flatMap((field) => ['-e', field])]
  const { stdout, stderr, status } = spawnSync('tshark', ['-r', path, ...words], { encoding: 'utf8', maxBuffer: 1 << 28 })
  expect(status, stderr).toBe(0)
  return stdout.split('\n').filter((line) => line.trim() !== '')
}

describe('walk --pcapng DIR', () => {
  const walkInto = (path: string) => packetwalk(['walk', 'src/scenarios/pod-to-service.yaml', '--pcapng', path])
  const PCAPNG = Buffer.from([0x0a, 0x0d, 0x0d, 0x0a])

  it.each([
    ['that exists', ''],
    ['that is made', '/made/'],
  ])('writes a capture for each interface into a directory %s', (_, below) => {
    const path = mkdtempSync(join(tmpdir(), 'packetwalk-')) + below
    expect(walkInto(path)).toMatchObject({ code: 0 })
    const files = readdirSync(path)
    expect(files).toEqual(expect.arrayContaining(['pod_default_client_eth0.pcapng', 'node_worker-1_cni0.pcapng']))
    for (const name of files) {
      expect(name).toMatch(/^(pod_[^_]+_[^_]+|(node|host)_[^_]+|gateway|internet)_[^_]+\.pcapng$/)
      const bytes = readFileSync(join(path, name))
      expect(bytes.subarray(0, 4)).toEqual(PCAPNG)
      const place = name.replace(/\.pcapng$/, '').split('_')
      expect(bytes.includes(`${place.slice(0, -1).join('/')}:${place.at(-1)}`)).toBe(true)
    }
    if (!hasTshark) return
    const whole = tshark(capture('pod-to-service'), '', ['frame.interface_name'])
    for (const name of files) {
      const names = tshark(join(path, name), '', ['frame.interface_name'])
      expect(new Set(names).size).toBe(1)
      expect(names.length).toBe(whole.filter((one) => one === names[0]).length)
    }
    expect(files.length).toBe(new Set(whole).size)
  })

  it('says when it cannot make the directory', () => {
    expect(walkInto('package.json/')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('cannot write package.json/: not a directory'),
    })
  })
})

describe.skipIf(!hasTshark)('walk --pcapng, read by tshark (skipped where there is none)', () => {
  it.each(SCENARIOS)('%s: no malformed packet, no bad checksum', (scenario) => {
    const path = capture(scenario)
    expect(tshark(path, '', ['frame.number']).length).toBeGreaterThan(20)
    expect(tshark(path, ['_ws.malformed', ...BAD].join(' || '), ['frame.number', '_ws.expert.message'])).toEqual([])
    // What tshark warns of otherwise is that it sees one packet at many interfaces, or a connection refused.
    const messages = tshark(path, '_ws.expert.severity >= "Warning"', ['_ws.expert.message']).flatMap((line) => line.split(','))
    const strange = messages.filter((text) => /malform|checksum|extraneous|exceeds|bogus|truncated|invalid|short/i.test(text))
    expect(strange).toEqual([])
  })

  it('names interfaces, directions and what was decided; times are in nanoseconds', () => {
    const path = capture('pod-to-service')
    const lines = tshark(path, 'tcp.flags.syn == 1 && tcp.flags.ack == 0', [
      'frame.interface_name',
      'frame.packet_flags_direction',
      'frame.time_epoch',
      'frame.comment',
    ])
    const names = lines.map((line) => line.split('\t')[0])
    expect(names).toContain('pod/default/client:eth0')
    expect(names).toContain('node/worker-1:cni0')
    expect(lines.join('\n')).toMatch(/^node\/worker-1:\S+\t\S*2\t0\.\d{9}\t.*-j DNAT --to-destination/m)
    const times = tshark(path, '', ['frame.time_epoch']).map(Number)
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })

  it('says which rule dropped a packet', () => {
    const comments = tshark(capture('flannel-vxlan-faults'), 'frame.comment contains "dropped at"', ['frame.comment'])
    expect(comments.join('\n')).toMatch(/dropped at node\/\S+: NETFILTER_DROP by rule -A INPUT .*-j DROP/)
  })
})
