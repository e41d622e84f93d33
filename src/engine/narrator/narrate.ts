/** One sentence (at most two) for one kernel event; the texts are in `en.ts`. */
import type { TraceEvent } from '../linux/trace-event.ts'
import { formatAddress } from '../net/address.ts'
import { formatCidr } from '../net/cidr.ts'
import { isMulticastMac } from '../net/mac.ts'
import type { Packet } from '../net/packet.ts'
import type { TraceRecord } from '../simulation/trace.ts'
import { type NarratorContext, placeName } from './context.ts'
import { dropSentence } from './drop-words.ts'
import * as en from './en.ts'
import { addressText, endpointText, isIcmpError, packetWords } from './packet-words.ts'
import { ruleWords } from './rule-words.ts'
import { named, nameOf, type Scene } from './scene.ts'
import { socketSentence } from './socket-words.ts'

type At<K extends TraceEvent['at']> = Extract<TraceEvent, { readonly at: K }>

/**
 * The sentence for a record: present tense, the actor first, one fact and at most one reason. At most 110 characters,
 * unless names alone are longer.
 */
export function narrate(record: TraceRecord, context: NarratorContext): string {
  const scene: Scene = { context, where: record.where, who: placeName(context, record.where) }
  return en.fitting(...candidates(record.event, scene))
}

function candidates(event: TraceEvent, scene: Scene): readonly string[] {
  switch (event.at) {
    case 'netif_receive_skb':
      return received(event, scene)
    case 'br_fdb':
      return bridged(event)
    case 'nf_hook':
      return hooked(event, scene)
    case 'ipt_rule':
      return ruled(event)
    case 'fib_lookup':
      return routed(event, scene)
    case 'neigh_resolve':
      return resolved(event, scene)
    case 'ct_lookup':
      return tracked(event, scene)
    case 'nat_manip':
      return translated(event, scene)
    case 'ip_vs_schedule':
      return scheduled(event, scene)
    case 'ip_forward':
      return en.forward(scene.who, ttl(event.before), ttl(event.packet))
    case 'encap':
      return en.tunnel.encap(
        event.device,
        addressText(event.packet, 'source'),
        addressText(event.packet, 'destination'),
        outerWords(event.packet),
      )
    case 'decap':
      return en.tunnel.decap(ttl(event.packet))
    case 'dev_queue_xmit':
      return transmitted(event, scene)
    case 'socket':
      return socketSentence(event, scene)
    case 'kfree_skb':
      return dropSentence(event, scene)
    case 'unsupported':
      return en.unsupported(event.what)
    default:
      return event satisfies never
  }
}

function received({ packet, device }: At<'netif_receive_skb'>, { context, where, who }: Scene): readonly string[] {
  const pod = context.veths.get(`${where} ${device}`)
  const segment = context.segments.get(`${where} ${device}`)
  if (pod !== undefined) return en.receive.vethHost(device, pod)
  if (device === 'lo') return en.receive.loopback(who, packetWords(packet))
  if (where.startsWith('pod/')) return en.receive.vethPod(who, packetWords(packet))
  if (segment !== undefined) return en.receive.nic(who, device, packetWords(packet), segment)
  return en.receive.other(who, device, packetWords(packet))
}

function bridged({ bridge, ports, packet, decision }: At<'br_fdb'>): readonly string[] {
  const broadcast = packet.eth !== null && isMulticastMac(packet.eth.destination)
  switch (decision) {
    case 'local':
      return en.bridge.local(bridge)
    case 'forward':
      return en.bridge.forward(bridge, ports[0] ?? 'one port')
    case 'flood':
      if (ports.length === 0) return en.bridge.floodNowhere(bridge)
      return broadcast ? en.bridge.floodBroadcast(bridge, ports) : en.bridge.floodUnknown(bridge)
    case 'drop':
      return en.bridge.notThere(bridge)
  }
}

function hooked({ hook, table, in: from, out, bridged: isBridged }: At<'nf_hook'>, { who }: Scene): readonly string[] {
  if (isBridged) return en.hook.bridged(table, hook)
  if (table === 'nat') return en.hook.natFirst(hook)
  switch (hook) {
    case 'PREROUTING':
      return en.hook.PREROUTING(table)
    case 'INPUT':
      return en.hook.INPUT(table, who)
    case 'FORWARD':
      return en.hook.FORWARD(table, from ?? '-', out ?? '-')
    case 'OUTPUT':
      return en.hook.OUTPUT(table, who)
    case 'POSTROUTING':
      return en.hook.POSTROUTING(table, out ?? 'the machine')
  }
}

function ruled({ rule, chain, table, hook, verdict }: At<'ipt_rule'>): readonly string[] {
  if (rule === null) return chain === hook ? en.rule.policy(table, chain, verdict) : en.rule.returns(chain)
  const { condition, everyPacket, action, probability } = ruleWords(rule.text)
  if (probability !== null) return en.rule.chance(chain, rule.index, odds(probability), action)
  if (everyPacket) return en.rule.unconditional(chain, rule.index, action)
  return en.rule.matches(chain, rule.index, condition, action)
}

/** "0.5", "0.333": three digits are enough to see thirds. */
function odds(probability: number): string {
  return String(Number(probability.toFixed(3)))
}

/** Where kube-proxy in IPVS mode puts the addresses of Services. */
const IPVS_DEVICE = 'kube-ipvs0'

function routed({ packet, result, error }: At<'fib_lookup'>, { context, who }: Scene): readonly string[] {
  const to = addressText(packet, 'destination')
  if (result === null) return error === null ? en.route.broadcast(to) : unrouted(error, packet, who)
  const { route, nexthop, device } = result
  if (route.type === 'local') return nexthop.device === IPVS_DEVICE ? en.route.virtual(to, who, IPVS_DEVICE) : en.route.local(to, who)
  if (route.type === 'broadcast') return en.route.broadcast(to)
  if (nexthop.gateway === null)
    return route.destination.prefixLength === 0 ? en.route.defaultOnLink(to, device) : en.route.onLink(to, subnetOwner(who, device))
  const via = formatAddress(nexthop.gateway)
  if (route.destination.prefixLength === 0) return en.route.default(to, via, device)
  const next = context.addresses.get(via)
  const prefix = formatCidr(route.destination)
  return next ? en.route.behind(prefix, next.name, via, device) : en.route.via(prefix, via, device)
}

/** `error` is an errno, or the reason why the packet is dropped here. */
function unrouted(error: string, packet: Packet, who: string): readonly string[] {
  const to = addressText(packet, 'destination')
  if (error === 'ENETUNREACH') return en.route.none(who, to, error)
  const ofRoute = error === 'EACCES' || error === 'EINVAL' || (error === 'EHOSTUNREACH' && packet.iif === null)
  return ofRoute ? en.route.refused(who, to, error) : en.route.stopped(who, error)
}

/** Whose subnet an on-link route is: a NIC speaks for its machine, any other device for itself. */
function subnetOwner(who: string, device: string): string {
  return /^eth\d+$/.test(device) ? `${who}'s` : `${device}'s`
}

function resolved(event: At<'neigh_resolve'>, { context, who }: Scene): readonly string[] {
  const address = formatAddress(event.address)
  const mac = event.lladdr ?? 'unknown'
  switch (event.action) {
    case 'known':
      return en.neighbour.known(who, address, mac)
    case 'request':
      return event.state === 'PROBE' ? en.neighbour.probe(who, address) : en.neighbour.request(who, address)
    case 'retry':
      return event.state === 'PROBE' ? en.neighbour.probe(who, address) : en.neighbour.retry(who, address)
    case 'answer':
      return answered(address, mac, context)
    case 'learn':
      return en.neighbour.learn(who, address, mac)
    case 'fail':
      return en.neighbour.fail(address)
  }
}

/** A bridge answers as itself, a NIC for its machine; an address that nobody should have is answered by someone. */
function answered(address: string, mac: string, context: NarratorContext): readonly string[] {
  const device = context.deviceOf.get(address)
  if (device !== undefined && !/^eth\d+$/.test(device)) return en.neighbour.answer(device, address, mac)
  const known = context.addresses.get(address)
  if (known === undefined) return en.neighbour.stranger(address, mac)
  return en.neighbour.answer(known.kind === 'gateway' || known.kind === 'internet' ? `the ${known.kind}` : known.name, address, mac)
}

function tracked({ packet, state, direction }: At<'ct_lookup'>, { context }: Scene): readonly string[] {
  switch (state) {
    case 'NEW':
      return en.conntrack.new(`${endpointText(packet, 'source')} to ${endpointText(packet, 'destination')}`)
    case 'ESTABLISHED':
      return direction === 'reply' ? en.conntrack.reply(named(context, packet, 'destination')) : en.conntrack.established()
    case 'RELATED':
      return en.conntrack.related()
    case 'INVALID':
      return en.conntrack.invalid()
    case 'UNTRACKED':
      return en.conntrack.untracked()
  }
}

function translated({ packet, before, manip, reply, rule }: At<'nat_manip'>, { context, who }: Scene): readonly string[] {
  const to = endpointText(packet, manip)
  const name = nameOf(context, addressText(packet, manip))
  if (packet.transport?.kind === 'icmp' && isIcmpError(packet.transport)) return en.nat.error(manip, to)
  if (reply && manip === 'source') return en.nat.replySource(to, named(context, packet, 'destination'))
  if (reply) return en.nat.replyDestination(to, name)
  if (manip === 'destination') return en.nat.destination(to, name)
  return addressText(packet, 'source') === addressText(before, 'source')
    ? sourcePortChanged(to, packet, rule?.text ?? '')
    : en.nat.source(addressText(packet, 'source'), who)
}

/** `--random` and `--random-fully` take any port; otherwise another connection has the old one, or the rule names a range it is not in. */
function sourcePortChanged(to: string, packet: At<'nat_manip'>['packet'], rule: string): readonly string[] {
  if (packet.transport?.kind === 'icmp') return en.nat.sourceId()
  if (/--random(-fully)?\b/.test(rule)) return en.nat.randomPort(to)
  return /--to-(ports |source \S+:)/.test(rule) ? en.nat.portOfRange(to) : en.nat.sourcePort(to)
}

function scheduled({ server, service, scheduler, how }: At<'ip_vs_schedule'>, { context }: Scene): readonly string[] {
  if (server === null || how === 'none') return en.ipvs.none(service)
  const address = formatAddress(server.address)
  const name = nameOf(context, address)
  const to = `${address}:${server.port}${name === null ? '' : `, ${name}`}`
  if (how === 'scheduled') return en.ipvs.scheduled(scheduler, to)
  return how === 'persistent' ? en.ipvs.persistent(to) : en.ipvs.known(to)
}

function transmitted({ packet, device }: At<'dev_queue_xmit'>, { context, where, who }: Scene): readonly string[] {
  const pod = context.veths.get(`${where} ${device}`)
  const segment = context.segments.get(`${where} ${device}`)
  const what = packetWords(packet)
  if (pod !== undefined) return en.transmit.veth(device, pod)
  if (device === 'lo') return en.transmit.loopback(what)
  if (where.startsWith('pod/')) return en.transmit.pod(who, device, what)
  if (segment !== undefined) return en.transmit.nic(who, device, what, segment, receiver(context, packet))
  return en.transmit.other(device, what)
}

function receiver(context: NarratorContext, packet: Packet): string {
  if (packet.eth === null) return 'its next hop'
  if (isMulticastMac(packet.eth.destination)) return 'everyone'
  return context.macs.get(packet.eth.destination) ?? packet.eth.destination
}

/** "a UDP packet, port 8472": what the outer packet of a tunnel is. */
function outerWords(packet: Packet): string {
  const { transport } = packet
  return transport?.kind === 'udp' ? `a UDP packet to port ${transport.destinationPort}` : 'an outer IP packet'
}

function ttl(packet: Packet): number {
  return packet.network.kind === 'ip' ? packet.network.ttl : 0
}
