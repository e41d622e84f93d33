/** Which packets of an IPVS connection each option of `-m ipvs` meets. Kernel: net/netfilter/xt_ipvs.c, ipvs_mt(). */
import { describe, expect, test } from 'vitest'
import { director, MASQUERADE, service, VIP } from '../../../shell/ipvs-lab.fixture.ts'

/** Has a packet to the server met the rule? The client is outside, the server 10.0.0.11:8080. */
function met(match: string, ...lines: readonly string[]): boolean {
  const lab = director(...MASQUERADE, ...lines, `iptables -t mangle -A POSTROUTING -d 10.0.0.11 -m ipvs ${match}`)
  lab.exchange('ext', 'tcp', `${VIP}:80`)
  return Number(/^\[(\d+):\d+\] -A POSTROUTING -d 10.0.0.11\/32 -m ipvs/m.exec(lab.sh('iptables-save -c -t mangle'))?.[1]) > 0
}

describe('a packet on its way to the server', () => {
  test.each([
    ['--ipvs', true],
    ['! --ipvs', false],
    ['--vproto tcp', true],
    ['--vproto udp', false],
    ['! --vproto tcp', false],
    ['! --vproto 17', true],
    [`--vaddr ${VIP}`, true],
    ['--vaddr 10.96.0.0/24', true],
    ['--vaddr 10.96.0.11', false],
    [`! --vaddr ${VIP}`, false],
    ['! --vaddr 10.97.0.0/24', true],
    ['--vport 80', true],
    ['--vport 8080', false],
    ['! --vport 80', false],
    ['! --vport 81', true],
    ['--vdir ORIGINAL', true],
    ['--vdir REPLY', false],
    ['--vmethod MASQ', true],
    ['--vmethod GATE', false],
    ['--vmethod IPIP', false],
    ['! --vmethod MASQ', false],
    ['! --vmethod GATE', true],
    // Only a connection that a template controls has such a port.
    ['--vportctl 80', false],
    ['! --vportctl 80', true],
    [`--vproto tcp --vaddr ${VIP} --vport 80 --vdir ORIGINAL --vmethod MASQ`, true],
    [`--vproto tcp --vaddr ${VIP} --vport 81 --vdir ORIGINAL --vmethod MASQ`, false],
  ])('-m ipvs %s: %s', (match, expected) => {
    expect(met(match, ...service([11]))).toBe(expected)
  })

  test.each([
    ['--vportctl 80', true],
    ['--vportctl 81', false],
    ['! --vportctl 80', false],
  ])('of a persistent service, -m ipvs %s: %s', (match, expected) => {
    expect(met(match, ...service([11], '-s rr -p 300'))).toBe(expected)
  })

  test.each([
    ['--ipvs', false],
    ['! --ipvs', true],
    ['--vproto tcp', false],
    ['! --vproto udp', false],
  ])('a packet that IPVS has not handled, -m ipvs %s: %s', (match, expected) => {
    expect(met(match, `iptables -t nat -A PREROUTING -d ${VIP} -p tcp -j DNAT --to-destination 10.0.0.11:8080`)).toBe(expected)
  })
})

describe('what is typed', () => {
  test.each([
    ['--ipvs', '--ipvs'],
    ['! --ipvs', '! --ipvs'],
    ['--vproto udp --ipvs', '--vproto 17'],
    ['! --vproto 6', '! --vproto 6'],
    ['--vaddr 10.96.0.10', '--vaddr 10.96.0.10'],
    ['! --vaddr 10.96.0.0/16', '! --vaddr 10.96.0.0/16'],
    ['--vport http', '--vport 80'],
    ['! --vport 81', '! --vport 81'],
    ['--vdir original', '--vdir ORIGINAL'],
    ['--vdir REPLY', '--vdir REPLY'],
    ['--vmethod gate', '--vmethod GATE'],
    ['! --vmethod ipip --vportctl 21', '! --vmethod IPIP --vportctl 21'],
    ['! --vportctl 21', '! --vportctl 21'],
  ])('-m ipvs %s is saved as %s', (typed, saved) => {
    const lab = director(`iptables -A FORWARD -m ipvs ${typed}`)
    expect(lab.sh('iptables -S FORWARD')).toBe(`-P FORWARD ACCEPT\n-A FORWARD -m ipvs ${saved}\n`)
    expect(lab.sh('iptables -nL FORWARD').split('\n')[2]).toContain(`  ${saved.replaceAll('--', '')}`)
  })
})
