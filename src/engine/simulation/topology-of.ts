/** What exists, for the picture: devices from the built world, objects from the cluster. */

import type { Cluster, EndpointSlice, Pod, Service } from '../kubernetes/cluster.ts'
import { slicesByService } from '../kubernetes/endpoint-slices.ts'
import type { Device } from '../linux/device.ts'
import type { Machine } from '../linux/machine.ts'
import { type Address, formatAddress } from '../net/address.ts'
import { formatCidr } from '../net/cidr.ts'
import type { Topology, TopologyDevice, TopologyMachine, TopologyNetwork, TopologyPod, TopologyService } from './topology.ts'
import type { World } from './world.ts'

/** Reads a topology from a world and the cluster it was built from. All plain data; machines in the order of their scripts. */
export function topologyOf(world: World, cluster: Cluster): Topology {
  const { plugin, simulates } = cluster.cni
  const finder = finderOf(cluster)
  return {
    ...(simulates === undefined ? {} : { simulates: { cni: simulates, as: plugin } }),
    ...(cluster.kubeProxy.mode === 'ipvs' ? { proxy: 'ipvs' as const } : {}),
    machines: [...world.machines.values()].map((machine) => machineOf(machine, cluster)),
    services: cluster.services.map((service) => serviceOf(service, finder)),
    networks: networksOf(world, cluster),
  }
}

function machineOf(machine: Machine, cluster: Cluster): TopologyMachine {
  const slash = machine.name.indexOf('/')
  const kind = (slash < 0 ? machine.name : machine.name.slice(0, slash)) as TopologyMachine['kind']
  const name = slash < 0 ? machine.name : machine.name.slice(slash + 1)
  const devices = [...machine.root.devices.values()]
  const node = kind === 'node' ? cluster.nodes.find((one) => one.meta.name === name) : undefined
  const host = kind === 'host' ? cluster.hosts.find((one) => one.meta.name === name) : undefined
  const first = devices.find((device) => device.kind === 'physical' && device.addresses.length > 0)?.addresses[0]
  const address = node ? formatAddress(node.address) : first ? formatAddress(first.local) : ''
  return {
    ref: machine.name,
    kind,
    name,
    address,
    devices: devices.map(deviceOf),
    pods: kind === 'node' ? cluster.pods.filter((pod) => pod.nodeName === name).map(podOf) : [],
    line: node?.meta.range?.line ?? host?.meta.range?.line ?? null,
  }
}

function deviceOf(device: Device): TopologyDevice {
  return {
    name: device.name,
    kind: device.kind,
    mac: device.mac,
    mtu: device.mtu,
    up: device.up,
    addresses: device.addresses.map((one) => `${formatAddress(one.local)}/${one.prefixLength}`),
    master: device.master,
    network: device.kind === 'physical' ? device.network : null,
  }
}

const refOf = (pod: Pod): string => `pod/${pod.meta.namespace}/${pod.meta.name}`

function podOf(pod: Pod): TopologyPod {
  return {
    ref: refOf(pod),
    namespace: pod.meta.namespace,
    name: pod.meta.name,
    workload: pod.owner,
    address: formatAddress(pod.podIP),
    containers: pod.containers.map((container) => ({
      name: container.name,
      ports: container.ports.map((port) => ({ port: port.containerPort, protocol: port.protocol })),
    })),
    ready: pod.ready,
    hostNetwork: pod.hostNetwork,
    veth: pod.veth,
    line: pod.meta.range?.line ?? null,
  }
}

/** What Services are asked about, found without looking through everything for each. */
interface Finder {
  readonly slices: ReadonlyMap<string, readonly EndpointSlice[]>
  readonly podsByName: ReadonlyMap<string, Pod>
  readonly podsByAddress: ReadonlyMap<string, Pod>
}

function finderOf({ endpointSlices, pods }: Cluster): Finder {
  // Of several the first counts, so it is entered last.
  const backwards = [...pods].reverse()
  return {
    slices: slicesByService(endpointSlices),
    podsByName: new Map(backwards.map((pod) => [refOf(pod), pod])),
    podsByAddress: new Map(backwards.map((pod) => [formatAddress(pod.podIP), pod])),
  }
}

function serviceOf(service: Service, finder: Finder): TopologyService {
  const { name, namespace } = service.meta
  const ingress = service.loadBalancerIngress
    .map((one) => (one.ip === null ? one.hostname : formatAddress(one.ip)))
    .filter((one) => one !== null)
  return {
    ref: `service/${namespace}/${name}`,
    namespace,
    name,
    type: service.type,
    headless: service.headless,
    clusterIP: service.clusterIP === null ? null : formatAddress(service.clusterIP),
    externalName: service.externalName,
    externalAddresses: [...service.externalIPs.map((address: Address) => formatAddress(address)), ...ingress],
    ports: service.ports.map((port) => ({
      name: port.name,
      port: port.port,
      protocol: port.protocol,
      nodePort: port.nodePort,
      targetPort: String(port.targetPort),
    })),
    endpoints: (finder.slices.get(`${namespace}/${name}`) ?? []).flatMap((slice) => endpointsOf(slice, finder)),
    line: service.meta.range?.line ?? null,
  }
}

function endpointsOf(slice: EndpointSlice, { podsByName, podsByAddress }: Finder): TopologyService['endpoints'][number][] {
  return slice.endpoints.flatMap((endpoint) => {
    const target = endpoint.targetRef?.kind === 'Pod' ? endpoint.targetRef : null
    const named = target && podsByName.get(`pod/${target.namespace}/${target.name}`)
    return endpoint.addresses.map((address) => {
      const pod = named ?? podsByAddress.get(address)
      return { address, pod: pod ? refOf(pod) : null, ready: endpoint.ready !== false }
    })
  })
}

function networksOf(world: World, cluster: Cluster): TopologyNetwork[] {
  return [...world.segments.values()].map((segment) => {
    const network = cluster.networks.find((one) => one.meta.name === segment.name)
    return { ref: `network/${segment.name}`, name: segment.name, cidr: network ? formatCidr(network.cidr) : '', mtu: segment.mtu }
  })
}
