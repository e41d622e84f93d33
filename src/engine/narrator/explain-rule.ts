/**
 * What one rule that kube-proxy wrote is there for: read from its chain and comment, which name the Service, its port and the endpoint
 * (Kubernetes: pkg/proxy/iptables/proxier.go). Rules of others are said condition by condition.
 */
import { ruleTokens, ruleWords } from './rule-words.ts'

export interface RuleExplanation {
  /** One or two sentences. */
  readonly words: string
  /** 'service/default/web'; null where the rule serves all Services or none. */
  readonly service: string | null
  /** Name of the Service's port; null when it has only one without a name. */
  readonly port: string | null
  /** '10.244.1.10:8080' */
  readonly endpoint: string | null
}

interface Parts {
  readonly chain: string
  readonly comment: string
  readonly target: string | null
  readonly after: (option: string) => string | null
  /** "10.96.0.10, tcp port 80". */
  readonly condition: string
  readonly probability: number | null
  /** "port http of Service default/web", "Service web". */
  readonly of: string
  readonly endpoint: string | null
}

/** Explains a rule as iptables-save prints it, with or without counters; null for lines that are no rules. */
export function explainRule(line: string): RuleExplanation | null {
  const text = line.replace(/^\[\d+:\d+\] /, '')
  if (!text.startsWith('-A ')) return null
  const tokens = ruleTokens(text)
  const after = (option: string): string | null => {
    const at = tokens.indexOf(option)
    return at < 0 ? null : (tokens[at + 1] ?? null)
  }
  const words = ruleWords(text)
  const comment = words.comment ?? ''
  const named = /(?:^|\s)([a-z0-9-]+)\/([a-z0-9.-]+)(?::([a-z0-9-]+))?(?=\s|$)/.exec(comment)
  const [, namespace = '', name = '', port = null] = named ?? []
  const service = named === null || namespace === 'kubernetes' ? null : `service/${namespace}/${name}`
  const shown = namespace === 'default' ? name : `${namespace}/${name}`
  const endpoint = after('--to-destination') ?? /-> (\S+)$/.exec(comment)?.[1] ?? null
  const parts: Parts = {
    ...{ chain: after('-A') ?? '', comment, target: after('-j') ?? after('-g'), after, endpoint },
    ...{ condition: words.condition, probability: words.probability },
    of: service === null ? 'a Service' : port === null ? `Service ${shown}` : `port ${port} of Service ${shown}`,
  }
  const said = kubeWords(parts) ?? plainWords(words.condition, words.everyPacket, words.action)
  return { words: said, service, port, endpoint }
}

function plainWords(condition: string, everyPacket: boolean, action: string): string {
  return everyPacket
    ? `Matches every packet, and ${action}.`
    : `Matches ${condition === '' ? 'what it asks for' : condition}, and ${action}.`
}

/** The purpose of a rule in a chain of kube-proxy's or kubelet's; null elsewhere. */
function kubeWords(parts: Parts): string | null {
  const { chain, target } = parts
  if (!chain.startsWith('KUBE-')) return target?.startsWith('KUBE-') ? entryWords(parts) : null
  if (/no (local )?endpoints/.test(parts.comment)) return noEndpointWords(parts)
  if (chain === 'KUBE-SERVICES' || chain === 'KUBE-NODEPORTS' || chain === 'KUBE-EXTERNAL-SERVICES') return serviceWords(parts)
  if (/^KUBE-SV[CL]-/.test(chain)) return choiceWords(parts)
  if (chain.startsWith('KUBE-SEP-')) return endpointWords(parts)
  if (chain.startsWith('KUBE-EXT-')) return outsideWords(parts)
  if (chain.startsWith('KUBE-FW-') || chain === 'KUBE-PROXY-FIREWALL') return firewallWords(parts)
  return sharedWords(parts)
}

const ENTRIES: Readonly<Record<string, string>> = {
  'KUBE-SERVICES': 'Is the destination the address of a Service? Those rules decide.',
  'KUBE-EXTERNAL-SERVICES': 'Is it for a Service without endpoints, from outside? Those rules decide.',
  'KUBE-NODEPORTS': 'Is it for the health check of a load balancer? Those rules decide.',
  'KUBE-POSTROUTING': 'Was the packet marked for masquerading? Those rules decide.',
  'KUBE-FORWARD': 'Traffic of Services may pass through this node: those rules decide.',
  'KUBE-PROXY-FIREWALL': 'Does a Service admit only some clients? Those rules decide.',
  'KUBE-FIREWALL': 'Does it come from outside to a loopback address? Those rules decide.',
}

function entryWords({ target }: Parts): string | null {
  return ENTRIES[target ?? ''] ?? null
}

function noEndpointWords({ of, comment, target }: Parts): string {
  const none = comment.includes('no local endpoints') ? 'no endpoint on this node, and its policy is Local' : 'no ready endpoint'
  return `${capital(of)} has ${none}: the packet is ${target === 'DROP' ? 'dropped' : 'rejected, so that the client hears of it'}.`
}

function serviceWords({ chain, comment, condition, of, target, after }: Parts): string {
  if (target === 'KUBE-NODEPORTS') return 'The last question: an address of this node itself? Then it may be for a node port.'
  if (comment.includes('health check'))
    return `The load balancer asks on port ${after('--dport')} whether this node has an endpoint of ${of}.`
  if (chain === 'KUBE-NODEPORTS') return `Node port ${after('--dport')} of every node stands for ${of}. Its own chain chooses an endpoint.`
  const kind = comment.endsWith('loadbalancer IP')
    ? 'address at the load balancer'
    : comment.endsWith('external IP')
      ? 'external address'
      : 'cluster address'
  return `${condition} is the ${kind} of ${of}. Its own chain chooses an endpoint.`
}

function choiceWords({ of, after, target, probability, endpoint }: Parts): string {
  if (target === 'KUBE-MARK-MASQ')
    return after('-s') === null
      ? `Every client of ${of} is marked: its source will be replaced, so that the answer comes back through this node.`
      : `Clients of ${of} that are no pods of this cluster are marked: their source will be replaced, so that the answer comes back here.`
  if (after('--seconds') !== null)
    return `Session affinity: a client that used ${endpoint} in the last ${after('--seconds')} seconds goes there again.`
  if (probability === null) return `What no rule above has taken goes to endpoint ${endpoint} of ${of}.`
  return `Throws dice: with probability ${Number(probability.toFixed(3))} the connection goes to endpoint ${endpoint} of ${of}.`
}

function endpointWords({ of, after, target, endpoint }: Parts): string {
  if (target === 'KUBE-MARK-MASQ')
    return `Hairpin: when ${after('-s')} reaches itself through ${of}, it is marked, so that it does not see its own address as the client.`
  const again = after('--set') === null && after('--name') === null ? '' : ' The client is remembered for session affinity.'
  return `Here the destination changes from ${of} to the endpoint ${endpoint}.${again}`
}

function outsideWords({ of, comment, target }: Parts): string {
  if (comment.startsWith('masquerade LOCAL'))
    return `The node itself asks ${of} from outside: it is marked, so that the answer comes back here.`
  if (comment.startsWith('masquerade'))
    return `Clients from outside are marked: their source will be replaced. The price: ${of} does not see who called.`
  if (comment.startsWith('pod traffic')) return `Pods that use the outside address of ${of} are served by any endpoint, as inside.`
  if (comment.startsWith('route LOCAL')) return `The node itself is served by any endpoint of ${of}.`
  return target?.startsWith('KUBE-SVL-')
    ? 'externalTrafficPolicy Local: only endpoints on this node are chosen, and the client keeps its address.'
    : 'externalTrafficPolicy Cluster: any endpoint is chosen, on this node or another.'
}

function firewallWords({ of, chain, after, target }: Parts): string {
  if (chain === 'KUBE-PROXY-FIREWALL') return `Who came so far is not in loadBalancerSourceRanges of ${of}: dropped.`
  if (target === null) return `Other clients of ${of} get no further: KUBE-PROXY-FIREWALL drops them.`
  return `loadBalancerSourceRanges of ${of} admits clients from ${after('-s') ?? 'everywhere'}.`
}

/** Chains that serve all Services. */
function sharedWords({ chain, target, comment, after }: Parts): string | null {
  switch (chain) {
    case 'KUBE-MARK-MASQ':
      return 'Sets the mark that asks for masquerading. KUBE-POSTROUTING reads it when the packet leaves.'
    case 'KUBE-POSTROUTING':
      if (target === 'RETURN') return 'Packets without the mark leave as they are.'
      return target === 'MASQUERADE'
        ? 'A marked packet gets the address of this node as its source, so that the answer comes back here.'
        : 'The mark has done its work and is taken off, so that a tunnel does not masquerade a second time.'
    case 'KUBE-FORWARD':
      if (target === 'DROP') return 'Packets that conntrack cannot place are dropped: sent on untranslated they would break connections.'
      return comment.includes('conntrack')
        ? 'Packets of connections that are known may pass.'
        : after('--mark') === null
          ? null
          : 'Packets that a Service rule marked may pass.'
    case 'KUBE-FIREWALL':
      return 'Nobody outside may talk to loopback addresses of this node.'
    default:
      return null
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
