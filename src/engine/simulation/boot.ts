/** Switches a machine on: the segments it is plugged into, its initial namespace with the NICs it has, its files. */
import { createNetNs } from '../linux/create-netns.ts'
import { addDevice } from '../linux/device-config.ts'
import type { Machine } from '../linux/machine.ts'
import { parseMac } from '../net/mac.ts'
import type { NodeScript } from '../net/node-script.ts'
import type { World } from './world.ts'

/** Time a frame takes on a segment, ms. */
const LAN_MS = 0.05
const INTERNET_MS = 5

/** Plugs the machine's NICs into their segments. */
export function plugIn(world: World, script: NodeScript): void {
  for (const nic of script.nics) {
    const mtu = world.cluster.networks.find((network) => network.meta.name === nic.network)?.mtu ?? 1500
    const segment = world.segments.get(nic.network) ?? {
      name: nic.network,
      latencyMs: nic.network === 'internet' ? INTERNET_MS : LAN_MS,
      mtu,
      plugs: [],
      learned: new Map(),
    }
    world.segments.set(nic.network, { ...segment, plugs: [...segment.plugs, { netns: script.machine, device: nic.name }] })
  }
}

/** Adds the machine to the world; none of its commands has run yet. */
export function boot(world: World, script: NodeScript): void {
  const root = createNetNs(script.machine, world.kernel)
  const machine: Machine = {
    name: script.machine,
    hostname: script.hostname,
    root,
    netns: new Map(),
    netnsNames: new Map(script.netns),
    files: new Map([['/etc/resolv.conf', script.resolvConf]]),
  }
  for (const nic of script.nics) {
    const mac = parseMac(nic.mac)
    const mtu = world.segments.get(nic.network)?.mtu ?? 1500
    if (mac) addDevice(root, { kind: 'physical', name: nic.name, mac, mtu, network: nic.network })
  }
  world.machines.set(machine.name, machine)
}
