/** The order of servers, and what counts as active, as ipvsadm shows them. */
import { describe, expect, test } from 'vitest'
import { director, service, VIP } from '../../shell/ipvs-lab.fixture.ts'

describe('servers of a service', () => {
  const listed = (text: string): string[] => text.split('\n').flatMap((line) => /-> 10\.0\.0\.(\d+):8080/.exec(line)?.[1] ?? [])

  test('ipvsadm -Ln sorts them, --nosort shows the order of the kernel, newest first', () => {
    const lab = director(...service([12, 11, 13]))
    expect(listed(lab.sh('ipvsadm -Ln'))).toEqual(['11', '12', '13'])
    expect(listed(lab.sh('ipvsadm -Ln --nosort'))).toEqual(['13', '11', '12'])
  })

  test('UDP counts as inactive, always', () => {
    const lab = director(`ipvsadm -A -u ${VIP}:53 -s lc`, ...[11, 12].map((n) => `ipvsadm -a -u ${VIP}:53 -r 10.0.0.${n}:8080 -m`))
    const ask = (): string => lab.exchange('ext', 'udp', `${VIP}:53`).slice(11, 13)
    expect([ask(), ask(), ask()]).toEqual(['p2', 'p1', 'p2'])
    expect(lab.sh('ipvsadm -Ln')).toMatch(/10\.0\.0\.12:8080 +Masq +1 +0 +2/)
  })
})
