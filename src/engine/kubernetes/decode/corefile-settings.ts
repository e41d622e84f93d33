/** What a Corefile says to CoreDNS, as far as it is modelled: plugins kubernetes and forward of the servers on port 53. */
import { formatAddress, parseAddress } from '../../net/address.ts'
import { parseCidr } from '../../net/cidr.ts'
import type { CorefileSettings, DnsConfig } from '../cluster.ts'
import { type CorefileDirective, type CorefileError, parseCorefile, type ServerBlock } from '../corefile.ts'

export interface CorefileNote {
  readonly message: string
  /** Counted from 0, in the Corefile. */
  readonly line: number
}

export interface ReadCorefile {
  readonly dns: DnsConfig
  readonly notes: readonly CorefileNote[]
}

/** Plugins that change no answer, or only how long or in which order it is given. */
const WITHOUT_EFFECT = new Set(
  'errors log health ready prometheus reload loop loadbalance cache bufsize debug pprof metadata nsid trace timeouts cancel dnstap minimal any'.split(
    ' ',
  ),
)
/** coredns/core/dnsserver/zdirectives.go (1.11): what a server block may hold. */
const NOT_MODELLED = new Set(
  'geoip tls bind local dns64 acl chaos tsig rewrite header dnssec autopath template transfer hosts route53 azure clouddns k8s_external file auto secondary etcd grpc erratic whoami on sign view import'.split(
    ' ',
  ),
)
/** plugin/kubernetes: its options that are read or change nothing here; the others are known to it and not modelled. */
const KUBERNETES_OTHER = new Set(
  'endpoint tls kubeconfig labels namespace_labels endpoint_pod_names noendpoints transfer multicluster apiserver_qps startup_timeout'.split(
    ' ',
  ),
)

/** The DNS server's settings by this Corefile. One that CoreDNS refuses leaves it stopped, and says why. */
export function readCorefile(text: string, dns: DnsConfig): ReadCorefile {
  const blocks = parseCorefile(text)
  if ('error' in blocks) return stopped(dns, blocks)
  const notes: CorefileNote[] = []
  let settings: Settings = { ...dns, ttl: 5, pods: 'disabled', corefile: EMPTY }
  for (const block of blocks) {
    const read = readServer(block, settings, notes)
    if ('error' in read) return stopped(dns, read)
    settings = read
  }
  if (!settings.corefile.serving)
    notes.push({ message: 'No server of the Corefile listens on port 53: questions are refused.', line: blocks[0]?.line ?? 0 })
  return { dns: settings, notes }
}

type Settings = DnsConfig & { readonly corefile: CorefileSettings }
const EMPTY: CorefileSettings = { zones: [], fallthrough: [], upstream: null, stubs: [], serving: false, root: false, stopped: null }

function stopped(dns: DnsConfig, { error, line }: CorefileError): ReadCorefile {
  return {
    dns: { ...dns, corefile: { ...EMPTY, stopped: error } },
    notes: [{ message: `CoreDNS does not start with this Corefile: ${error}. Names of the cluster are not answered.`, line }],
  }
}

function readServer(block: ServerBlock, before: Settings, notes: CorefileNote[]): Settings | CorefileError {
  const keys = block.keys.map((key) => /^(?:dns:\/\/)?(.*?)(?::(\d+))?$/.exec(key))
  const other = block.keys.find((key, i) => /^\w+:\/\//.test(key) && !key.startsWith('dns://') && keys[i] !== null)
  const elsewhere = keys.some((key) => key?.[2] !== undefined && key[2] !== '53')
  if (other !== undefined || elsewhere) {
    notes.push({ message: `The server ${block.keys.join(' ')} is not modelled: only those on port 53 are.`, line: block.line })
    return before
  }
  const zones = keys.map((key) => absolute(key?.[1] ?? '.'))
  let settings: Settings = { ...before, corefile: { ...before.corefile, serving: true, root: before.corefile.root || zones.includes('.') } }
  for (const directive of block.directives) {
    const [name = ''] = directive.words
    const read =
      name === 'kubernetes'
        ? readKubernetes(directive, zones, settings, notes)
        : name === 'forward'
          ? readForward(directive, zones, settings, notes)
          : null
    if (read !== null && 'error' in read) return read
    if (read !== null) settings = read
    else if (NOT_MODELLED.has(name))
      notes.push({ message: `CoreDNS's plugin ${name} is not modelled: answers are as though it were not there.`, line: directive.line })
    else if (!WITHOUT_EFFECT.has(name)) return { error: `Unknown directive '${name}'`, line: directive.line }
  }
  return settings
}

/** Zones by name, or as the prefix of a reverse zone: '10.0.0.0/8' is 10.in-addr.arpa. */
function absolute(zone: string): string {
  const prefix = zone.includes('/') ? parseCidr(zone) : null
  if (prefix !== null) {
    const kept = formatAddress(prefix.address)
      .split('.')
      .slice(0, Math.floor(prefix.prefixLength / 8))
    return `${[...kept.reverse(), 'in-addr', 'arpa'].join('.')}.`
  }
  return `${zone.toLowerCase().replace(/\.$/, '')}.`
}

function readKubernetes(
  directive: CorefileDirective,
  server: readonly string[],
  before: Settings,
  notes: CorefileNote[],
): Settings | CorefileError {
  const zones = directive.words.length > 1 ? directive.words.slice(1).map(absolute) : server
  let settings: Settings = { ...before, corefile: { ...before.corefile, zones: [...before.corefile.zones, ...zones] } }
  for (const { words, line } of directive.options) {
    const [name = '', ...values] = words
    const value = values[0] ?? ''
    const fail = (error: string): CorefileError => ({ error: `plugin/kubernetes: ${error}`, line })
    if (name === 'pods') {
      if (value !== 'disabled' && value !== 'insecure' && value !== 'verified')
        return fail(`wrong value for pods: ${value},  must be one of: disabled, verified, insecure`)
      settings = { ...settings, pods: value }
    } else if (name === 'ttl') {
      const ttl = Number(value)
      if (!Number.isInteger(ttl) || value === '') return fail(`strconv.Atoi: parsing "${value}": invalid syntax`)
      if (ttl < 0 || ttl > 3600) return fail(`ttl must be in range [0, 3600]: ${ttl}`)
      settings = { ...settings, ttl }
    } else if (name === 'namespaces') settings = { ...settings, namespaces: values }
    else if (name === 'ignore') settings = { ...settings, ignoreEmptyService: value === 'empty_service' }
    else if (name === 'fallthrough')
      settings = { ...settings, corefile: { ...settings.corefile, fallthrough: values.length === 0 ? ['.'] : values.map(absolute) } }
    else if (KUBERNETES_OTHER.has(name))
      notes.push({ message: `${name} of CoreDNS's plugin kubernetes is not modelled: answers are as though it were not there.`, line })
    else if (name !== 'upstream') return fail(`unknown property '${name}'`)
  }
  return settings
}

function readForward(
  directive: CorefileDirective,
  server: readonly string[],
  before: Settings,
  notes: CorefileNote[],
): Settings | CorefileError {
  const [, from, ...to] = directive.words
  const { line } = directive
  const wrong = (error: string): CorefileError => ({ error: `plugin/forward: ${error}`, line })
  if (from === undefined || to.length === 0) return wrong('wrong argument count or unexpected line ending')
  const upstreams: string[] = []
  for (const one of to) {
    const address = one.replace(/^dns:\/\//, '').replace(/:53$/, '')
    if (/^tls:\/\//.test(one)) notes.push({ message: `forward to ${one} is not modelled: asked in plain DNS.`, line })
    const plain = address.replace(/^tls:\/\//, '').replace(/:853$/, '')
    if (plain.startsWith('/')) upstreams.push('node')
    else if (parseAddress(plain) !== null) upstreams.push(plain)
    else if (/^[\d.]+:\d+$/.test(plain)) {
      notes.push({ message: `forward to another port than 53 (${one}) is not modelled: port 53 is asked.`, line })
      upstreams.push(plain.replace(/:\d+$/, ''))
    } else return wrong(`not an IP address or file: "${one}"`)
  }
  const [upstream = null] = upstreams
  if (upstreams.length > 1)
    notes.push({ message: `The choice among several upstreams is not modelled: the first, ${to[0]}, is asked.`, line })
  const zone = from === '.' ? null : absolute(from)
  const whole = server.includes('.')
  const stubs = (zone === null ? server.filter((name) => name !== '.') : [zone]).map((name) => ({ zone: name, upstream }))
  const { corefile } = before
  return {
    ...before,
    corefile: { ...corefile, upstream: whole && zone === null ? upstream : corefile.upstream, stubs: [...corefile.stubs, ...stubs] },
  }
}
