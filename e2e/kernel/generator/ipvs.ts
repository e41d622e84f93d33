/**
 * Random labs for a kernel with IPVS and IPIP: clients before a director, one of them maybe on a VLAN, servers behind it, one of them maybe at the
 * other end of a tunnel; services of every kind by every scheduler; rules and sysctls that change the way of the packets; servers that come and
 * go between walks. In every other lab two more hosts, of one address each, speak SCTP through the director, and rules look at its chunks.
 */
import fc from 'fast-check'
import { indented } from './indented.ts'
import { fill, one, sometimes, text, type Words, word } from './template.ts'

const API = 'packetwalk.dev/v1alpha1'
const VIPS = ['10.96.0.10', '10.96.0.11']
const SERVERS = ['10.2.0.11', '10.2.0.12', '10.3.0.13']
const SCHEDULERS = ['rr', 'wrr', 'lc', 'wlc', 'sed', 'nq', 'sh', 'dh', 'mh', 'lblc', 'lblcr', 'fo', 'ovf'] as const
/** What a service is found by: `ipvsadm`'s words, and where a walk goes to meet it. */
const SERVICES = [
  ['-t 10.96.0.10:80', 'tcp://10.96.0.10:80', 80],
  ['-t 10.96.0.10:8080', 'tcp://10.96.0.10:8080', 80],
  ['-u 10.96.0.10:53', 'udp://10.96.0.10:53', 5353],
  ['-u 10.96.0.11:5353', 'udp://10.96.0.11:5353', 5353],
  ['-t 10.96.0.11:80', 'tcp://10.96.0.11:80', 8080],
  ['-t 10.1.0.254:8000', 'tcp://10.1.0.254:8000', 8080],
  ['-f 5', 'tcp://10.96.0.11:81', 80],
] as const

interface ServerDraft {
  readonly which: number
  readonly weight: number
  readonly method: '-m' | '-g' | '-i'
  readonly threshold: number
  /** A port where nothing listens. */
  readonly closed: boolean
}

interface ServiceDraft {
  readonly which: number
  readonly scheduler: (typeof SCHEDULERS)[number]
  readonly persistence: string
  readonly onePacket: boolean
  readonly servers: readonly ServerDraft[]
}

interface ChangeDraft {
  readonly after: number
  readonly kind: 'weight' | 'delete' | 'add' | 'delete service' | 'sysctl' | 'vip down'
  readonly service: number
  readonly server: ServerDraft
  readonly sysctl: string
}

export interface IpvsLabDraft {
  readonly services: readonly ServiceDraft[]
  readonly sysctls: readonly string[]
  readonly rules: readonly string[]
  /** Rules about SCTP, and to which ports associations go after all other walks; null: nobody speaks it. */
  readonly sctp: { readonly rules: readonly string[]; readonly ports: readonly number[] } | null
  /** Is the first virtual address on a dummy device, on eth0, or nowhere? */
  readonly vipOn: 'dummy' | 'eth0' | 'nowhere'
  readonly tunnel: 'ipip' | 'ipip ttl 9' | 'route'
  /** Is b's way to the director a VLAN? */
  readonly vlan: boolean
  /** Has the director a TUN device, which no program reads? */
  readonly tun: boolean
  /** Does what goes to the servers need some time? */
  readonly delay: boolean
  /** Do servers send everything back by the director? */
  readonly back: boolean
  readonly walks: readonly { readonly from: number; readonly to: number }[]
  readonly changes: readonly ChangeDraft[]
}

const server: fc.Arbitrary<ServerDraft> = fc.record({
  which: fc.nat(100),
  weight: fc.constantFrom(1, 1, 1, 2, 3, 0),
  method: fc.constantFrom('-m', '-m', '-m', '-g', '-g', '-i'),
  threshold: fc.constantFrom(0, 0, 0, 0, 1),
  closed: fc.constantFrom(false, false, false, false, true),
})

const service: fc.Arbitrary<ServiceDraft> = fc.record({
  which: fc.nat(100),
  scheduler: fc.constantFrom(...SCHEDULERS),
  persistence: fc.constantFrom('', '', '', ' -p 600', ' -p 600 -M 255.255.255.0'),
  onePacket: fc.constantFrom(false, false, false, true),
  servers: fc.array(server, { minLength: 0, maxLength: 4 }),
})

const sysctl = one(
  'vs.conntrack=1',
  'vs.conntrack=1',
  'vs.conntrack=1',
  'vs.conntrack=0',
  'vs.expire_nodest_conn=1',
  'vs.expire_quiescent_template=1',
  'vs.conn_reuse_mode=0',
  'vs.nat_icmp_send=1',
  'vs.snat_reroute=0',
  'vs.pmtu_disc=0',
  'vs.sloppy_tcp=1',
  'conf.eth0.rp_filter=1',
  'conf.eth1.rp_filter=2',
  'ip_forward=0',
  'conf.all.accept_local=1',
)

const where = one(
  '-m set --match-set M src',
  '-m set ! --match-set M src',
  '-d {vip:0}',
  '-d {vip:1}',
  '-s {client:0}',
  '-s {client:1}',
  '-d {server:0}',
  '-s {server:1}',
  '-p tcp',
  '-p udp',
  '-p icmp',
  '-p 4',
)
const met = one(
  '',
  '',
  '-m conntrack --ctstate NEW',
  '-m conntrack --ctstate ESTABLISHED',
  '-m conntrack --ctstate INVALID',
  '-m mark --mark 5',
)
const verdict = one('', '', '', '-j ACCEPT', '-j DROP', '-j REJECT', '-j REJECT --reject-with icmp-host-prohibited')
const byIpvs = one(
  '--ipvs',
  '! --ipvs',
  '--vproto tcp',
  '--vdir ORIGINAL',
  '--vdir REPLY',
  '--vmethod MASQ',
  '--vaddr 10.96.0.10',
  '--vport 80',
)

const rule = fc.oneof(
  {
    weight: 3,
    arbitrary: text`-t nat -A POSTROUTING ${one('-m ipvs --ipvs', '-m ipvs --vmethod MASQ', '-o eth1', '-m mark --mark 5')} -j MASQUERADE`,
  },
  { weight: 2, arbitrary: text`-t mangle -A ${one('PREROUTING', 'OUTPUT')} ${where} -j MARK --set-mark 5` },
  { weight: 4, arbitrary: text`-A ${one('INPUT', 'OUTPUT', 'FORWARD')} ${where} ${met} ${verdict}` },
  { weight: 1, arbitrary: text`-A ${one('INPUT', 'FORWARD')} -i ${word('front')} ${met} ${verdict}` },
  { weight: 4, arbitrary: text`-A ${one('INPUT', 'OUTPUT', 'FORWARD')} -m ipvs ${byIpvs} ${sometimes(one('-j ACCEPT', '-j DROP'), 4)}` },
  { weight: 4, arbitrary: text`-t mangle -A ${one('POSTROUTING', 'FORWARD', 'INPUT')} -m ipvs ${byIpvs} ${met}` },
  { weight: 1, arbitrary: text`-t raw -A ${one('PREROUTING', 'OUTPUT')} ${where} ${sometimes(one('-j CT --notrack'), 5)}` },
  { weight: 1, arbitrary: text`-t nat -A PREROUTING -d ${word('client')} -p tcp --dport 80 -j DNAT --to-destination 10.96.0.10:80` },
)

const OF_SCTP = [
  '--dport 2905',
  '! --dport 2905',
  '--sport 2905',
  '--chunk-types any INIT,INIT_ACK',
  '--chunk-types any DATA,COOKIE_ECHO',
  '--chunk-types all DATA,SACK',
  '! --chunk-types any DATA',
]
/** What nobody gets is sent again long after the walk, when it is a farewell: these are only counted. */
const FAREWELL = '--chunk-types only SHUTDOWN'
const sctpRule = fc.oneof(
  { weight: 3, arbitrary: text`-t mangle -A ${one('PREROUTING', 'FORWARD', 'POSTROUTING')} -p sctp -m sctp ${one(...OF_SCTP, FAREWELL)}` },
  { weight: 2, arbitrary: text`-A FORWARD -p sctp -m sctp ${one(...OF_SCTP)} ${sometimes(one('-j ACCEPT', '-j DROP', '-j REJECT'), 4)}` },
)

/** Port 2905 is open, 2906 is closed. */
const sctp = fc.record({
  rules: fc.array(sctpRule, { minLength: 2, maxLength: 5 }),
  ports: fc.array(fc.constantFrom(2905, 2905, 2906), { minLength: 1, maxLength: 3 }),
})

const change: fc.Arbitrary<ChangeDraft> = fc.record({
  after: fc.nat(5),
  kind: fc.constantFrom('weight', 'weight', 'delete', 'delete', 'add', 'delete service', 'sysctl', 'vip down'),
  service: fc.nat(100),
  server,
  sysctl,
})

export const ipvsLab: fc.Arbitrary<IpvsLabDraft> = fc.record({
  services: fc.uniqueArray(service, { minLength: 1, maxLength: 4, selector: ({ which }) => which % SERVICES.length }),
  sysctls: fc.array(sysctl, { maxLength: 3 }),
  rules: fc.array(rule, { minLength: 2, maxLength: 7 }),
  sctp: fc.option(sctp, { freq: 2, nil: null }),
  vipOn: fc.constantFrom('dummy', 'dummy', 'eth0', 'nowhere'),
  tunnel: fc.constantFrom('ipip', 'ipip', 'ipip ttl 9', 'route'),
  vlan: fc.constantFrom(false, false, true),
  tun: fc.constantFrom(false, false, true),
  delay: fc.constantFrom(false, false, false, true),
  back: fc.constantFrom(true, true, true, false),
  walks: fc.array(fc.record({ from: fc.nat(100), to: fc.nat(100) }), { minLength: 3, maxLength: 7 }),
  changes: fc.array(change, { maxLength: 2 }),
})

const WORDS: Words = { front: ['v5', 'eth0'], vip: VIPS, client: ['10.1.0.1', '10.1.0.2'], server: SERVERS }
const SENDERS = ['host/a', 'host/a', 'host/b', 'node/d', 'host/s1']

/** Only translated packets can stay on the director. */
const addressOf = ({ which, method }: ServerDraft): string => [...SERVERS, '10.2.0.254'][which % (method === '-m' ? 4 : 3)] ?? ''

/** `ipvsadm -a` of one server; a translated one may have another port. */
function serverOf(draft: ServiceDraft, one: ServerDraft): string {
  const [, , port] = SERVICES[draft.which % SERVICES.length] ?? SERVICES[0]
  return `-r ${addressOf(one)}${one.method === '-m' ? `:${one.closed ? 9 : port}` : ''}`
}

const nameOf = (draft: ServiceDraft): string => (SERVICES[draft.which % SERVICES.length] ?? SERVICES[0])[0]

function added(draft: ServiceDraft, one: ServerDraft): string {
  return `ipvsadm -a ${nameOf(draft)} ${serverOf(draft, one)} ${one.method} -w ${one.weight}${one.threshold > 0 ? ` -x ${one.threshold}` : ''}`
}

/** Servers of one service, each address once. */
function serversOf(draft: ServiceDraft): ServerDraft[] {
  const seen = new Set<string>()
  return draft.servers.filter((one) => !seen.has(addressOf(one)) && seen.add(addressOf(one)))
}

function servicesText({ services }: IpvsLabDraft): string[] {
  return services.flatMap((draft) => {
    const udp = nameOf(draft).startsWith('-u')
    return [
      `ipvsadm -A ${nameOf(draft)} -s ${draft.scheduler}${draft.persistence}${udp && draft.onePacket ? ' -o' : ''}`,
      ...serversOf(draft).map((one) => added(draft, one)),
    ]
  })
}

function director(draft: IpvsLabDraft): string[] {
  const vip = `ip addr add ${VIPS[0]}/32 dev ${draft.vipOn === 'dummy' ? 'vip0' : 'eth0'}`
  return [
    // Without the kubelet's rules conntrack may be off.
    ...['iptables -F', 'iptables -X'],
    'sysctl -w net.ipv4.ip_forward=1',
    'sysctl -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0 net.ipv4.conf.eth1.send_redirects=0',
    'ip link add vip0 type dummy',
    `ip addr add ${VIPS[1]}/32 dev vip0`,
    ...(draft.vlan ? [...vlanDevice('10.5.0.254'), 'sysctl -w net.ipv4.conf.v5.send_redirects=0'] : []),
    ...(draft.tun ? ['ip tuntap add dev t0 mode tun', 'ip addr add 10.8.0.254/24 dev t0', 'ip link set t0 up'] : []),
    ...(draft.delay ? ['tc qdisc add dev eth1 root netem delay 20ms'] : []),
    'ipset create M hash:mac',
    `ipset add M ${MAC_OF_A}`,
    ...(draft.vipOn === 'nowhere' ? ['ip route add 10.96.0.0/24 dev eth1'] : [vip]),
    ...(draft.tunnel === 'route'
      ? ['ip route add 10.3.0.0/24 via 10.2.0.12']
      : [
          `ip link add tun0 type ipip local 10.2.0.254 remote 10.2.0.12${draft.tunnel.slice('ipip'.length)}`,
          'ip link set tun0 up',
          'ip route add 10.3.0.0/24 dev tun0',
        ]),
    ...servicesText(draft),
    ...draft.sysctls.map((setting) => `sysctl -w net.ipv4.${setting}`),
    ...[...draft.rules, ...(draft.sctp?.rules ?? [])].map(
      (template) => `iptables ${(fill(template, WORDS) ?? '').replace(/ +/g, ' ').trim()}`,
    ),
  ]
}

/** The only client whose address sets of MAC addresses know. */
const MAC_OF_A = '02:00:00:00:0a:01'

const vlanDevice = (address: string): string[] => [
  'ip link add link eth0 name v5 type vlan id 5',
  `ip addr add ${address}/24 dev v5`,
  'ip link set v5 up',
]

/** Servers take packets for the virtual addresses too, bare ones and those in IPIP. */
function serverSetup(own: string, { back, tunnel }: IpvsLabDraft, far: boolean): string[] {
  const answers = back ? ['ip route add default via 10.2.0.254'] : ['ip route add 10.1.0.0/24 via 10.2.0.254']
  const end = far && tunnel !== 'route' ? ['ip link add tun1 type ipip local 10.2.0.12 remote 10.2.0.254', 'ip link set tun1 up'] : []
  return [
    ...answers,
    'sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2',
    ...VIPS.map((vip) => `ip addr add ${vip}/32 dev lo`),
    `ip link add tun0 type ipip local ${own}`,
    'ip link set tun0 up',
    ...end,
    ...(far ? ['ip addr add 10.3.0.13/32 dev lo'] : []),
  ]
}

const LISTEN = '[80/tcp, 8080/tcp, 5353/udp]'

const host = (name: string, network: string, ip: string, setup: readonly string[], listen = LISTEN): string =>
  `apiVersion: ${API}\nkind: Host\nmetadata: {name: ${name}}\nspec:\n  interfaces: [{network: ${network}, ip: ${ip}}]\n  listen: ${listen}\n  setup: |\n${indented(setup, 4)}`

/** An association is given up after 3 s. */
const IMPATIENT = 'sysctl -w net.sctp.max_init_retransmits=1 net.sctp.rto_initial=1000'
const SCTP_SERVER = '10.2.0.13'

const sctpHosts = (): string[] => [
  host('c', 'front', '10.1.0.3', ['ip route add default via 10.1.0.254', IMPATIENT], '[]'),
  host('s3', 'back', SCTP_SERVER, ['ip route add default via 10.2.0.254', IMPATIENT], '[2905/sctp]'),
]

const walk = (name: string, from: string, to: string): string =>
  `apiVersion: ${API}\nkind: Walk\nmetadata: {name: ${name}}\nspec: {from: ${from}, to: "${to}"}`

const script = (name: string, lines: readonly string[]): string =>
  `apiVersion: ${API}\nkind: Script\nmetadata: {name: ${name}}\nspec:\n  on: node/d\n  run: |\n${indented(lines, 4)}`

function changed(draft: IpvsLabDraft, { kind, service: n, server: other, sysctl: setting }: ChangeDraft): string {
  const balanced = draft.services[n % draft.services.length]
  const [first] = balanced ? serversOf(balanced) : []
  if (kind === 'sysctl') return `sysctl -w net.ipv4.${setting}`
  if (kind === 'vip down' || balanced === undefined) return 'ip link set vip0 down'
  const name = nameOf(balanced)
  if (kind === 'delete service') return `ipvsadm -D ${name}`
  if (kind === 'add') return `${added(balanced, other)} || true`
  if (first === undefined) return `ipvsadm -Z ${name}`
  const place = `${name} ${serverOf(balanced, first)}`
  return `${kind === 'delete' ? `ipvsadm -d ${place}` : `ipvsadm -e ${place} ${first.method} -w ${other.weight}`} || true`
}

/** Mostly to the services, sometimes past them. */
function targetOf(draft: IpvsLabDraft, n: number): string {
  const [protocols, others] = [
    draft.services,
    [
      'ping 10.96.0.10',
      'tcp://10.3.0.13:80',
      'udp://10.3.0.13:5353',
      'ping 10.3.0.13',
      'tcp://10.96.0.10:99',
      'ping 10.8.0.9',
      'udp://10.8.0.254:5353',
      'ping 10.5.0.2',
      'tcp://10.1.0.1:80',
      'udp://10.96.0.11:99',
    ],
  ]
  const balanced = protocols[n % protocols.length]
  if (n % 4 === 3 || balanced === undefined) return others[n % others.length] ?? ''
  return (SERVICES[balanced.which % SERVICES.length] ?? SERVICES[0])[1]
}

/** The scenario's text. */
export function ipvsScenarioText(draft: IpvsLabDraft): string {
  const networks = ['front', 'back'].map(
    (name, i) => `apiVersion: ${API}\nkind: Network\nmetadata: {name: ${name}}\nspec: {cidr: 10.${i + 1}.0.0/24}`,
  )
  const toDirector = ['ip route add default via 10.1.0.254']
  const marks = draft.services.some((one) => nameOf(one).startsWith('-f'))
    ? ['iptables -t mangle -A PREROUTING -d 10.96.0.11 -p tcp --dport 81 -j MARK --set-mark 5']
    : []
  const steps = draft.walks.flatMap(({ from, to }, i) => [
    walk(`w${i + 1}`, SENDERS[from % SENDERS.length] ?? '', targetOf(draft, to)),
    ...draft.changes.flatMap((one, n) => (one.after === i ? [script(`change-${n + 1}`, [changed(draft, one)])] : [])),
  ])
  const associations = (draft.sctp?.ports ?? []).map((port, i) => walk(`sctp-${i + 1}`, 'host/c', `sctp://${SCTP_SERVER}:${port}`))
  const documents = [
    `apiVersion: ${API}\nkind: Cluster\nmetadata: {name: lab}\nspec:\n  nodes: [{name: d, interfaces: [{network: front, ip: 10.1.0.254}, {network: back, ip: 10.2.0.254}]}]\n` +
      '  cni: none\n  kubeProxy: {mode: none}\n  dns: none\n  apiServer: none',
    ...networks,
    host('a', 'front', '10.1.0.1', [`ip link set eth0 address ${MAC_OF_A}`, ...toDirector]),
    host('b', 'front', '10.1.0.2', draft.vlan ? [...vlanDevice('10.5.0.2'), 'ip route add default via 10.5.0.254'] : toDirector),
    host('s1', 'back', '10.2.0.11', serverSetup('10.2.0.11', draft, false)),
    host('s2', 'back', '10.2.0.12', serverSetup('10.2.0.12', draft, true)),
    ...(draft.sctp === null ? [] : sctpHosts()),
    'apiVersion: v1\nkind: Pod\nmetadata: {name: own}\nspec: {nodeName: d, hostNetwork: true, containers: [{name: c, image: c, ports: [{containerPort: 80}, {containerPort: 8080}, {containerPort: 5353, protocol: UDP}]}]}',
    script('director', [...director(draft), ...marks]),
    ...steps,
    ...associations,
  ]
  return `${documents.join('\n---\n')}\n`
}
