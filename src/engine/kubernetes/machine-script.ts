/** What an administrator gives every machine when it boots: NICs, addresses, routes, sysctls, resolver. */
import { formatAddress } from '../net/address.ts'
import { formatCidr } from '../net/cidr.ts'
import type { NicSpec, ScriptCommand, ScriptOrigin } from '../net/node-script.ts'
import type { Network, NodeInterface } from './cluster.ts'
import { macHash } from './hash.ts'

/** The resolver outside the cluster that nodes and hosts ask. */
export const OUTSIDE_RESOLVER = '8.8.8.8'
/** /etc/resolv.conf of every machine. */
export const MACHINE_RESOLV_CONF = `nameserver ${OUTSIDE_RESOLVER}\n`

/** One command without standard input. */
export function command(run: string, origin: ScriptOrigin, stdin: string | null = null): ScriptCommand {
  return { run, stdin, origin, lines: null }
}

/** The NICs of a machine; MAC addresses are made of its name. */
export function nicsOf(machine: string, interfaces: readonly NodeInterface[]): NicSpec[] {
  return interfaces.map((nic) => ({ name: nic.name, network: nic.network, mac: macHash(`${machine} ${nic.name}`) }))
}

/** Sysctls of a fresh namespace that the kernel may have inherited from elsewhere; IPv6 is off until it is modelled. */
export function plainSysctls(devices: readonly string[]): string[] {
  const names = ['all', 'default', ...devices]
  return [
    `sysctl -w ${names.map((name) => `net.ipv4.conf.${name}.rp_filter=0`).join(' ')}`,
    'sysctl -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1',
  ]
}

/** Brings the NICs up with their addresses, and sets the default route where a network has a gateway. */
export function bootCommands(interfaces: readonly NodeInterface[], networks: readonly Network[], origin: ScriptOrigin): ScriptCommand[] {
  const lines = [...plainSysctls(interfaces.map((nic) => nic.name)), 'ip link set lo up']
  let hasDefault = false
  for (const nic of interfaces) {
    for (const { address, prefixLength } of nic.addresses)
      lines.push(`ip addr add ${formatAddress(address)}/${prefixLength} dev ${nic.name}`)
    lines.push(`ip link set ${nic.name} up`)
    const network = networks.find((n) => n.meta.name === nic.network)
    if (network === undefined || network.gateway === null) continue
    const outside = nic.addresses.every(({ prefixLength }) => prefixLength === 32)
    if (outside) lines.push(`ip route add ${formatCidr(network.cidr)} dev ${nic.name}`)
    const own = nic.addresses.some(({ address }) => address === network.gateway)
    if (!hasDefault && !own) lines.push(`ip route add default via ${formatAddress(network.gateway)} dev ${nic.name}`)
    hasDefault ||= !own
  }
  return lines.map((run) => command(run, origin))
}
