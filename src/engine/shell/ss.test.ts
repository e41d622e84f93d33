/** Layout captured from iproute2 6.1 ss (whose backlog of nc is 1 where a server here has 4096). */
import { expect, test } from 'vitest'
import { socketConnect, socketListen } from '../linux/socket.ts'
import { parseAddress } from '../net/address.ts'
import { testTerminal } from './test-machine.ts'

function terminal() {
  const made = testTerminal()
  made.see('ip link set lo up; ip link set eth0 up; ip addr add 10.1.0.1/24 dev eth0')
  const { root } = made.machine
  const address = parseAddress('10.1.0.1')
  socketListen(root, { protocol: 'tcp', address, port: 9090, owner: 'host/a' })
  socketListen(root, { protocol: 'tcp', address: null, port: 8080, owner: 'host/a' })
  socketListen(root, { protocol: 'udp', address: null, port: 5353, owner: 'host/a' })
  return made
}

test('ss -ltn, -uln, -ltun', () => {
  const { see } = terminal()
  expect(see('ss -ltn')).toBe(`State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
LISTEN 0      4096        10.1.0.1:9090      0.0.0.0:*          
LISTEN 0      4096         0.0.0.0:8080      0.0.0.0:*          
`)
  expect(see('ss -uln')).toBe(`State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
UNCONN 0      0            0.0.0.0:5353      0.0.0.0:*          
`)
  expect(see('ss -ltun')).toBe(`Netid State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
udp   UNCONN 0      0            0.0.0.0:5353      0.0.0.0:*          
tcp   LISTEN 0      4096        10.1.0.1:9090      0.0.0.0:*          
tcp   LISTEN 0      4096         0.0.0.0:8080      0.0.0.0:*          
`)
  expect(see('ss -tln sport = :8080 | wc -l')).toBe('2\n')
  expect(see('ss -tn')).toBe('State Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n')
})

test('a connection in the making', () => {
  const { see, machine } = terminal()
  const address = parseAddress('10.1.0.2')
  if (address === null) throw new Error('no address')
  socketConnect(machine.root, { protocol: 'tcp', address, port: 80, sourceAddress: null, sourcePort: 40000, owner: 'host/a' })
  expect(see('ss -Htn')).toBe('SYN-SENT 0      0      10.1.0.1:40000 10.1.0.2:80\n')
})
