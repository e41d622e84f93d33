import { describe, expect, it } from 'vitest'
import { WEB_AND_MYSQL } from './lab.ts'
import { file, packetwalk } from './packetwalk.ts'

const ENDS = ['--from', 'deploy/webapp', '--to', 'tcp://10.96.0.10:53']

const BROKEN = `${WEB_AND_MYSQL}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Script
metadata: {name: fault}
spec: {on: node/worker-1, run: "iptables -I FORWARD -j DROP"}
`

describe('compare', () => {
  it('ends with 0 where both walk alike', () => {
    const path = file(WEB_AND_MYSQL)
    const { code, stdout } = packetwalk(['compare', path, file(WEB_AND_MYSQL, 'other.yaml'), ...ENDS])
    expect({ code, last: stdout.trimEnd().split('\n').at(-1) }).toEqual({ code: 0, last: 'Both walk alike.' })
    expect(stdout).not.toContain('here they part')
  })

  it('marks where iptables and IPVS part, and ends with 1', () => {
    const { code, stdout, stderr } = packetwalk(['compare', file(WEB_AND_MYSQL), '--proxy', 'ipvs', ...ENDS])
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toContain('with kube-proxy in mode ipvs')
    expect(stdout.match(/here they part/g)).toHaveLength(1)
    expect(stdout).toMatch(/! here they part\n {2}< KUBE-SERVICES rule \d+ matches 10\.96\.0\.10.*KUBE-SVC-/)
    expect(stdout).toMatch(/> .*IPVS gives the connection to/)
    expect(stdout).toMatch(/They part at node\/worker-\d\.\n$/)
  })

  it('compares two texts, as JSON', () => {
    const { code, stdout } = packetwalk(['compare', file(WEB_AND_MYSQL), file(BROKEN, 'broken.yaml'), ...ENDS, '--json'])
    const told = JSON.parse(stdout)
    expect(code).toBe(1)
    expect([told.same, told.a.outcome.outcome, told.b.outcome.outcome]).toEqual([false, 'delivered', 'timeout'])
    const part = told.rows[told.first]
    expect(part.same).toBe(false)
    expect(told.rows.slice(0, told.first).every((row: { same: boolean }) => row.same)).toBe(true)
    expect(part.b).toMatchObject({ where: 'node/worker-1', sentence: expect.stringMatching(/FORWARD rule 1/) })
  })

  it.each([
    [[], 'nothing to compare with'],
    [['--proxy', 'nftables'], '--proxy is iptables or ipvs'],
    [['--cni', 'calico'], '--cni is bridge or flannel'],
    [['--proxy', 'ipvs', '--from', 'pod/nobody', '--to', 'ping 10.0.0.1'], 'nobody'],
  ])('ends with 2 for %j', (words, said) => {
    const { code, stderr } = packetwalk(['compare', file(WEB_AND_MYSQL), ...words])
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(said) })
  })
})
