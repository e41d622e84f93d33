/** What is told of connections: which service, which server, how it was chosen; what was translated. */
import { expect, test } from 'vitest'
import { formatAddress } from '../../net/address.ts'
import { director, MASQUERADE, service, VIP } from '../../shell/ipvs-lab.fixture.ts'
import type { Lab } from '../../shell/test-lab.ts'

function told(lab: Lab): string[] {
  return lab.events.flatMap(({ event }) => {
    if (event.at === 'ip_vs_schedule') {
      const { service: name, scheduler, server, how } = event
      const to = server === null ? 'nobody' : `${formatAddress(server.address)}:${server.port} ${server.method}`
      return [`${name} ${scheduler}: ${to} (${how})`]
    }
    if (event.at === 'nat_manip' && event.rule === null) return [`${event.manip}${event.reply ? ' of a reply' : ''}`]
    return []
  })
}

/** The first lines; what follows is of the same connection. */
test.each([
  ['-s rr', '-m', 'ext', ['TCP 10.96.0.10:80 rr: 10.0.0.11:8080 masquerade (scheduled)', 'destination', 'source of a reply']],
  ['-s wrr -p 60', '-m', 'ext', ['TCP 10.96.0.10:80 wrr: 10.0.0.11:8080 masquerade (scheduled)', 'destination', 'source of a reply']],
  ['-s rr', '-g', 'ext', ['TCP 10.96.0.10:80 rr: 10.0.0.11:80 route (scheduled)']],
  ['-s rr', '-i', 'ext', ['TCP 10.96.0.10:80 rr: 10.0.0.11:80 tunnel (scheduled)']],
])('%s, %s, a client on %s', (options, how, from, expected) => {
  const lab = director(...MASQUERADE, ...service([11], options, how))
  lab.events.length = 0
  lab.exchange(from, 'tcp', `${VIP}:80`, { forMs: 500 })
  expect(told(lab).slice(0, expected.length)).toEqual(expected)
  const again = told(lab).slice(expected.length)
  expect(again.filter((line) => line.includes('(scheduled)') || line.includes('(persistent)'))).toEqual([])
})

test('a later connection of a persistent client; a service of a mark; nobody', () => {
  const lab = director(
    `iptables -t mangle -A PREROUTING -d ${VIP} -p tcp --dport 81 -j MARK --set-mark 5`,
    'ipvsadm -A -f 5 -s lc',
    ...service([11], '-s rr -p 60'),
  )
  lab.exchange('ext', 'tcp', `${VIP}:80`)
  lab.events.length = 0
  lab.exchange('ext', 'tcp', `${VIP}:80`)
  expect(told(lab)[0]).toBe('TCP 10.96.0.10:80 rr: 10.0.0.11:8080 masquerade (persistent)')
  expect(told(lab)[3]).toBe('TCP 10.96.0.10:80 rr: 10.0.0.11:8080 masquerade (known)')
  lab.events.length = 0
  lab.exchange('ext', 'tcp', `${VIP}:81`)
  expect(told(lab)).toEqual(['FWM 5 lc: nobody (none)'])
})

test('a server on the machine itself, which refuses', () => {
  const lab = director(`ipvsadm -A -u ${VIP}:80 -s rr`, `ipvsadm -a -u ${VIP}:80 -r 192.168.9.1:8080 -m`)
  lab.events.length = 0
  lab.exchange('ext', 'udp', `${VIP}:80`, { sourcePort: 5000 })
  expect(told(lab)).toEqual(['UDP 10.96.0.10:80 rr: 192.168.9.1:8080 local (scheduled)', 'destination', 'source of a reply'])
})

/** A packet whose addresses stay is not said to be translated. */
test('a server with the virtual address and port', () => {
  const lab = director(`ipvsadm -A -t ${VIP}:8080 -s rr`, `ipvsadm -a -t ${VIP}:8080 -r ${VIP}:8080 -m`)
  lab.serve('node', 'tcp', 8081)
  lab.events.length = 0
  lab.exchange('ext', 'tcp', `${VIP}:8080`, { forMs: 500 })
  expect(told(lab)[0]).toBe('TCP 10.96.0.10:8080 rr: 10.96.0.10:8080 local (scheduled)')
  expect(told(lab).filter((line) => !line.includes('rr:'))).toEqual([])
})
