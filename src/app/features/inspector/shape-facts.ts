/** What a shape of the picture is, in rows of words. Pure. */
import type { Topology, TopologyDevice, TopologyMachine, TopologyPod, TopologyService } from '../../../engine/simulation/topology.ts'

export interface ShapeFacts {
  readonly title: string
  readonly rows: readonly { readonly name: string; readonly value: string }[]
  readonly line: number | null
}

/** The facts of a shape by its reference; null when it is not in the picture. */
export function factsOf(topology: Topology, ref: string): ShapeFacts | null {
  const service = topology.services.find((one) => one.ref === ref)
  if (service) return serviceFacts(service)
  const network = topology.networks.find((one) => one.ref === ref)
  if (network) return { title: `network ${network.name}`, line: null, rows: rowsOf({ network: network.cidr, mtu: String(network.mtu) }) }
  for (const machine of topology.machines) {
    if (machine.ref === ref) return machineFacts(machine)
    const pod = machine.pods.find((one) => one.ref === ref)
    if (pod) return podFacts(pod, machine)
    const device = machine.devices.find((one) => ref.endsWith(`/${machine.name}/${one.name}`))
    if (device) return deviceFacts(device, machine)
  }
  return null
}

function rowsOf(rows: Readonly<Record<string, string>>): ShapeFacts['rows'] {
  return Object.entries(rows)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => ({ name, value }))
}

function podFacts(pod: TopologyPod, machine: TopologyMachine): ShapeFacts {
  return {
    title: `pod ${pod.name}`,
    line: pod.line,
    rows: rowsOf({
      namespace: pod.namespace,
      address: pod.address,
      node: machine.name,
      'owned by': pod.workload ?? '',
      containers: pod.containers
        .map(
          (one) =>
            `${one.name}${one.ports.map((port) => ` :${port.port}${port.protocol === 'TCP' ? '' : `/${port.protocol.toLowerCase()}`}`).join('')}`,
        )
        .join(', '),
      ready: pod.ready ? 'yes' : 'no',
      network: pod.hostNetwork ? 'the node’s own' : '',
      'host end': pod.veth ?? '',
    }),
  }
}

function serviceFacts(service: TopologyService): ShapeFacts {
  return {
    title: `Service ${service.name}`,
    line: service.line,
    rows: rowsOf({
      namespace: service.namespace,
      type: service.headless ? 'headless' : service.type,
      address: service.clusterIP ?? '',
      'stands for': service.externalName ?? '',
      outside: service.externalAddresses.join(', '),
      ports: service.ports
        .map(
          (port) => `${port.port}/${port.protocol} → ${port.targetPort}${port.nodePort === null ? '' : `, every node :${port.nodePort}`}`,
        )
        .join('; '),
      endpoints: service.endpoints.map((one) => `${one.address}${one.ready ? '' : ' (not ready)'}`).join(', ') || 'none',
    }),
  }
}

function machineFacts(machine: TopologyMachine): ShapeFacts {
  return {
    title: machine.kind === machine.name ? machine.name : `${machine.kind} ${machine.name}`,
    line: machine.line,
    rows: rowsOf({
      address: machine.address,
      pods: machine.kind === 'node' ? String(machine.pods.length) : '',
      devices: machine.devices
        .filter((device) => device.kind !== 'veth')
        .map((device) => device.name)
        .join(', '),
    }),
  }
}

function deviceFacts(device: TopologyDevice, machine: TopologyMachine): ShapeFacts {
  return {
    title: `${device.name} of ${machine.name}`,
    line: machine.line,
    rows: rowsOf({
      kind: device.kind,
      state: device.up ? 'up' : 'down',
      mac: device.mac,
      mtu: String(device.mtu),
      addresses: device.addresses.join(', '),
      'port of': device.master ?? '',
      'plugged into': device.network ?? '',
    }),
  }
}
