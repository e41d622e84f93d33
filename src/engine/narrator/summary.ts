/** One sentence for a whole walk: the cause in the user's terms first; the kernel's word for it is the chip beside it. */
import type { WalkOutcome } from '../simulation/trace.ts'
import { type NarratorContext, placeName } from './context.ts'
import { fitting } from './en.ts'
import { ruleWords } from './rule-words.ts'

export interface Summary {
  readonly sentence: string
  /** errno, drop reason or rcode as the kernel and the tools spell it; null when all went well. */
  readonly chip: string | null
}

/** What the sender experienced, and why. */
export function summarize(outcome: WalkOutcome, context: NarratorContext): Summary {
  const scene: Ending = {
    outcome,
    who: outcome.from === 'internet' ? 'the client on the internet' : placeName(context, fullReference(outcome.from, context)),
    by: outcome.by === null ? null : placeName(context, outcome.by.where),
  }
  return { sentence: fitting(...candidates(scene, context)), chip: outcome.outcome === 'delivered' ? null : outcome.reason }
}

interface Ending {
  readonly outcome: WalkOutcome
  /** The sender. */
  readonly who: string
  /** The machine or pod that decided. */
  readonly by: string | null
}

function candidates(ending: Ending, context: NarratorContext): readonly string[] {
  const { outcome, who } = ending
  const to = outcome.to
  switch (outcome.outcome) {
    case 'delivered':
      return delivered(ending, context)
    case 'refused':
      return [...causes(ending), `Nothing listens there: ${to} refuses the connection of ${who}.`, `${to} refuses the connection.`]
    case 'rejected':
      return [
        ...causes(ending),
        `${who} cannot reach ${to}: ${errnoWords(outcome.reason)}.`,
        `${who} is turned away: ${errnoWords(outcome.reason)}.`,
      ]
    case 'reset':
      return [
        ...causes(ending),
        `${who} was connected to ${to}, then the connection was reset.`,
        'The connection was up, then it was reset.',
      ]
    case 'stalled':
      return [
        ...causes(ending),
        `${who} is connected to ${to}, but its data gets lost on the way.`,
        'The handshake is done, but data gets lost on the way.',
      ]
    case 'timeout':
      return [...causes(ending), `${who} waits in vain: ${to} never answers.`, `${who} waits in vain: nobody answers.`]
    case 'unresolved':
      return [
        ...(outcome.by?.rule ? causes(ending).map((cause) => `The DNS question gets no answer. ${cause}`) : []),

        `No address is known for the name in ${to}: ${outcome.reason ?? 'no answer'}.`,
        `The name cannot be resolved: ${outcome.reason ?? 'no answer'}.`,
      ]
    case 'unsupported':
      return [
        `The walk stops at something that is not modelled: ${outcome.reason ?? to}.`,
        'The walk stops at something that is not modelled.',
      ]
  }
}

function delivered({ outcome, who }: Ending, context: NarratorContext): readonly string[] {
  const { server, seenFrom, to, status } = outcome
  if (server === null) return [`${outcome.answeredFrom ?? to} answers ${who}.`, 'The answer came back.']
  const client = seenFrom?.replace(/:\d+$/, '') ?? null
  const reached =
    status === null ? `${who} reaches ${serverName(server, context)}.` : `${who} reaches ${serverName(server, context)} and gets ${status}.`
  if (client === null) return [reached]
  const seen = outcome.masqueraded
    ? [`It sees ${client}, not the sender's own address.`, `It sees ${client}, not the sender.`]
    : [`It sees the sender's own address, ${client}.`]
  return [...[...seen, `It sees ${client}.`].map((second) => `${reached} ${second}`), reached]
}

/** "mysql-1 on port 3306" of 'pod/default/mysql-1:3306'. */
function serverName(server: string, context: NarratorContext): string {
  const colon = server.lastIndexOf(':')
  return colon < 0 ? placeName(context, server) : `${placeName(context, server.slice(0, colon))} on port ${server.slice(colon + 1)}`
}

/** What decided, when something did: sentences in falling length. */
function causes({ outcome, by }: Ending): readonly string[] {
  if (by === null) return []
  const rule = outcome.by?.rule ?? null
  if (rule === null) return reasonWords(outcome.reason, by)
  if (/ip_forward|\.forwarding/.test(rule)) return [`${by} does not forward packets: ${rule.replace('=', ' is ')}.`]
  const policy = /^-P (\S+) /.exec(rule)
  if (policy?.[1]) return [`${by} drops what no rule of ${policy[1]} accepted.`]
  const deaf = /^nothing listens on \S+ (?:tcp|(\w+)) port (\d+)$/.exec(rule)
  if (deaf) return [`Nothing listens on ${deaf[1] === undefined ? '' : `${deaf[1].toUpperCase()} `}port ${deaf[2]} of ${by}.`]
  if (!/(^|\s)-[AjgP]\s/.test(rule))
    return [...reasonWords(outcome.reason, by).map((sentence) => `${sentence.slice(0, -1)} (${rule}).`), ...reasonWords(outcome.reason, by)]
  const { action, comment } = ruleWords(rule)
  const empty = comment === null ? null : /^(\S+?)(?::\S+)? has no endpoints$/.exec(comment)
  if (empty?.[1]) return [`Service ${empty[1]} has no endpoints, so ${by} rejects the packet.`]
  const verb = action.startsWith('rejects') ? 'rejects' : 'drops'
  const why = comment === null ? [] : [`A rule on ${by} ${verb} the packet: ${comment}.`]
  return [...why, `A rule on ${by} ${verb} the packet: ${rule}`, `A rule on ${by} ${verb} the packet.`]
}

function reasonWords(reason: string | null, by: string): readonly string[] {
  switch (reason) {
    case 'NETFILTER_DROP':
      return [`A rule on ${by} drops the packet.`]
    case 'NO_SOCKET':
    case 'ECONNREFUSED':
      return [`Nothing listens on that port of ${by}.`]
    case 'IP_RPFILTER':
      return [`${by} would not answer that way, so rp_filter drops the packet.`]
    case 'NEIGH_FAILED':
    case 'EHOSTUNREACH':
      return [`Nobody answers the ARP requests of ${by}.`]
    case 'IP_OUTNOROUTES':
    case 'IP_INNOROUTES':
    case 'ENETUNREACH':
      return [`${by} has no route to the destination.`]
    case 'IP_INHDR':
      return [`The packet's ttl ends on ${by}.`]
    case 'PKT_TOO_BIG':
    case 'EMSGSIZE':
      return [`The packet is too large for the next link of ${by}.`]
    default:
      return [`The packet ends on ${by}.`]
  }
}

const ERRNO: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection is refused',
  EHOSTUNREACH: 'no way to that host',
  ENETUNREACH: 'no route to that network',
  EPERM: 'a rule of its own machine forbids it',
  EACCES: 'it is not permitted',
  EMSGSIZE: 'the packet is too large',
  ETIMEDOUT: 'no answer came',
}

function errnoWords(errno: string | null): string {
  return errno === null ? 'an error came back' : (ERRNO[errno] ?? errno)
}

/** 'pod/web' as the user wrote it → 'pod/default/web' as traces name it, where the topology knows it. */
function fullReference(from: string, context: NarratorContext): string {
  const [kind, name, more] = from.split('/')
  const full = `${kind}/default/${name}`
  return more === undefined && kind === 'pod' && context.places.has(full) ? full : from
}
