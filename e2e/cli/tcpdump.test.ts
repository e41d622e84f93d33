import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseScenario } from '../../src/engine/kubernetes/manifest.ts'
import type { CapturedFrame } from '../../src/engine/net/frame.ts'
import { pcapng } from '../../src/engine/net/pcapng.ts'
import { parseFilter, passes } from '../../src/engine/shell/tcpdump-filter.ts'
import { printFrame } from '../../src/engine/shell/tcpdump-print.ts'
import { capturedFrame, frameOf } from '../../src/engine/simulation/frame.ts'
import { walkAll } from '../../src/engine/simulation/walk.ts'

const hasTcpdump = spawnSync('tcpdump', ['--version']).status === 0
const SCENARIOS = readdirSync('src/scenarios').filter((name) => name.endsWith('.yaml'))
const OPTIONS: readonly (readonly string[])[] = [[], ['-e'], ['-v'], ['-e', '-v'], ['-S']]
const FILTERS: readonly string[] = [
  'arp',
  'tcp port 80 or udp port 53',
  'host 10.244.1.2 and not arp',
  'src net 10.244.0.0/16 and dst port 53',
  'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0',
  'tcp[13] = 18 or icmp[icmptype] == icmp-echo',
  'ip[8] < 63 and less 100',
  'not (udp or arp) and greater 74',
  'icmp or ether host ff:ff:ff:ff:ff:ff',
  'ether multicast or portrange 8000-9000',
  'ip proto 17 and src host 10.244.1.2 or 10.244.2.2',
  'dst net 10.96 or src portrange 1024-65535 and tcp',
]

/** All frames of all walks of a scenario, by interface. */
function interfacesOf(name: string): ReadonlyMap<string, readonly CapturedFrame[]> {
  const frames = new Map<string, CapturedFrame[]>()
  for (const trace of walkAll(parseScenario(readFileSync(join('src/scenarios', name), 'utf8')))) {
    if ('problem' in trace) continue
    for (const record of trace.records) {
      const frame = frameOf(record.where, record.event, trace.startMs + record.timeMs)
      if (!frame) continue
      const key = `${frame.where} ${frame.device}`
      frames.set(key, [...(frames.get(key) ?? []), capturedFrame(frame)])
    }
  }
  return frames
}

/** What the real tool prints of the frames. */
function real(frames: readonly CapturedFrame[], words: readonly string[]): string {
  const path = join(mkdtempSync(join(tmpdir(), 'packetwalk-')), 'one.pcapng')
  const file = pcapng(
    'test',
    [{ name: 'eth0', linkType: frames[0]?.linkType ?? 'ethernet' }],
    frames.map((frame) => ({ ...frame, interface: 0, timeNs: 0n, comments: [] })),
  )
  writeFileSync(path, file)
  const { stdout, stderr, status } = spawnSync('tcpdump', ['-n', '-t', '-r', path, ...words], { encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  return stdout
}

function ours(frames: readonly CapturedFrame[], words: readonly string[]): string {
  const options = { link: words.includes('-e'), verbose: words.includes('-v'), absolute: words.includes('-S'), conversations: new Map() }
  return frames.map((frame) => `${printFrame(frame, options)}\n`).join('')
}

describe.skipIf(!hasTcpdump)('tcpdump prints as the real one (skipped where there is none)', () => {
  it.each(SCENARIOS)('%s', (name) => {
    for (const [place, frames] of [...interfacesOf(name)].slice(0, 8)) {
      for (const words of OPTIONS) expect([place, words, ours(frames, words)]).toEqual([place, words, real(frames, words)])
    }
  })

  it.each(FILTERS)('filter: %s', (text) => {
    const filter = parseFilter(text)
    if (filter && 'error' in filter) throw new Error(filter.error)
    let passed = 0
    for (const name of ['web-and-mysql.yaml', 'flannel-vxlan.yaml', 'pod-to-pod-across-nodes.yaml', 'localhost.yaml']) {
      const frames = [...interfacesOf(name).values()].flat().filter(({ linkType }) => linkType === 'ethernet')
      const through = frames.filter((frame) => passes(filter, frame))
      passed += through.length
      expect(ours(through, ['-e', '-S'])).toBe(real(frames, ['-e', '-S', text]))
    }
    expect(passed).toBeGreaterThan(0)
  })
})
