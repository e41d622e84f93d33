/** Persistent services of IPVS, against what was measured on Linux 6.1 in the same network. */
import { describe, expect, test } from 'vitest'
import { director, servers, service, VIP } from '../../shell/ipvs-lab.fixture.ts'
import type { Lab } from '../../shell/test-lab.ts'

describe('persistence', () => {
  const clients = [3, 4].flatMap((n) => [`ip -n ext addr add 192.168.9.${n}/24 dev eth0`])
  const from = (lab: Lab, client: number, count: number): string => {
    lab.sh(`ip -n ext route replace ${VIP} via 192.168.9.1 src 192.168.9.${client}`)
    return servers(lab, count)
  }

  test('each client keeps its server; the template shows as ASSURED', () => {
    const lab = director(...clients, ...service([11, 12, 13], '-s rr -p 60'))
    expect(from(lab, 2, 4)).toBe('13 13 13 13')
    expect(from(lab, 3, 3)).toBe('12 12 12')
    expect(from(lab, 4, 2)).toBe('11 11')
    expect(from(lab, 2, 1)).toBe('13')
    expect(lab.sh('ipvsadm -Lnc')).toMatch(/^TCP 00:59 {2}ASSURED {5}192\.168\.9\.2:0 {6}10\.96\.0\.10:80 {6}10\.0\.0\.13:8080$/m)
  })

  test('-M 255.255.255.0: clients of one network share a server', () => {
    const lab = director(...clients, ...service([11, 12, 13], '-s rr -p 60 -M 255.255.255.0'))
    expect([from(lab, 2, 1), from(lab, 3, 1), from(lab, 4, 1)].join(' ')).toBe('13 13 13')
  })

  test.each([
    [0, '13 13'],
    [1, '13 12'],
  ])('server with weight 0, expire_quiescent_template=%i: %s', (value, expected) => {
    const lab = director(...service([11, 12, 13], '-s rr -p 60'), `sysctl -w net.ipv4.vs.expire_quiescent_template=${value}`)
    const first = servers(lab, 1)
    lab.sh(`ipvsadm -e -t ${VIP}:80 -r 10.0.0.13:8080 -m -w 0`)
    expect(`${first} ${servers(lab, 1)}`).toBe(expected)
    expect(servers(lab, 1)).toBe(expected.split(' ')[1])
  })

  test('server deleted: rescheduled', () => {
    const lab = director(...service([11, 12, 13], '-s rr -p 60'))
    expect(servers(lab, 1)).toBe('13')
    lab.sh(`ipvsadm -d -t ${VIP}:80 -r 10.0.0.13:8080`)
    expect(servers(lab, 2)).toBe('12 12')
  })

  test('a service of every port: its template has none, and is of its protocol and address', () => {
    const lab = director(`ipvsadm -A -t ${VIP}:0 -s rr -p 60`, `ipvsadm -a -t ${VIP}:0 -r 10.0.0.11:0 -m`)
    lab.exchange('ext', 'tcp', `${VIP}:8080`)
    expect(lab.sh('ipvsadm -Lnc')).toMatch(/^TCP \d\d:\d\d {2}ASSURED +192\.168\.9\.2:0 +10\.96\.0\.10:0 +10\.0\.0\.11:0$/m)
  })

  test('a template lives 60 s longer while it has connections', () => {
    const lab = director(...service([11, 12, 13], '-s rr -p 60'))
    expect(servers(lab, 1)).toBe('13')
    lab.wait(70_000)
    expect(lab.sh('ipvsadm -Lnc')).toContain('192.168.9.2:0')
    lab.wait(120_000)
    expect(lab.sh('ipvsadm -Lnc')).not.toContain('192.168.9.2:0')
    expect(servers(lab, 1)).toBe('12')
  })
})
