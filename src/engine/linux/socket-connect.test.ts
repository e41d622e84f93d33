/** What connect(2) asks of routing. Kernel: include/net/route.h, ip_route_connect(). */
import { expect, test } from 'vitest'
import { nodeLab } from '../shell/test-lab.ts'

test.each(['tcp', 'udp'] as const)(
  '%s: the route that gives the source is looked up once more with it: policy rules may ask for it',
  (protocol) => {
    const lab = nodeLab()
    lab.sh('ip rule add from 192.168.9.1 unreachable priority 100')
    expect(lab.exchange('node', protocol, '192.168.9.2:8080')).toBe('ENETUNREACH')
    expect(lab.wire.filter((line) => line.includes('192.168.9.2'))).toEqual([])
  },
)
