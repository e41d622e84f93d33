/** traceroute over two routers: packets with rising TTL, what the real one prints of such a network (measured with 2.1.2 on Linux 6.18). */
import { describe, expect, it } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { exec } from './exec.ts'
import { LINE_OF_ROUTERS } from './line-of-routers.fixture.ts'

const SCENARIO = parseScenario(LINE_OF_ROUTERS)
const type = (line: string) => exec(SCENARIO, 'host/a', line)
/** Without times. */
const printed = (line: string): string => {
  const result = type(line)
  return 'problem' in result ? result.problem : (result.stdout + result.stderr).replace(/\d+\.\d{3} ms/g, 'T')
}
const head = (to: string, hops = 30): string => `traceroute to ${to} (${to}), ${hops} hops max, 60 byte packets`
const NAMED = ' 1  10.1.0.1 (10.1.0.1)  T  T  T\n 2  10.2.0.2 (10.2.0.2)  T  T  T\n 3  10.3.0.2 (10.3.0.2)  T  T  T\n'

describe('traceroute', () => {
  it.each<readonly [string, string]>([
    ['traceroute -n 10.3.0.2', `${head('10.3.0.2')}\n 1  10.1.0.1  T  T  T\n 2  10.2.0.2  T  T  T\n 3  10.3.0.2  T  T  T\n`],
    ['traceroute -I 10.3.0.2', `${head('10.3.0.2')}\n${NAMED}`],
    ['traceroute -T -p 80 10.3.0.2', `${head('10.3.0.2')}\n${NAMED}`],
    ['traceroute -T -p 81 10.3.0.2', `${head('10.3.0.2')}\n${NAMED}`],
    // A router answers its own errors at most once a second and six at once; unreachable ones are rarer still.
    ['traceroute -n 10.7.0.2', `${head('10.7.0.2')}\n 1  10.1.0.1  T !H  T !H *\n`],
    ['traceroute -n 10.8.0.2', `${head('10.8.0.2')}\n 1  10.1.0.1  T !X  T !X *\n`],
    ['traceroute -m 3 -n 10.9.0.2', `${head('10.9.0.2', 3)}\n 1  * * *\n 2  * * *\n 3  * * *\n`],
    ['traceroute -n 10.3.0.77', `${head('10.3.0.77')}\n 1  10.1.0.1  T  T  T\n 2  10.2.0.2  T  T  T\n 3  10.2.0.2  T !H  T !H  T !H\n`],
    ['traceroute -q 1 -n -f 2 10.3.0.2', `${head('10.3.0.2')}\n 2  10.2.0.2  T\n 3  10.3.0.2  T\n`],
    ['traceroute -n 10.1.0.2', `${head('10.1.0.2')}\n 1  10.1.0.2  T  T  T\n`],
    ['ip route del default; traceroute -n 10.3.0.2', `${head('10.3.0.2')}\nconnect: Network is unreachable\n`],
    ['traceroute -m 0 10.3.0.2', 'first hop out of range\n'],
  ])('%s', (line, text) => expect(printed(line)).toBe(text))

  it("-T sends SYNs from a raw socket, without Don't Fragment; the kernel answers a SYN ACK with RST", () => {
    const text = printed('traceroute -n -T -q 1 -f 3 10.3.0.2; tcpdump -ntv tcp')
    const flags = [...text.matchAll(/ttl (\d+), id \d+, offset 0, flags (\[\w+\]).*\n.*Flags (\[[^\]]*\])/g)].map((match) =>
      match.slice(1).join(' '),
    )
    expect(flags.slice(0, 2)).toEqual(['3 [none] [S]', '4 [none] [S]'])
    expect(flags.filter((one) => one.endsWith('[R]')).length).toBe(flags.filter((one) => one.endsWith('[S.]')).length)
  })
})
