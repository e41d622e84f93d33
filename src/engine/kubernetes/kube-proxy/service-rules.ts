/** kube-proxy pkg/proxy/iptables/proxier.go syncProxyRules: the chains and rules of one service port. */
import { parseAddress } from '../../net/address.ts'
import { cidrContains, parseCidr } from '../../net/cidr.ts'
import { chainHash } from '../hash.ts'
import type { CategorizedEndpoints } from './categorize-endpoints.ts'
import type { ProxyContext } from './iptables.ts'
import { comment } from './restore-text.ts'
import type { ProxyEndpoint, ProxyServicePort } from './service-ports.ts'

/** Names of a service port's chains; SVC, SVL, EXT and FW share one hash. */
interface Chains {
  readonly svc: string
  readonly svl: string
  readonly ext: string
  readonly fw: string
  /** Where traffic to the cluster IP goes. */
  readonly internal: string
  sep(endpoint: ProxyEndpoint): string
}

function chainsFor(port: ProxyServicePort): Chains {
  const identity = `${port.name}${port.protocol}`
  const hash = chainHash(identity)
  return {
    svc: `KUBE-SVC-${hash}`,
    svl: `KUBE-SVL-${hash}`,
    ext: `KUBE-EXT-${hash}`,
    fw: `KUBE-FW-${hash}`,
    internal: `${port.internalPolicyLocal ? 'KUBE-SVL-' : 'KUBE-SVC-'}${hash}`,
    sep: (endpoint) => `KUBE-SEP-${chainHash(`${identity}${endpoint.text}`)}`,
  }
}

const usesFirewall = (port: ProxyServicePort, endpoints: CategorizedEndpoints): boolean =>
  endpoints.hasEndpoints && port.vips.length > 0 && port.sourceRanges.length > 0
const usesExternal = (port: ProxyServicePort, endpoints: CategorizedEndpoints): boolean =>
  endpoints.hasEndpoints && port.externallyAccessible

/** The nat chains this service port needs, in the order in which they are declared. */
export function serviceChains(port: ProxyServicePort, endpoints: CategorizedEndpoints): string[] {
  const chains = chainsFor(port)
  return [
    ...(endpoints.cluster.length > 0 ? [chains.svc] : []),
    ...(endpoints.local.length > 0 ? [chains.svl] : []),
    ...(usesExternal(port, endpoints) ? [chains.ext] : []),
    ...(usesFirewall(port, endpoints) ? [chains.fw] : []),
    ...endpoints.all.map((endpoint) => chains.sep(endpoint)),
  ]
}

interface Writing {
  readonly port: ProxyServicePort
  readonly endpoints: CategorizedEndpoints
  readonly chains: Chains
  readonly context: ProxyContext
}

/** Writes all rules of one service port. */
export function writeServicePort(port: ProxyServicePort, endpoints: CategorizedEndpoints, context: ProxyContext): void {
  const writing: Writing = { port, endpoints, chains: chainsFor(port), context }
  writeClusterIP(writing)
  writeExternalIPs(writing)
  writeLoadBalancer(writing)
  writeNodePort(writing)
  writeHealthCheck(writing)
  if (endpoints.hasInternal) writeInternalMasquerade(writing)
  if (usesExternal(port, endpoints)) writeExternalChain(writing)
  if (usesFirewall(port, endpoints)) writeFirewall(writing)
  if (endpoints.cluster.length > 0) writeBalancing(writing, writing.chains.svc, endpoints.cluster)
  if (endpoints.local.length > 0) writeBalancing(writing, writing.chains.svl, endpoints.local)
  for (const endpoint of endpoints.all) writeEndpoint(writing, endpoint)
}

const protocolMatch = ({ protocol }: ProxyServicePort): string => `-m ${protocol} -p ${protocol}`
const destination = (port: ProxyServicePort, ip: string): string => `${protocolMatch(port)} -d ${ip} --dport ${port.port}`

/** REJECT without any endpoint, DROP where the policy is Local and only others have some. */
function refusal({ port, endpoints }: Writing): { readonly comment: string; readonly target: string } {
  return endpoints.hasEndpoints
    ? { comment: comment(`${port.name} has no local endpoints`), target: '-j DROP' }
    : { comment: comment(`${port.name} has no endpoints`), target: '-j REJECT' }
}

function writeClusterIP(writing: Writing): void {
  const { port, endpoints, chains, context } = writing
  const match = destination(port, port.clusterIP)
  if (endpoints.hasInternal) {
    context.nat.rule('KUBE-SERVICES', comment(`${port.name} cluster IP`), match, `-j ${chains.internal}`)
    return
  }
  const refuse = refusal(writing)
  context.filter.rule('KUBE-SERVICES', refuse.comment, match, refuse.target)
}

function writeExternalIPs(writing: Writing): void {
  const { port, endpoints, chains, context } = writing
  for (const ip of port.externalIPs) {
    if (endpoints.hasEndpoints)
      context.nat.rule('KUBE-SERVICES', comment(`${port.name} external IP`), destination(port, ip), `-j ${chains.ext}`)
    refuseExternal(writing, ip)
  }
}

/** With policy Local both rules exist: pods and the node itself are served by nat, the rest falls through to this one. */
function refuseExternal(writing: Writing, ip: string): void {
  if (writing.endpoints.hasExternal) return
  const refuse = refusal(writing)
  writing.context.filter.rule('KUBE-EXTERNAL-SERVICES', refuse.comment, destination(writing.port, ip), refuse.target)
}

function writeLoadBalancer(writing: Writing): void {
  const { port, endpoints, chains, context } = writing
  const guarded = port.sourceRanges.length > 0
  for (const vip of port.vips) {
    if (endpoints.hasEndpoints) {
      context.nat.rule(
        'KUBE-SERVICES',
        comment(`${port.name} loadbalancer IP`),
        destination(port, vip),
        `-j ${guarded ? chains.fw : chains.ext}`,
      )
      if (guarded)
        context.filter.rule(
          'KUBE-PROXY-FIREWALL',
          comment(`${port.name} traffic not accepted by ${chains.fw}`),
          destination(port, vip),
          '-j DROP',
        )
    }
    refuseExternal(writing, vip)
  }
}

function writeNodePort(writing: Writing): void {
  const { port, endpoints, chains, context } = writing
  if (port.nodePort === 0) return
  const match = `${protocolMatch(port)} --dport ${port.nodePort}`
  if (endpoints.hasEndpoints) context.nat.rule('KUBE-NODEPORTS', comment(port.name), match, `-j ${chains.ext}`)
  if (endpoints.hasExternal) return
  const refuse = refusal(writing)
  context.filter.rule('KUBE-EXTERNAL-SERVICES', refuse.comment, '-m addrtype --dst-type LOCAL', match, refuse.target)
}

function writeHealthCheck({ port, context }: Writing): void {
  if (port.healthCheckNodePort === 0) return
  context.filter.rule(
    'KUBE-NODEPORTS',
    comment(`${port.name} health check node port`),
    `-m tcp -p tcp --dport ${port.healthCheckNodePort} -j ACCEPT`,
  )
}

function writeInternalMasquerade({ port, chains, context }: Writing): void {
  const detector = context.masqueradeAll ? '' : context.ifNotLocal
  if (detector === null) return
  context.nat.rule(chains.internal, comment(`${port.name} cluster IP`), destination(port, port.clusterIP), detector, '-j KUBE-MARK-MASQ')
}

function writeExternalChain({ port, endpoints, chains, context }: Writing): void {
  const { nat } = context
  const to = `${port.name} external destinations`
  if (!port.externalPolicyLocal) {
    nat.rule(chains.ext, comment(`masquerade traffic for ${to}`), '-j KUBE-MARK-MASQ')
    nat.rule(chains.ext, `-j ${chains.svc}`)
    return
  }
  if (context.ifLocal !== null) nat.rule(chains.ext, comment(`pod traffic for ${to}`), context.ifLocal, `-j ${chains.svc}`)
  nat.rule(chains.ext, comment(`masquerade LOCAL traffic for ${to}`), '-m addrtype --src-type LOCAL -j KUBE-MARK-MASQ')
  nat.rule(chains.ext, comment(`route LOCAL traffic for ${to}`), `-m addrtype --src-type LOCAL -j ${chains.svc}`)
  if (endpoints.hasExternal) nat.rule(chains.ext, `-j ${chains.svl}`)
}

/** What no range accepts keeps its destination and meets KUBE-PROXY-FIREWALL in filter. */
function writeFirewall({ port, chains, context }: Writing): void {
  const node = parseAddress(context.nodeAddress)
  const say = comment(`${port.name} loadbalancer IP`)
  for (const range of port.sourceRanges) context.nat.rule(chains.fw, say, `-s ${range} -j ${chains.ext}`)
  const allowsNode = port.sourceRanges.some((text) => {
    const range = parseCidr(text)
    return range !== null && node !== null && cidrContains(range, node)
  })
  if (allowsNode) for (const vip of port.vips) context.nat.rule(chains.fw, say, `-s ${vip} -j ${chains.ext}`)
  context.nat.rule(chains.fw, comment(`other traffic to ${port.name} will be dropped by KUBE-PROXY-FIREWALL`))
}

function writeBalancing({ port, chains, context }: Writing, chain: string, endpoints: readonly ProxyEndpoint[]): void {
  const say = (endpoint: ProxyEndpoint): string => (context.large ? '' : comment(`${port.name} -> ${endpoint.text}`))
  if (port.affinitySeconds !== null) {
    for (const endpoint of endpoints) {
      const sep = chains.sep(endpoint)
      context.nat.rule(chain, say(endpoint), `-m recent --name ${sep} --rcheck --seconds ${port.affinitySeconds} --reap -j ${sep}`)
    }
  }
  for (const [i, endpoint] of endpoints.entries()) {
    const left = endpoints.length - i
    const odds = left > 1 ? `-m statistic --mode random --probability ${(1 / left).toFixed(10)}` : ''
    context.nat.rule(chain, say(endpoint), odds, `-j ${chains.sep(endpoint)}`)
  }
}

function writeEndpoint({ port, chains, context }: Writing, endpoint: ProxyEndpoint): void {
  const sep = chains.sep(endpoint)
  const say = context.large ? '' : comment(port.name)
  context.nat.rule(sep, say, `-s ${endpoint.ip} -j KUBE-MARK-MASQ`)
  const affinity = port.affinitySeconds === null ? '' : `-m recent --name ${sep} --set`
  context.nat.rule(sep, say, affinity, protocolMatch(port), `-j DNAT --to-destination ${endpoint.text}`)
}
