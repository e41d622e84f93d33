import { describe, expect, test } from 'vitest'
import { createNetNs } from './create-netns.ts'
import { addDevice, moveDevice, setDevice } from './device-config.ts'
import { deviceConfMax, deviceConfOr, setSysctl, sysctl, sysctlNames, sysctlText } from './sysctl.ts'

function netns(name = 'node') {
  const ns = createNetNs(name, { nowMs: 0, nextPacketId: 1, chooser: { choose: () => 0, pick: () => 1 } })
  addDevice(ns, { name: 'eth0', kind: 'dummy' })
  return ns
}

describe('sysctl', () => {
  test.each([
    ['net.ipv4.ip_forward', '0'],
    ['net.ipv4.tcp_syn_retries', '6'],
    ['net.ipv4.conf.eth0.rp_filter', '0'],
    ['net/ipv4/conf/eth0/send_redirects', '1'],
    ['net.ipv4.neigh.eth0.retrans_time_ms', '1000'],
    ['net.bridge.bridge-nf-call-iptables', '1'],
    ['net.ipv4.conf.eth9.rp_filter', null],
    ['net.ipv4.nonsense', null],
  ])('%s is %s in a fresh namespace', (name, value) => {
    expect(sysctlText(netns(), name)).toBe(value)
  })

  test('ip_forward switches every device and those to come', () => {
    const ns = netns()
    expect(setSysctl(ns, 'net.ipv4.ip_forward', 1)).toBe(true)
    addDevice(ns, { name: 'eth1', kind: 'dummy' })
    for (const device of ['all', 'default', 'lo', 'eth0', 'eth1']) expect(sysctl(ns, `net.ipv4.conf.${device}.forwarding`)).toBe(1)
    setSysctl(ns, 'net.ipv4.conf.eth0.forwarding', 0)
    expect(sysctl(ns, 'net.ipv4.ip_forward')).toBe(1)
  })

  test('a router believes no redirect; saying again what is so changes nothing', () => {
    const ns = netns()
    setSysctl(ns, 'net.ipv4.ip_forward', 1)
    expect(sysctl(ns, 'net.ipv4.conf.all.accept_redirects')).toBe(0)
    expect(sysctl(ns, 'net.ipv4.conf.eth0.accept_redirects')).toBe(1)
    setSysctl(ns, 'net.ipv4.conf.all.accept_redirects', 1)
    setSysctl(ns, 'net.ipv4.conf.eth0.forwarding', 0)
    setSysctl(ns, 'net.ipv4.ip_forward', 1)
    expect(sysctl(ns, 'net.ipv4.conf.all.accept_redirects')).toBe(1)
    expect(sysctl(ns, 'net.ipv4.conf.eth0.forwarding')).toBe(0)
    setSysctl(ns, 'net.ipv4.conf.all.accept_redirects', 0)
    setSysctl(ns, 'net.ipv4.conf.all.forwarding', 0)
    expect(sysctl(ns, 'net.ipv4.conf.all.accept_redirects')).toBe(1)
  })

  test('conf.default is copied when a device appears; later changes leave it alone', () => {
    const ns = netns()
    setSysctl(ns, 'net.ipv4.conf.default.rp_filter', 2)
    addDevice(ns, { name: 'eth1', kind: 'dummy' })
    setSysctl(ns, 'net.ipv4.conf.default.rp_filter', 0)
    expect(sysctl(ns, 'net.ipv4.conf.eth1.rp_filter')).toBe(2)
  })

  test('all counts as maximum or as "or", as each key does', () => {
    const ns = netns()
    setSysctl(ns, 'net.ipv4.conf.all.rp_filter', 1)
    setSysctl(ns, 'net.ipv4.conf.eth0.rp_filter', 2)
    setSysctl(ns, 'net.ipv4.conf.all.route_localnet', 1)
    expect(deviceConfMax(ns, 'eth0', 'rp_filter')).toBe(2)
    expect(deviceConfMax(ns, 'lo', 'rp_filter')).toBe(1)
    expect(deviceConfOr(ns, 'eth0', 'route_localnet')).toBe(true)
  })

  test('a renamed device keeps its keys, one that moves to another namespace loses them', () => {
    const ns = netns()
    const other = createNetNs('other', ns.kernel)
    setSysctl(ns, 'net.ipv4.conf.eth0.rp_filter', 2)
    setDevice(ns, 'eth0', { newName: 'lan0' })
    expect(sysctl(ns, 'net.ipv4.conf.lan0.rp_filter')).toBe(2)
    moveDevice(ns, other, 'lan0', 'eth0')
    expect(sysctlText(ns, 'net.ipv4.conf.lan0.rp_filter')).toBe(null)
    expect(sysctl(other, 'net.ipv4.conf.eth0.rp_filter')).toBe(0)
  })

  test('an unknown key is refused', () => {
    expect(setSysctl(netns(), 'net.ipv4.nonsense', 1)).toBe(false)
  })

  test('sysctl -a lists only keys that can be read', () => {
    const ns = netns()
    expect(sysctlNames(ns).filter((name) => sysctlText(ns, name) === null)).toEqual([])
  })
})
