/** The shapes of generated labs: which machines there are, how they are wired, and what rules and walks may name. */
import fc from 'fast-check'
import { macHash } from '../../../src/engine/kubernetes/hash.ts'
import type { Words } from './template.ts'

export interface TopologyDraft {
  readonly shape: (typeof SHAPES)[number]
  /** Pods on a bridge of machine r. */
  readonly pods: number
  /** A second router between the first two segments. */
  readonly detour: boolean
  /** A namespace behind a veth pair of machine b. */
  readonly inner: boolean
  readonly mtu: number
}

const SHAPES = ['routed', 'bridged', 'chain', 'tunnel'] as const

export const topology: fc.Arbitrary<TopologyDraft> = fc.record({
  shape: fc.constantFrom(...SHAPES),
  pods: fc.nat(2),
  detour: fc.boolean(),
  inner: fc.boolean(),
  mtu: fc.constantFrom(1500, 1500, 1500, 1400),
})

/** One machine, and what texts may name on it. */
export interface Machine {
  /** 'node/r', 'host/a'. */
  readonly ref: string
  readonly devices: readonly string[]
  /** On-link neighbours that forward. */
  readonly gateways: readonly { readonly address: string; readonly device: string }[]
  /** Commands that finish its wiring. */
  readonly wiring: readonly string[]
  readonly router: boolean
}

export interface Topology {
  readonly networks: readonly { readonly name: string; readonly cidr: string; readonly mtu: number }[]
  readonly pods: number
  readonly machines: readonly Machine[]
  /** NICs in order, by machine. */
  readonly nics: Readonly<Record<string, readonly { readonly network: string; readonly ip: string }[]>>
  /** Hosts' namespaces are made before anything else, in `setup`. */
  readonly setup: Readonly<Record<string, readonly string[]>>
  /** Where walks start: machines and pods. */
  readonly senders: readonly string[]
  /** Addresses by what they are good for. */
  readonly servers: readonly string[]
  readonly near: readonly string[]
  readonly nets: readonly string[]
}

/** Addresses of nobody: Services by DNAT. */
export const VIRTUAL = ['10.96.0.10', '10.96.0.11', '10.97.0.10']

type Nic = { readonly network: string; readonly ip: string }
const nic = (network: number, last: number): Nic => ({ network: `n${network}`, ip: `10.${network}.0.${last}` })

const INNER = [
  'ip netns add x',
  'ip netns exec x sysctl -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1',
  'ip link add v0 address 02:00:00:00:09:01 type veth peer name v1 address 02:00:00:00:09:02 netns x',
  'ip addr add 10.9.0.1/24 dev v0',
  'ip link set v0 up',
  'ip -n x link set lo up',
  'ip -n x addr add 10.9.0.2/24 dev v1',
  'ip -n x link set v1 up',
  'ip -n x route add default via 10.9.0.1',
  'sysctl -w net.ipv4.ip_forward=1',
]

const tunnel = (own: string, remote: string, number: number): string[] => [
  `ip link add vx0 type vxlan id 7 dstport 8472 local ${own} dev eth${number === 1 ? 1 : 0} nolearning`,
  `ip link set vx0 address 02:00:00:00:07:0${number} up`,
  `ip addr add 10.7.0.${number}/24 dev vx0`,
  `bridge fdb append 02:00:00:00:07:0${3 - number} dev vx0 dst ${remote}`,
  `ip neigh replace 10.7.0.${3 - number} lladdr 02:00:00:00:07:0${3 - number} dev vx0 nud permanent`,
  `ip route replace 10.${number === 1 ? 3 : 1}.0.0/24 via 10.7.0.${3 - number} dev vx0`,
]

const BRIDGE = [
  'ip link add br0 address 02:00:00:00:00:b0 type bridge',
  'ip addr flush dev eth0',
  'ip addr flush dev eth1',
  'ip link set eth0 master br0',
  'ip link set eth1 master br0',
  'ip addr add 10.1.0.254/24 dev br0',
  'ip addr add 10.2.0.254/24 dev br0',
  'ip link set br0 up',
]

/** Machines r, a, b and perhaps s, wired. */
export function build(draft: TopologyDraft): Topology {
  const { shape } = draft
  const long = shape === 'chain' || shape === 'tunnel'
  const second = long || (draft.detour && shape === 'routed')
  const far = long ? 3 : 2
  const nics: Record<string, Nic[]> = {
    'node/r': [nic(1, 254), nic(2, 254)],
    'host/a': [nic(1, 1)],
    'host/b': [nic(far, 1)],
  }
  if (second) nics['host/s'] = long ? [nic(2, 253), nic(3, 253)] : [nic(1, 253), nic(2, 253)]
  const machines = [
    routerR(draft, second),
    ...(second ? [routerS(long, shape)] : []),
    client('host/a', '10.1.0.254', shape),
    client('host/b', long ? '10.3.0.253' : '10.2.0.254', shape),
  ]
  const pods = Array.from({ length: draft.pods }, (_, i) => `10.244.1.${i + 2}`)
  const addresses = Object.values(nics).flatMap((list) => list.map(({ ip }) => ip))
  const bridged = shape === 'bridged' ? ['10.1.0.2'] : []
  const inner = draft.inner ? ['10.9.0.2'] : []
  const servers = ['10.1.0.1', `10.${far}.0.1`, ...pods, '10.1.0.254', ...bridged]
  return {
    networks: [1, 2, ...(long ? [3] : [])].map((n) => ({ name: `n${n}`, cidr: `10.${n}.0.0/24`, mtu: n === 2 ? draft.mtu : 1500 })),
    pods: draft.pods,
    machines,
    nics,
    setup: draft.inner ? { 'host/b': INNER } : {},
    senders: ['host/a', 'host/b', 'node/r', ...(second ? ['host/s'] : []), ...pods.map((_, i) => `pod/p${i + 1}`)],
    servers,
    near: [...new Set([...servers, ...addresses, ...inner, ...VIRTUAL])],
    nets: [
      '10.1.0.0/24',
      `10.${far}.0.0/24`,
      '10.96.0.0/16',
      '10.244.1.0/24',
      '10.1.0.0/25',
      '10.0.0.0/8',
      ...(draft.inner ? ['10.9.0.0/24'] : []),
    ],
  }
}

function routerR({ shape, pods, inner }: TopologyDraft, second: boolean): Machine {
  const long = shape === 'chain' || shape === 'tunnel'
  const toB = long ? '10.2.0.253' : '10.2.0.1'
  const wiring = [
    ...(shape === 'bridged' ? BRIDGE : []),
    ...(shape === 'chain' ? ['ip route add 10.3.0.0/24 via 10.2.0.253'] : []),
    ...(shape === 'tunnel' ? tunnel('10.2.0.254', '10.2.0.253', 1) : []),
    ...(inner ? [`ip route add 10.9.0.0/24 via ${toB}`] : []),
  ]
  return {
    ref: 'node/r',
    devices: [
      ...(shape === 'bridged' ? ['br0'] : []),
      'eth0',
      'eth1',
      ...(pods > 0 ? ['cni0'] : []),
      ...(shape === 'tunnel' ? ['vx0'] : []),
      'lo',
    ],
    gateways:
      shape === 'bridged'
        ? [
            { address: '10.1.0.1', device: 'br0' },
            { address: '10.2.0.1', device: 'br0' },
          ]
        : [
            { address: '10.1.0.1', device: 'eth0' },
            ...(second ? [{ address: long ? '10.2.0.253' : '10.1.0.253', device: long ? 'eth1' : 'eth0' }] : []),
            ...(long ? [] : [{ address: '10.2.0.1', device: 'eth1' }]),
          ],
    wiring,
    router: true,
  }
}

function routerS(long: boolean, shape: TopologyDraft['shape']): Machine {
  const inner = 'ip route add 10.9.0.0/24 via 10.3.0.1'
  return {
    ref: 'host/s',
    devices: ['eth0', 'eth1', ...(shape === 'tunnel' ? ['vx0'] : []), 'lo'],
    gateways: [
      long ? { address: '10.2.0.254', device: 'eth0' } : { address: '10.1.0.254', device: 'eth0' },
      { address: long ? '10.3.0.1' : '10.2.0.1', device: 'eth1' },
    ],
    wiring: [
      'sysctl -w net.ipv4.ip_forward=1',
      ...(long ? ['ip route add default via 10.2.0.254', inner] : ['ip route add default via 10.1.0.254']),
      ...(shape === 'tunnel' ? tunnel('10.2.0.253', '10.2.0.254', 2) : []),
    ],
    router: true,
  }
}

function client(ref: string, gateway: string, shape: TopologyDraft['shape']): Machine {
  const bridged = ref === 'host/b' && shape === 'bridged' ? ['ip addr add 10.1.0.2/24 dev eth0'] : []
  return {
    ref,
    devices: ['eth0', 'lo'],
    gateways: [{ address: gateway, device: 'eth0' }],
    wiring: [...bridged, `ip route add default via ${gateway}`],
    router: false,
  }
}

/** What texts of one machine may name. */
export function wordsOf(lab: Topology, machine: Machine): Words {
  const first = lab.near.map((address) => address.split('.').slice(0, 3).join('.'))
  return {
    near: lab.near,
    server: lab.servers,
    net: lab.nets,
    range: [...lab.servers.map((address) => `${address}-${address}`), ...[...new Set(first)].map((prefix) => `${prefix}.1-${prefix}.9`)],
    dev: machine.devices,
    wire: machine.devices.filter((device) => device !== 'lo'),
    gw: machine.gateways.map(({ address }) => address),
    via: machine.gateways.map(({ address, device }) => `via ${address} dev ${device}`),
    own: (lab.nics[machine.ref] ?? []).map(({ ip }) => ip),
    mac: Object.entries(lab.nics).flatMap(([ref, list]) => list.map((_, i) => macHash(`${ref} eth${i}`))),
  }
}
