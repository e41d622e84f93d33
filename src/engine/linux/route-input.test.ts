/** Why a packet that came in may not go on, in words. Kernel: net/ipv4/route.c, ip_route_input_slow(); fib_frontend.c, fib_validate_source(). */
import { expect, test } from 'vitest'
import { formatAddress, parseAddress } from '../net/address.ts'
import { nodeLab } from '../shell/test-lab.ts'
import { ipRouteInput } from './route-input.ts'

const address = (text: string) => {
  const parsed = parseAddress(text)
  if (parsed === null) throw new Error(text)
  return parsed
}

function refusal(lines: readonly string[], source: string, destination: string): string {
  const lab = nodeLab()
  lab.sh(lines.join('\n'))
  const ns = lab.ns('node')
  const route = ipRouteInput(ns, 'eth1', { source: address(source), destination: address(destination), tos: 0, mark: 0 })
  if (route.kind === 'drop') return `${route.reason}: ${route.by.text}`
  return route.kind === 'forward' ? `to ${formatAddress(route.result.nextHop)}${route.redirect ? ', redirected' : ''}` : route.kind
}

const NOT_BACK = '10.0.0.5 is not routed back through eth1'
test.each([
  [0, 0, 'to 10.0.0.11'],
  [1, 0, `IP_RPFILTER: net.ipv4.conf.all.rp_filter=1: ${NOT_BACK}`],
  [0, 1, `IP_RPFILTER: net.ipv4.conf.eth1.rp_filter=1: ${NOT_BACK}`],
  [1, 1, `IP_RPFILTER: net.ipv4.conf.eth1.rp_filter=1: ${NOT_BACK}`],
  [2, 1, 'to 10.0.0.11'],
  [1, 2, 'to 10.0.0.11'],
])('rp_filter %i of all and %i of the device: %s', (all, own, expected) => {
  const lines = [`sysctl -w net.ipv4.conf.all.rp_filter=${all}`, `sysctl -w net.ipv4.conf.eth1.rp_filter=${own}`]
  expect(refusal(lines, '10.0.0.5', '10.0.0.11')).toBe(expected)
})

test.each([
  ['0.0.0.0', '10.0.0.11', 'IP_INVALID_SOURCE: martian source 0.0.0.0'],
  ['0.0.0.1', '10.0.0.11', 'to 10.0.0.11'],
  ['224.0.0.1', '10.0.0.11', 'IP_INVALID_SOURCE: martian source 224.0.0.1'],
  ['255.255.255.255', '10.0.0.11', 'IP_INVALID_SOURCE: martian source 255.255.255.255'],
  ['192.168.9.2', '0.0.0.0', 'IP_INVALID_DEST: martian destination 0.0.0.0'],
  ['0.0.0.0', '0.0.0.0', 'broadcast'],
  ['0.0.0.0', '255.255.255.255', 'broadcast'],
  ['0.0.0.1', '0.0.0.0', 'IP_INVALID_DEST: martian destination 0.0.0.0'],
  ['192.168.9.2', '255.255.255.255', 'broadcast'],
  ['192.168.9.2', '192.168.9.255', 'broadcast'],
  ['192.168.9.1', '10.0.0.11', 'IP_LOCAL_SOURCE: source 192.168.9.1 is an address of this machine'],
  ['192.168.9.1', '192.168.9.255', 'IP_LOCAL_SOURCE: source 192.168.9.1 is an address of this machine'],
  ['127.0.0.1', '10.0.0.11', 'IP_LOCALNET: net.ipv4.conf.eth1.route_localnet=0'],
  ['192.168.9.2', '127.0.0.1', 'IP_LOCALNET: net.ipv4.conf.eth1.route_localnet=0'],
  ['192.168.9.2', '192.168.9.1', 'local'],
  ['192.168.9.2', '192.168.9.3', 'to 192.168.9.3, redirected'],
])('from %s to %s: %s', (source, destination, expected) => {
  const lines = ['ip addr del 192.168.9.1/24 dev eth1', 'ip addr add 192.168.9.1/24 brd + dev eth1']
  expect(refusal(lines, source, destination)).toBe(expected)
})
