/** flannel-io/flannel: what flanneld and its CNI plugin make the kernel do, with the backends vxlan, udp and host-gw. */
import { formatAddress } from '../../net/address.ts'
import { formatCidr } from '../../net/cidr.ts'
import type { ProgramSpec, ScriptCommand, ScriptOrigin } from '../../net/node-script.ts'
import type { Cluster, ClusterNode } from '../cluster.ts'
import { macHash } from '../hash.ts'
import { gatewayOf } from '../ipam.ts'
import { command } from '../machine-script.ts'
import { addPod, bridgeSetup, deletePod } from './bridge.ts'
import { externalInterface, type FlannelConfig, flannelConfig, flannelMtu, linkTo, viaText } from './flannel-config.ts'
import type { CniPlugin, PeerCommands } from './plugin.ts'

/** The flannel plugin; it delegates pods to the bridge plugin. */
export const flannelPlugin: CniPlugin = { setup, peers, programs, firstPod: bridgeSetup, addPod, deletePod }

/** The TUN device of the udp backend, and the configuration of its program. */
const TUN = 'flannel0'
const device = ({ vni }: FlannelConfig): string => `flannel.${vni}`

/** Kept in the node's annotation backend-data, so that it survives a restart. */
const vtepMac = (node: ClusterNode, config: FlannelConfig): string => macHash(`${node.meta.name} ${device(config)}`)

const originOf = (node: ClusterNode): ScriptOrigin => ({
  component: 'cni/flannel',
  object: `node/${node.meta.name}`,
  line: node.meta.range?.line ?? null,
})

/** The lease's network address, a /32 so that no broadcast route comes with it. */
const leaseAddress = (node: ClusterNode): string => `${formatAddress(node.podCIDR.address)}/32`

/** flanneld starts on a node. */
function setup(cluster: Cluster, node: ClusterNode): ScriptCommand[] {
  const config = flannelConfig(cluster)
  const origin = originOf(node)
  return [
    ...deviceCommands(cluster, node, config).map((run) => command(run, origin)),
    ...ruleCommands(cluster, node).map((run) => command(run, origin)),
    command('mkdir -p /run/flannel', origin),
    command('cat > /run/flannel/subnet.env', origin, subnetEnv(cluster, node)),
  ]
}

function subnetEnv(cluster: Cluster, node: ClusterNode): string {
  const gateway = `${formatAddress(gatewayOf(node.podCIDR))}/${node.podCIDR.prefixLength}`
  return `FLANNEL_NETWORK=${formatCidr(cluster.podCIDR)}\nFLANNEL_SUBNET=${gateway}\nFLANNEL_MTU=${flannelMtu(cluster, node)}\nFLANNEL_IPMASQ=true\n`
}

function deviceCommands(cluster: Cluster, node: ClusterNode, config: FlannelConfig): string[] {
  const mtu = flannelMtu(cluster, node)
  const nic = externalInterface(node)
  switch (config.backend) {
    case 'vxlan': {
      const name = device(config)
      const options = `id ${config.vni} dev ${nic?.name} local ${formatAddress(node.address)} dstport ${config.port} nolearning`
      return [
        `ip link add ${name} address ${vtepMac(node, config)} mtu ${mtu} type vxlan ${options}`,
        `ip addr add ${leaseAddress(node)} dev ${name}`,
        `ip link set ${name} up`,
      ]
    }
    case 'udp':
      return [
        `ip tuntap add dev ${TUN} mode tun`,
        `ip addr add ${leaseAddress(node)} dev ${TUN}`,
        `ip link set ${TUN} mtu ${mtu} up`,
        `ip route add ${formatCidr(cluster.podCIDR)} dev ${TUN} scope global`,
      ]
    case 'host-gw':
      return []
  }
}

/** pkg/trafficmngr/iptables: masqRules() and forwardRules(). */
function ruleCommands(cluster: Cluster, node: ClusterNode): string[] {
  const all = formatCidr(cluster.podCIDR)
  const own = formatCidr(node.podCIDR)
  const masq = '-m comment --comment "flanneld masq"'
  const forward = '-m comment --comment "flanneld forward"'
  const postrouting = [
    `-m mark --mark 0x4000/0x4000 ${masq} -j RETURN`,
    `-s ${own} -d ${all} ${masq} -j RETURN`,
    `-s ${all} -d ${own} ${masq} -j RETURN`,
    `! -s ${all} -d ${own} ${masq} -j RETURN`,
    `-s ${all} ! -d 224.0.0.0/4 ${masq} -j MASQUERADE --random-fully`,
    `! -s ${all} -d ${all} ${masq} -j MASQUERADE --random-fully`,
  ]
  return [
    'iptables -w -t nat -N FLANNEL-POSTRTG',
    `iptables -w -t nat -A POSTROUTING ${masq} -j FLANNEL-POSTRTG`,
    ...postrouting.map((rule) => `iptables -w -t nat -A FLANNEL-POSTRTG ${rule}`),
    'iptables -w -t filter -N FLANNEL-FWD',
    `iptables -w -t filter -A FORWARD ${forward} -j FLANNEL-FWD`,
    `iptables -w -t filter -A FLANNEL-FWD -s ${all} ${forward} -j ACCEPT`,
    `iptables -w -t filter -A FLANNEL-FWD -d ${all} ${forward} -j ACCEPT`,
  ]
}

/** Leases of other nodes are seen (`handleSubnetEvents`). The udp backend keeps them in its program. */
function peers(cluster: Cluster, node: ClusterNode): Map<string, PeerCommands> {
  const config = flannelConfig(cluster)
  const commands = new Map<string, PeerCommands>()
  for (const peer of cluster.nodes) {
    if (peer.meta.name === node.meta.name || config.backend === 'udp') continue
    const link = linkTo(node, peer)
    const subnet = formatCidr(peer.podCIDR)
    const direct = config.backend === 'host-gw' || config.directRouting
    const texts = direct ? (link ? directTexts(subnet, viaText(link)) : null) : vxlanTexts(peer, config)
    const shown = texts ?? (config.backend === 'vxlan' ? vxlanTexts(peer, config) : { add: [], remove: [] })
    const origin = originOf(peer)
    commands.set(subnet, {
      add: shown.add.map((run) => command(run, origin)),
      remove: shown.remove.map((run) => command(run, origin)),
    })
  }
  return commands
}

interface PeerTexts {
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

function directTexts(subnet: string, via: string): PeerTexts {
  return { add: [`ip route replace ${subnet} ${via}`], remove: [`ip route del ${subnet} ${via}`] }
}

/** Three static entries in the order ARP, FDB, route; nothing is learned. */
function vxlanTexts(peer: ClusterNode, config: FlannelConfig): PeerTexts {
  const name = device(config)
  const mac = vtepMac(peer, config)
  const gateway = formatAddress(peer.podCIDR.address)
  const route = `${formatCidr(peer.podCIDR)} via ${gateway} dev ${name} onlink`
  return {
    add: [
      `ip neigh replace ${gateway} lladdr ${mac} dev ${name} nud permanent`,
      `bridge fdb replace ${mac} dev ${name} dst ${formatAddress(peer.address)} self permanent`,
      `ip route replace ${route}`,
    ],
    remove: [
      `ip neigh del ${gateway} dev ${name}`,
      `bridge fdb del ${mac} dev ${name} dst ${formatAddress(peer.address)} self`,
      `ip route del ${route}`,
    ],
  }
}

/** The udp backend's proxy: every packet between nodes passes through it. */
function programs(cluster: Cluster, node: ClusterNode): ProgramSpec[] {
  const config = flannelConfig(cluster)
  if (config.backend !== 'udp') return []
  return [
    {
      netns: null,
      program: 'flanneld',
      listen: [{ protocol: 'udp', port: config.port, address: formatAddress(node.address) }],
      owner: `node/${node.meta.name}`,
      container: 'kube-flannel',
      config: {
        device: TUN,
        address: formatAddress(node.podCIDR.address),
        leases: cluster.nodes
          .filter((peer) => peer.meta.name !== node.meta.name)
          .map((peer) => ({ subnet: formatCidr(peer.podCIDR), address: formatAddress(peer.address), port: config.port })),
      },
      origin: originOf(node),
    },
  ]
}
