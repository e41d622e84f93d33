/** Why a packet ended, in the user's terms; the kernel's word for it is shown beside the sentence as a chip. */
import type { TraceEvent } from '../linux/trace-event.ts'

import * as en from './en.ts'
import { addressText, packetWords } from './packet-words.ts'
import { ruleWords } from './rule-words.ts'
import type { Scene } from './scene.ts'

type Drop = Extract<TraceEvent, { readonly at: 'kfree_skb' }>

/** Candidates for the sentence of a `kfree_skb` event, the most telling first. */
export function dropSentence(event: Drop, scene: Scene): readonly string[] {
  const { by } = event
  if (by?.rule) return byRule(by.rule.text, `${by.rule.table} ${by.rule.chain}`, by.rule.index, scene)
  if (by?.kind === 'policy') return en.drop.policy(scene.who, by.text.replace(/^-P (\S+) .*$/, '$1'))
  if (by?.kind === 'bridge') return en.drop.bridge(by.text)
  if (by?.kind === 'ipvs') return en.drop.other('IPVS', by.text.replace(/^(IPVS|ipvsadm): /, ''))
  return byReason(event, scene)
}

function byRule(text: string, chain: string, index: number, { who }: Scene): readonly string[] {
  const { action, comment } = ruleWords(text)
  const empty = comment === null ? null : /^(\S+?)(?::\S+)? has no endpoints$/.exec(comment)
  if (empty?.[1]) return en.drop.noEndpoints(empty[1], who)
  const verb = action.startsWith('rejects') ? 'rejects' : 'drops'
  return comment === null
    ? en.drop.rule(who, chain, index, verb)
    : [...en.drop.ruleWhy(who, chain, index, verb, comment), ...en.drop.rule(who, chain, index, verb)]
}

function byReason(event: Drop, scene: Scene): readonly string[] {
  const { packet, by } = event
  const { who } = scene
  const [from, to] = [addressText(packet, 'source'), addressText(packet, 'destination')]
  const device = packet.iif ?? 'its device'
  if (by?.kind === 'sysctl' && /ip_forward|forwarding/.test(by.text)) return en.drop.noForwarding(who, by.text.replace('=', ' is '))
  switch (event.reason) {
    case 'NO_SOCKET':
      return en.drop.noSocket(who, portWords(event))
    case 'NEIGH_FAILED':
    case 'NEIGH_DEAD':
    case 'NEIGH_QUEUEFULL':
      return en.drop.neighbour(by?.kind === 'neighbour' ? firstWord(by.text) : to)
    case 'IP_OUTNOROUTES':
    case 'IP_INNOROUTES':
      return en.drop.noRoute(who, to)
    case 'IP_INHDR':
      return by?.kind === 'ttl' || by === null ? en.drop.ttl(who) : en.drop.other(who, by.text)
    case 'PKT_TOO_BIG':
      return en.drop.mtu(by?.kind === 'mtu' ? firstWord(by.text) : 'the next link')
    case 'IP_RPFILTER':
      return en.drop.rpFilter(who, from, device)
    case 'IP_LOCAL_SOURCE':
      return en.drop.ownSource(who, from)
    case 'IP_LOCALNET':
      return en.drop.martian(who, '127.0.0.0/8')
    case 'IP_INVALID_SOURCE':
      return en.drop.martian(who, `the source ${from}`)
    case 'IP_INVALID_DEST':
      return en.drop.martian(who, `the destination ${to}`)
    case 'OTHERHOST':
      return en.drop.otherHost(who)
    default:
      return rarely(event, scene)
  }
}

/** Reasons that need little of the packet to be understood. */
function rarely(event: Drop, scene: Scene): readonly string[] {
  const { who } = scene
  const { by, packet } = event
  const text = event.detail ?? by?.text ?? event.reason
  switch (event.reason) {
    case 'DEV_READY':
    case 'DEV_HDR':
    case 'QDISC_DROP':
      return en.drop.device(who, by?.text ?? 'the device cannot take the packet')
    case 'CLOUD_NO_LINK':
      return en.drop.noLink(addressText(packet, 'destination'))
    case 'SOCKET_CLOSE':
    case 'TCP_CLOSE':
    case 'TCP_RESET':
      return en.drop.closed(who)
    default:
      return by?.kind === 'sysctl'
        ? en.drop.sysctl(who, by.text)
        : en.drop.other(who, text === 'NOT_SPECIFIED' ? `${packetWords(packet)} finds no use here` : text)
  }
}

/** Deciders are named by the tools' text, which begins with the device or address. */
function firstWord(text: string): string {
  return text.split(' ')[0] ?? text
}

/** "TCP port 80", or the protocol's name. */
function portWords({ packet }: Drop): string {
  const { transport } = packet
  if (transport === null || transport.kind === 'icmp') return 'this protocol'
  return transport.kind === 'tcp'
    ? `port ${transport.destinationPort}`
    : `${transport.kind.toUpperCase()} port ${transport.destinationPort}`
}
