/** A machine that does what a transcript of frames says. Not part of the program. */

import { type FirstSeqs, frameOf, textOf } from '../linux/testdata/wire-text.ts'
import { runCommandLine } from './commands.ts'
import { createLab, type Lab } from './test-lab.ts'

/** Long enough for an answer, shorter than any timer. */
const ANSWER_MS = 4

/** Timeouts of connections, s: the one that what is left was part of, since the real commands took their time. */
const TIMEOUTS = [10, 15, 30, 60, 100, 120, 180, 300, 600, 900, 432_000]
const timeoutOf = (left: number): number => TIMEOUTS.find((timeout) => timeout >= left) ?? left

/** Where lists have no order, and times that go on. */
function tidy(command: string, printed: string): string[] {
  const lines = printed.split('\n').filter((line) => line !== '' && !line.startsWith('conntrack v'))
  if (command.startsWith('conntrack'))
    // Packets that wait for ARP use their connection too.
    return lines
      .map((line) =>
        line
          .replace(/ use=\d+/, ' use=1')
          .replace(/^(\w+ +\d+ |-A -t )(\d+)/, (_all, before, left) => `${before}${timeoutOf(Number(left))}`),
      )
      .sort()
  if (command.startsWith('ip neigh')) return lines.sort()
  if (!/^ipvsadm -L\w*c/.test(command)) return lines
  return lines.map((line) => line.replace(/\b(\d\d):(\d\d)\b/, (_all, m, s) => String(timeoutOf(60 * Number(m) + Number(s))))).sort()
}

function machine(): Lab {
  const lab = createLab()
  lab.sh('ip link set lo up\nip netns add far\nsysctl -qw net.ipv4.tcp_invalid_ratelimit=0')
  for (const n of [1, 2, 3])
    lab.sh(`
      ip link add e${n} address 02:00:00:00:00:0${n} type veth peer name p${n} address 02:00:00:00:01:0${n} netns far
      ip -n far link set p${n} up`)
  return lab
}

/** Does what a transcript says, and says what came of it. */
export function replay(transcript: readonly string[]): string[] {
  const lab = machine()
  const firstSeqs: FirstSeqs = new Map()
  let [seen, id] = [lab.frames.length, 1000]
  return transcript.flatMap((line) => {
    if (/^[|<=]/.test(line)) return []
    const said = [line]
    if (line.startsWith('$ ')) said.push(...typed(lab, line.slice(2)))
    const [, protocol, served] = /^serve (tcp|udp) (\d+)$/.exec(line) ?? []
    if (protocol === 'tcp' || protocol === 'udp') lab.serve('node', protocol, Number(served))
    const [, how, to = '', from] = /^connect (tcp|udp) (\S+) from (\d+)$/.exec(line) ?? []
    if (how === 'tcp' || how === 'udp') lab.connect('node', how, to, Number(from))
    if (line.startsWith('> ')) {
      const [, port = '', text = ''] = /^> e(\d) (.*)$/.exec(line) ?? []
      id += 1
      lab.put('far', `p${port}`, frameOf(text, id, firstSeqs))
    }
    lab.wait(line.startsWith('wait ') ? Number(line.slice(5)) : /^(>|connect)/.test(line) ? ANSWER_MS : 0)
    const sent = lab.frames.slice(seen).filter(({ where, device }) => where === 'node' && device.startsWith('e'))
    seen = lab.frames.length
    // Which port a bridge sends to first hangs on when it got them.
    if (!line.startsWith('wait ')) sent.sort((a, b) => (a.device < b.device ? -1 : a.device > b.device ? 1 : 0))
    return [...said, ...sent.map(({ device, packet }) => `< ${device} ${textOf(packet, firstSeqs)}`)]
  })
}

function typed(lab: Lab, line: string): string[] {
  const context = { machine: lab.machine, netns: lab.ns('node'), stdin: '', origin: null, lineOrigins: null, kube: null, spawn: null }
  const { stdout, stderr, code, effects } = runCommandLine(line, context)
  lab.apply('node', effects)
  const printed = tidy(line, `${stdout}${stderr}`).map((each) => `| ${each}`)
  return code === 0 ? printed : [...printed, `=> ${code}`]
}
