/** Whose an address is: the pod, node, Service or host of the picture that has it. Pure. */
import type { Topology, TopologyMachine } from '../../engine/simulation/topology.ts'

export interface Owner {
  readonly ref: string
  readonly name: string
  readonly kind: 'pod' | 'node' | 'service' | 'outside'
  /** 1-based line of the scenario that it comes from; null: of none. */
  readonly line: number | null
}

const known = new WeakMap<Topology, ReadonlyMap<string, Owner>>()

/** By dotted address; worked out once for each topology. */
export function ownersOf(topology: Topology): ReadonlyMap<string, Owner> {
  const owners = known.get(topology) ?? ownersIn(topology)
  known.set(topology, owners)
  return owners
}

function ownersIn(topology: Topology): ReadonlyMap<string, Owner> {
  const owners = new Map<string, Owner>()
  for (const { ref, name, line, clusterIP, externalAddresses } of topology.services) {
    const owner: Owner = { ref, name, kind: 'service', line }
    for (const address of [clusterIP, ...externalAddresses]) if (address) owners.set(address, owner)
  }
  for (const machine of topology.machines) {
    for (const pod of machine.pods)
      if (!pod.hostNetwork) owners.set(pod.address, { ref: pod.ref, name: pod.name, kind: 'pod', line: pod.line })
    const { ref, name, line } = machine
    const kind = machine.kind === 'node' || machine.kind === 'gateway' ? 'node' : 'outside'
    for (const address of addressesOf(machine)) if (!owners.has(address)) owners.set(address, { ref, name, kind, line })
  }
  return owners
}

function addressesOf(machine: TopologyMachine): string[] {
  const all = machine.devices.flatMap((device) => device.addresses.map((address) => address.split('/')[0] ?? ''))
  return [machine.address, ...all].filter((address) => address !== '' && !address.startsWith('127.'))
}

/** A stretch of a line that a tool prints: an address or device, with whom it belongs to, or plain text. */
export interface Piece {
  readonly text: string
  readonly owner: Owner | null
}

const NAMED = /(?<![\d.])\d+\.\d+\.\d+\.\d+(?![\d.])|\bveth[0-9a-z]+\b|(?:[0-9a-f]{2}:){5}[0-9a-f]{2}/g

/** What a tool prints in namespace `where`, with the addresses, MACs and veths in it that belong to something of the picture. */
export function piecesOf(line: string, where: string, { byAddress, byDevice, byMac }: Owners): readonly Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const { 0: text, index } of line.matchAll(NAMED)) {
    const owner = byAddress.get(text) ?? byDevice.get(`${where} ${text}`) ?? byMac.get(text) ?? null
    if (owner === null) continue
    if (index > from) pieces.push({ text: line.slice(from, index), owner: null })
    pieces.push({ text, owner })
    from = index + text.length
  }
  if (from < line.length) pieces.push({ text: line.slice(from), owner: null })
  return pieces
}

/** Owners by what names them. */
export interface Owners {
  readonly byAddress: ReadonlyMap<string, Owner>
  /** By machine and device, 'node/worker-1 veth12ab': a veth is its pod's. */
  readonly byDevice: ReadonlyMap<string, Owner>
  readonly byMac: ReadonlyMap<string, Owner>
}

function allOwners(topology: Topology): Owners {
  const byDevice = new Map<string, Owner>()
  const byMac = new Map<string, Owner>()
  for (const { ref, name, line, kind, pods, devices } of topology.machines) {
    const machine: Owner = { ref, name, kind: kind === 'node' || kind === 'gateway' ? 'node' : 'outside', line }
    for (const pod of pods)
      if (pod.veth !== null) byDevice.set(`${ref} ${pod.veth}`, { ref: pod.ref, name: pod.name, kind: 'pod', line: pod.line })
    for (const device of devices) byMac.set(device.mac, byDevice.get(`${ref} ${device.name}`) ?? machine)
  }
  return { byAddress: ownersOf(topology), byDevice, byMac }
}

const NOBODY: Owners = { byAddress: new Map(), byDevice: new Map(), byMac: new Map() }
let made: { readonly topology: Topology | null; readonly owners: Owners } = { topology: null, owners: NOBODY }

/** Those of the picture on screen; worked out once for each. */
export function currentOwners(topology: Topology | null): Owners {
  if (made.topology !== topology) made = { topology, owners: topology === null ? NOBODY : allOwners(topology) }
  return made.owners
}
