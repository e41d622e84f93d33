/** Cluster DNS as its users see it: questions that travel through kube-proxy to CoreDNS, asked with dig, nslookup, getent and by walks. */
import { describe, it } from 'vitest'
import { type Behaviour, pod, prove, service, slice } from './service-behaviours.fixture.ts'

const CLIENT = pod('client', 'app: client', 'worker-1', '')
const WEB_1 = pod('web-1', 'app: web', 'worker-1')
const WEB_2 = pod('web-2', 'app: web', 'worker-2')
const PORTS = 'ports: [{name: http, port: 80, targetPort: 8080}]'
const WEB = service('web', `clusterIP: 10.96.0.80, selector: {app: web}, ${PORTS}`)
const HEADLESS = service('peers', `clusterIP: None, selector: {app: web}, ${PORTS}`)
const BASE = CLIENT + WEB_1 + WEB_2 + WEB + HEADLESS
const IP_1 = '10.244.1.3'
const IP_2 = '10.244.2.2'
const named = (name: string, spec: string): string =>
  `---\napiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: {app: named}}\nspec: {nodeName: worker-1, ${spec}, containers: [{name: main, image: example, ports: [{containerPort: 80}]}]}\n`
const dig = (...words: readonly string[]): string => `$ pod/client dig ${words.join(' ')}`
const many = (count: number): string =>
  `---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: many}\nspec:\n  replicas: ${count}\n  selector: {matchLabels: {app: many}}\n  template: {metadata: {labels: {app: many}}, spec: {containers: [{name: main, image: example, ports: [{containerPort: 80}]}]}}\n${service('many', 'clusterIP: None, selector: {app: many}, ports: [{name: http, port: 80}]')}`

/** `number` seeds the world; these facts have none of their own. */
type Fact = Omit<Behaviour, 'number'>

const NAMES: readonly Fact[] = [
  {
    title: 'a Service is its ClusterIP, a headless one its ready endpoints',
    yaml: BASE,
    steps: [
      `${dig('+short', 'web.default.svc.cluster.local')} => 10.96.0.80`,
      `${dig('+short', 'peers.default.svc.cluster.local')} => ${IP_1}`,
      `${dig('+short', 'peers.default.svc.cluster.local')} => ${IP_2}`,
    ],
  },
  {
    title: 'answers keep the case of the question',
    yaml: BASE,
    steps: [
      `${dig('WEB.default.svc.Cluster.Local')} => WEB.default.svc.Cluster.Local.`,
      `${dig('+short', 'WEB.default.svc.Cluster.Local')} => 10.96.0.80`,
    ],
  },
  {
    title: 'SRV: the Service’s port for a ClusterIP, the endpoint’s for a headless one',
    yaml: BASE,
    steps: [
      `${dig('+short', '_http._tcp.web.default.svc.cluster.local', 'SRV')} => 0 100 80 web.default.svc.cluster.local.`,
      `${dig('+short', '_http._tcp.peers.default.svc.cluster.local', 'SRV')} => 0 50 8080 10-244-1-3.peers.default.svc.cluster.local.`,
      `${dig('_http._udp.web.default.svc.cluster.local', 'SRV')} => status: NXDOMAIN`,
    ],
  },
  {
    title: 'the hostname of an endpoint needs pod.spec.hostname and a subdomain that is the Service; a pod’s name alone is no name',
    yaml:
      CLIENT +
      named('a', 'hostname: alpha, subdomain: db') +
      named('b', 'hostname: beta, subdomain: other') +
      service('db', 'clusterIP: None, selector: {app: named}, ports: [{name: sql, port: 80}]'),
    steps: [
      `${dig('+short', 'alpha.db.default.svc.cluster.local')} => 10.244.1.3`,
      `${dig('10-244-1-3.db.default.svc.cluster.local')} => status: NXDOMAIN`,
      `${dig('beta.db.default.svc.cluster.local')} => status: NXDOMAIN`,
      `${dig('+short', '10-244-1-4.db.default.svc.cluster.local')} => 10.244.1.4`,
      `${dig('a.db.default.svc.cluster.local')} => status: NXDOMAIN`,
    ],
  },
  {
    title: 'PTR: of a ClusterIP the Service, of an endpoint its name',
    yaml: BASE,
    steps: [
      `${dig('+short', '80.0.96.10.in-addr.arpa', 'PTR')} => web.default.svc.cluster.local.`,
      `${dig('+short', '2.2.244.10.in-addr.arpa', 'PTR')} => 10-244-2-2.peers.default.svc.cluster.local.`,
    ],
  },
  {
    title: 'pods insecure: any address of a namespace that exists',
    yaml: BASE,
    steps: [
      `${dig('+short', '10-9-8-7.default.pod.cluster.local')} => 10.9.8.7`,
      `${dig('10-9-8-7.nowhere.pod.cluster.local')} => status: NXDOMAIN`,
    ],
  },
  {
    title: 'ExternalName: a CNAME, followed inside the cluster and outside; it has no names below it',
    yaml:
      BASE +
      service('alias', 'type: ExternalName, externalName: web.default.svc.cluster.local') +
      service('out', 'type: ExternalName, externalName: www.example.com'),
    steps: [
      `${dig('alias.default.svc.cluster.local')} => CNAME\tweb.default.svc.cluster.local.`,
      `${dig('+short', 'alias.default.svc.cluster.local')} => 10.96.0.80`,
      `${dig('out.default.svc.cluster.local')} => CNAME\twww.example.com.`,
      `${dig('x.alias.default.svc.cluster.local')} => status: NXDOMAIN`,
    ],
  },
]

const ABSENCE: readonly Fact[] = [
  {
    title: 'a name that nobody has is NXDOMAIN; one that has no such record is NOERROR with the SOA',
    yaml: BASE,
    steps: [
      `${dig('nobody.default.svc.cluster.local')} => status: NXDOMAIN`,
      `${dig('web.nowhere.svc.cluster.local')} => status: NXDOMAIN`,
      `${dig('web.default.svc.cluster.local', 'AAAA')} => status: NOERROR`,
      `${dig('web.default.svc.cluster.local', 'AAAA')} => SOA\tns.dns.cluster.local. hostmaster.cluster.local.`,
      ...['svc.cluster.local', 'default.svc.cluster.local', 'cluster.local', 'pod.cluster.local'].map(
        (name) => `${dig(name)} => status: NOERROR`,
      ),
      `${dig('a.b.web.default.svc.cluster.local')} => status: NXDOMAIN`,
    ],
  },
  {
    title: 'negative answers carry the ttl as the SOA’s minimum',
    yaml: BASE,
    steps: [`${dig('nobody.default.svc.cluster.local')} => 7200 1800 86400 30`],
  },
  {
    title: 'a headless Service without a ready endpoint does not exist; a ClusterIP is answered all the same',
    yaml: CLIENT + pod('web-1', 'app: web', 'worker-1', '8080', 'unready') + WEB + HEADLESS,
    steps: [
      `${dig('peers.default.svc.cluster.local')} => status: NXDOMAIN`,
      `${dig('+short', 'web.default.svc.cluster.local')} => 10.96.0.80`,
    ],
  },
  {
    title: '… unless publishNotReadyAddresses says so',
    yaml:
      CLIENT +
      pod('web-1', 'app: web', 'worker-1', '8080', 'unready') +
      service('peers', `clusterIP: None, publishNotReadyAddresses: true, selector: {app: web}, ${PORTS}`),
    steps: [`${dig('+short', 'peers.default.svc.cluster.local')} => ${IP_1}`],
  },
  {
    title: 'names follow the endpoints while the world runs',
    yaml: BASE,
    steps: [
      '$ node/worker-1 kubectl delete pod web-1 => deleted',
      `${dig('+short', 'peers.default.svc.cluster.local')} => not ${IP_1}`,
      '$ node/worker-1 kubectl delete pod web-2 => deleted',
      `${dig('peers.default.svc.cluster.local')} => status: NXDOMAIN`,
    ],
  },
  {
    title: 'ports without a name have no SRV of their own',
    yaml: CLIENT + service('plain', 'clusterIP: 10.96.0.81, ports: [{port: 80}]') + slice('plain', 'port: 8080', `${IP_1} worker-1`),
    steps: [
      `${dig('_._tcp.plain.default.svc.cluster.local', 'SRV')} => status: NXDOMAIN`,
      `${dig('+short', 'plain.default.svc.cluster.local', 'SRV')} => 0 100 80`,
    ],
  },
  {
    title: 'reverse names that nobody here has go to the upstream; names of the cluster do not',
    yaml: BASE,
    steps: [
      `${dig('9.9.9.9.in-addr.arpa', 'PTR')} => ra`,
      `${dig('nobody.default.svc.cluster.local')} => aa`,
      `${dig('+short', 'www.example.com')} => 198.51.100`,
    ],
  },
]

const RESOLVER: readonly Fact[] = [
  {
    title: 'ClusterFirst: kube-dns, three searches and ndots 5',
    yaml: BASE,
    steps: [
      '$ pod/client cat /etc/resolv.conf => search default.svc.cluster.local svc.cluster.local cluster.local',
      '$ pod/client cat /etc/resolv.conf => nameserver 10.96.0.10',
      '$ pod/client cat /etc/resolv.conf => options ndots:5',
    ],
  },
  {
    title: 'the search list: web at the first try, web.default at the second, web.default.svc at the third',
    yaml: BASE,
    steps: ['web', 'web.default', 'web.default.svc', 'web.default.svc.cluster.local'].map(
      (name) => `$ pod/client getent hosts ${name} => 10.96.0.80      web.default.svc.cluster.local`,
    ),
  },
  {
    title: 'nslookup goes along the search list as well, and says NXDOMAIN or No answer',
    yaml: BASE,
    steps: [
      '$ pod/client nslookup web => Name:\tweb.default.svc.cluster.local\nAddress: 10.96.0.80',
      "$ pod/client nslookup nobody => ** server can't find nobody: NXDOMAIN",
      "$ pod/client nslookup -type=TXT web => *** Can't find web: No answer",
    ],
  },
  {
    title: 'a name of another namespace needs that namespace',
    yaml:
      BASE +
      WEB_1.replace('name: web-1', 'name: db-1, namespace: shop') +
      service('db', `clusterIP: 10.96.0.90, selector: {app: web}, ${PORTS}`, ', namespace: shop'),
    steps: ['pod/client tcp://db:80: unresolved NXDOMAIN', 'pod/client tcp://db.shop:80: delivered by db-1'],
  },
  {
    title: 'hostNetwork with ClusterFirst asks the node’s resolver; ClusterFirstWithHostNet the cluster’s',
    yaml:
      BASE +
      named('plain', 'hostNetwork: true') +
      named('wanted', 'hostNetwork: true, dnsPolicy: ClusterFirstWithHostNet').replace('containerPort: 80', 'containerPort: 81'),
    steps: ['pod/plain tcp://web:80: unresolved NXDOMAIN', 'pod/wanted tcp://web:80: delivered by web-1,web-2'],
  },
  {
    title: 'dnsPolicy Default: names of the outside, none of the cluster',
    yaml: BASE + named('outward', 'dnsPolicy: Default'),
    steps: ['pod/outward tcp://web:80: unresolved NXDOMAIN', 'pod/outward http://www.example.com/: delivered'],
  },
  {
    title: 'dnsPolicy None: what dnsConfig says and nothing else; dnsConfig is added to the other policies',
    yaml:
      BASE +
      named(
        'own',
        'dnsPolicy: None, dnsConfig: {nameservers: [10.96.0.10], searches: [default.svc.cluster.local], options: [{name: ndots, value: "1"}]}',
      ) +
      named('more', 'dnsConfig: {searches: [example.com], options: [{name: ndots, value: "2"}, {name: edns0}]}'),
    steps: [
      '$ pod/own getent hosts web => 10.96.0.80',
      '$ pod/own cat /etc/resolv.conf => not svc.cluster.local cluster.local',
      '$ pod/more cat /etc/resolv.conf => search default.svc.cluster.local svc.cluster.local cluster.local example.com',
      '$ pod/more cat /etc/resolv.conf => options ndots:2 edns0',
    ],
  },
  {
    title: 'without a name server nothing resolves',
    yaml: BASE + named('none', 'dnsPolicy: None'),
    steps: ['pod/none tcp://web:80: unresolved'],
  },
]

const TRUNCATION: readonly Fact[] = [
  {
    title: 'an answer too large for a datagram is truncated, and asked for again over TCP',
    yaml: CLIENT + many(40),
    steps: [
      '$ pod/client nslookup many => ;; Truncated, retrying in TCP mode.',
      '$ pod/client nslookup many => Address: 10.244.2.20',
      '$ node/worker-1 conntrack -L -p tcp --dport 53 => dst=10.96.0.10',
      '$ pod/client getent hosts many => 10.244.1.20',
    ],
  },
  {
    title: 'dig takes 1232 bytes, so it needs TCP later',
    yaml: CLIENT + many(40),
    steps: [`${dig('many.default.svc.cluster.local')} => (UDP)`, `${dig('many.default.svc.cluster.local')} => not Truncated`],
  },
  {
    title: '… but not never',
    yaml: CLIENT + many(80),
    steps: [
      `${dig('many.default.svc.cluster.local')} => ;; Truncated, retrying in TCP mode.`,
      `${dig('many.default.svc.cluster.local')} => (TCP)`,
    ],
  },
  {
    title: 'where TCP to DNS is forbidden small answers arrive and large ones do not',
    yaml: BASE + many(40),
    steps: [
      '$ node/worker-1 iptables -I FORWARD -p tcp --dport 53 -j DROP',
      'pod/client tcp://web:80: delivered by web-1,web-2',
      'pod/client tcp://many.default.svc.cluster.local.:80: unresolved NETFILTER_DROP at node/worker-1 rule -A FORWARD -p tcp -m tcp --dport 53 -j DROP',
    ],
  },
]

const REFUSED = ';; communications error to 10.96.0.10#53: connection refused\n'
const SILENCE = ';; communications error to 10.96.0.10#53: timed out\n'
const KUBERNETES = 'kubernetes cluster.local in-addr.arpa ip6.arpa { pods insecure; fallthrough in-addr.arpa ip6.arpa; ttl 30 }'

/** CoreDNS's ConfigMap. */
const corefile = (forward: string, kubernetes = KUBERNETES): string => `---
apiVersion: v1
kind: ConfigMap
metadata: {name: coredns, namespace: kube-system}
data:
  Corefile: |
    .:53 {
        errors
        ${kubernetes.replaceAll(/[{;] /g, (sign) => `${sign.trim().replace(';', '')}\n            `).replace(' }', '\n        }')}
        ${forward}
    }
`

const BROKEN: readonly Fact[] = [
  {
    title: 'CoreDNS scaled to nothing: the question is refused at once',
    yaml: BASE,
    steps: [
      '$ node/worker-1 kubectl scale deployment coredns -n kube-system --replicas=0 => scaled',
      'wait 60',
      'pod/client tcp://web:80: unresolved NETFILTER_DROP at node/worker-1 rule kube-system/kube-dns:dns has no endpoints',
      'pod/client tcp://10.96.0.80:80: delivered by web-1,web-2',
      // As measured with BIND 9.18 and glibc 2.36 where the port is closed.
      `${dig('+short', 'web')} => ${REFUSED.repeat(3)};; no servers could be reached\n`,
      `$ pod/client nslookup web => ${REFUSED.repeat(3)};; no servers could be reached\n\n`,
      '$ pod/client curl -s http://web/ || echo code 6 => code 6',
      '$ pod/client ping -c 1 web => ping: web: Temporary failure in name resolution',
    ],
  },
  {
    title: 'an upstream that does not answer: names of the outside are SERVFAIL, those of the cluster go on',
    yaml: `${BASE}${corefile('forward . 172.18.0.99')}`,
    steps: [
      `${dig('www.example.com')} => status: SERVFAIL`,
      `$ pod/client nslookup www.example.com => ;; Got SERVFAIL reply from 10.96.0.10\nServer:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n** server can't find www.example.com: SERVFAIL\n`,
      '$ pod/client getent hosts www.example.com || echo code 2 => code 2',
      'pod/client http://www.example.com/: unresolved',
      'pod/client tcp://web:80: delivered by web-1,web-2',
    ],
  },
  {
    title: 'a Corefile without the zone of the cluster: its names are asked of the upstream, which has none',
    yaml: `${BASE}${corefile('forward . 8.8.8.8', '')}`,
    steps: [
      `${dig('web.default.svc.cluster.local')} => status: NXDOMAIN`,
      "$ pod/client nslookup web => ** server can't find web: NXDOMAIN",
      'pod/client tcp://web:80: unresolved',
      'pod/client tcp://10.96.0.80:80: delivered by web-1,web-2',
    ],
  },
  {
    title: 'UDP to DNS is dropped: the client waits, and tries again',
    yaml: BASE,
    steps: [
      '$ node/worker-1 iptables -I FORWARD -p udp --dport 53 -j DROP',
      'pod/client tcp://web:80: unresolved NETFILTER_DROP at node/worker-1 rule -p udp -m udp --dport 53 -j DROP',
      '$ pod/client getent hosts web || echo code 2 => code 2',
      `${dig('+short', 'web')} => ${SILENCE.repeat(3)};; no servers could be reached\n`,
      `$ pod/client nslookup web => ${SILENCE.repeat(3)};; no servers could be reached\n\n`,
    ],
  },
]

describe.each([
  { subject: 'names', facts: NAMES },
  { subject: 'what is not there', facts: ABSENCE },
  { subject: 'resolv.conf and the search list', facts: RESOLVER },
  { subject: 'truncation', facts: TRUNCATION },
  { subject: 'DNS that is broken', facts: BROKEN },
])('DNS: $subject', ({ facts }) => {
  it.each(facts)('$title', (fact) => prove({ ...fact, number: 1 }))
})
