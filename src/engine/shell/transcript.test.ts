/**
 * What the real tools print of the same commands: transcripts captured in a network namespace of Linux 6.18 (iproute2 6.1, iptables 1.8.9,
 * ipset 7.17, ipvsadm 1.31), typed again here. Where a transcript says "not modelled", the command must be refused loudly instead.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { runCommandLine } from './commands.ts'
import { createLab } from './test-lab.ts'

const FOLDER = 'src/engine/shell/testdata/transcripts/'

interface Exchange {
  readonly command: string
  readonly printed: string
}

/** "$ COMMAND", what it printed, "=> CODE" when that was not 0. */
function exchangesOf(text: string): Exchange[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => ({ command: part.slice(0, part.indexOf('\n')), printed: part.slice(part.indexOf('\n') + 1) }))
}

/** Hardware addresses. */
const MAC = /\b[\da-f]{2}(?::[\da-f]{2}){5}\b/g
const NAMED_MACS = ['ff:ff:ff:ff:ff:ff', '00:00:00:00:00:00']

/**
 * What no two runs have in common: addresses that no command named, timers of bridges, seeds of sets' hashes, handles of disciplines (counted over
 * all namespaces).
 */
function steady(text: string, commands: string): string {
  return text
    .replace(MAC, (mac) => (NAMED_MACS.includes(mac) || commands.includes(mac) ? mac : 'random'))
    .replace(/netem 80\d\d:/g, 'netem 8001:')
    .replace(/_timer +\d+\.\d\d/g, '_timer    0.00')
    .replace(/initval 0x[\da-f]{8}/g, 'initval 0x00000000')
}

/** Types a line; gives both streams and the code. */
function typist(): (line: string) => string {
  const lab = createLab()
  const files = lab.machine.files as Map<string, string>
  files.set('/dev/null', '')
  return (line) => {
    const context = { machine: lab.machine, netns: lab.ns('node'), stdin: '', origin: null, lineOrigins: null, kube: null, spawn: null }
    const { stdout, stderr, code } = runCommandLine(line, context)
    lab.wait(0)
    return `${stdout}${stderr}${code === 0 ? '' : `=> ${code}\n`}`
  }
}

describe.each(readdirSync(FOLDER))('%s', (name) => {
  const exchanges = exchangesOf(readFileSync(FOLDER + name, 'utf8'))

  it(`prints what the real tools print (${exchanges.length} commands)`, () => {
    const type = typist()
    const commands = exchanges.map(({ command }) => command).join('\n')
    const differences = exchanges.flatMap(({ command, printed }) => {
      const ours = steady(type(command), commands)
      const loud = printed.startsWith('not modelled') && /not modelled|unsupported/.test(ours)
      return ours === steady(printed, commands) || loud ? [] : [`$ ${command}\nreal:\n${printed}ours:\n${ours}`]
    })
    expect(exchanges.length).toBeGreaterThan(20)
    expect(differences.join('\n')).toBe('')
  })
})
