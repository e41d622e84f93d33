/** mtr and tracepath over two routers: what the real ones printed of such a network, typed again here. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { exec } from './exec.ts'
import { LINE_OF_ROUTERS } from './line-of-routers.fixture.ts'

const TRANSCRIPT = readFileSync('src/engine/simulation/testdata/transcripts/mtr-tracepath.txt', 'utf8')

interface Exchange {
  readonly command: string
  readonly printed: string
  /** What was changed before: 'PLACE COMMAND; …'. */
  readonly changes: string
}

/** "$ COMMAND", what it printed, "=> CODE" when that was not 0; "# PLACE COMMAND; …" changes the network for what follows. */
function exchangesOf(text: string): Exchange[] {
  let changes = ''
  return text.split(/^(?=[$#] )/m).flatMap((part): Exchange[] => {
    const line = part.slice(2, part.indexOf('\n'))
    if (part.startsWith('$')) return [{ command: line, printed: part.slice(part.indexOf('\n') + 1), changes }]
    changes = line.startsWith('host/') ? line : ''
    return []
  })
}

/** No two runs take the same time. */
const steady = (text: string): string =>
  text
    .replace(/^Start: .*$/m, 'Start: TIME')
    .replace(/ +\d+\.\d{3}ms/g, ' TIMEms')
    .replace(/( +\d+\.\d?){5}$/gm, ' TIMES')

function typed({ command, changes }: Exchange): string {
  const scripts = changes
    .split('; ')
    .filter(Boolean)
    .map((change, i) => {
      const [on, ...words] = change.split(' ')
      return `---\napiVersion: packetwalk.dev/v1alpha1\nkind: Script\nmetadata: {name: change-${i}}\nspec: {on: ${on}, run: "${words.join(' ')}"}\n`
    })
  const result = exec(parseScenario(LINE_OF_ROUTERS + scripts.join('')), 'host/a', command)
  return 'problem' in result ? result.problem : `${result.stdout}${result.stderr}${result.code === 0 ? '' : `=> ${result.code}\n`}`
}

const type = (command: string): string => typed({ command, printed: '', changes: '' })

describe('what they do not do here', () => {
  it('the full screen of mtr is printed as its report, and says so', () =>
    expect(steady(type('mtr -n -c 1 10.1.0.1'))).toBe(
      [
        'Start: TIME',
        `HOST: a${' '.repeat(27)}Loss%   Snt   Last   Avg  Best  Wrst StDev`,
        `  1.|-- 10.1.0.1${' '.repeat(19)}0.0%     1 TIMES`,
        'mtr: the full screen is not modelled: this is what -r prints\n',
      ].join('\n'),
    ))

  it.each([
    ['mtr -j 10.3.0.2', 'mtr: -j: not modelled\n=> 1\n'],
    ['mtr --csv 10.3.0.2', 'mtr: -C: not modelled\n=> 1\n'],
    ['mtr -r 10.3.0.2 10.1.0.1', 'mtr: more than one host: not modelled: one report after another\n=> 1\n'],
    ['mtr -r -o LX 10.3.0.2', 'mtr: -o X: not modelled\n=> 1\n'],
    ['mtr -r -6 10.3.0.2', 'mtr: -6: IPv6 is not modelled\n=> 1\n'],
    ['tracepath -6 10.3.0.2', 'tracepath: -6: IPv6 is not modelled\n=> 1\n'],
  ])('%s is refused by name', (command, printed) => expect(type(command)).toBe(printed))

  it('tracepath tells by the TTL of an answer that it came another way than the question went', () => {
    const way = 'host/r1 iptables -t mangle -A OUTPUT -p icmp -j TTL --ttl-set 62'
    expect(typed({ command: 'tracepath -n -m 1 10.3.0.2', printed: '', changes: way })).toMatch(
      / 1: {2}10\.1\.0\.1 +0\.\d{3}ms asymm {2}3 \n/,
    )
  })
})

describe('transcripts of mtr 0.95 and tracepath 20221126', () => {
  const exchanges = exchangesOf(TRANSCRIPT)
  it('there are some', () => expect(exchanges.length).toBeGreaterThan(50))
  it.each(exchanges)('$command ($changes)', (exchange) => expect(steady(typed(exchange))).toBe(steady(exchange.printed)))
})
