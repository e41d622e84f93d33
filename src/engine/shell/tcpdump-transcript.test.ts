/**
 * What tcpdump 4.99.3 (libpcap 1.10.3) prints of the frames in `testdata/tcpdump/frames.txt`, read from a file, and which of them its filters let
 * through, by number from 0. The same of random ones, of odd ones (`edge-`), and of some without a link layer (`raw-`); left out is what is not modelled.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { CapturedFrame } from '../net/frame.ts'
import { testTerminal } from './test-machine.ts'

const read = (name: string): string => readFileSync(`src/engine/shell/testdata/tcpdump/${name}.txt`, 'utf8')
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))

/** The n-th was captured in the n-th microsecond. */
const framesOf = (file: string): CapturedFrame[] =>
  read(file)
    .trimEnd()
    .split('\n')
    .map((line, number) => ({
      ...{
        where: 'node/worker-1',
        device: 'eth0',
        direction: 'in',
        linkType: file.startsWith('raw-') ? 'raw' : 'ethernet',
        timeMs: number / 1000,
      },
      bytes: bytesOf(line.slice(line.lastIndexOf(' ') + 1)),
    }))

function typed(frames: readonly CapturedFrame[], line: string): { readonly stdout: string; readonly stderr: string } {
  const { type } = testTerminal(null, frames)
  type('ip link set eth0 up')
  return type(line)
}

describe.each(['', 'random-', 'edge-', 'raw-'])('%sframes', (set) => {
  const frames = framesOf(`${set}frames`)

  it.each(
    read(`${set}printed`)
      .split(/^\$ /m)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)] as const),
  )('%s prints them as the real one does', (command, printed) => {
    expect(typed(frames, command).stdout).toBe(printed)
  })

  it.each(
    read(`${set}filtered`)
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ => ?/) as [string, string]),
  )('%s', (filter, expected) => {
    const { stdout, stderr } = typed(frames, `tcpdump -n '${filter}'`)
    const passed = [...stdout.matchAll(/^00:00:00\.(\d{6}) /gm)].map(([, micros]) => Number(micros)).join(' ')
    expect(/^\d|^$/.test(expected) ? passed : stderr.trimEnd()).toBe(expected)
  })
})
