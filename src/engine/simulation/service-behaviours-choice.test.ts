/** What users of Services see, number by number: internal policy, topology, affinity, conntrack, consistency after a change. */
import { describe, it } from 'vitest'
import {
  type Behaviour,
  CLIENT,
  cluster,
  meanwhile,
  PODS,
  PORTS,
  pod,
  prove,
  service,
  slice,
  WEB,
  WEB_1,
  WEB_2,
} from './service-behaviours.fixture.ts'

const TWO_NODES = cluster('nodes: 2')
const BASE = TWO_NODES + PODS
const ZONE = 'topology.kubernetes.io/zone'
const ZONES = cluster(`nodes: [{name: worker-1, labels: {${ZONE}: a}}, {name: worker-2, labels: {${ZONE}: b}}, {name: worker-3}]`)
const CLIENT_3 = pod('client-3', 'app: client', 'worker-3', '')
const HINTS = ', annotations: {service.kubernetes.io/topology-mode: Auto}'
const IP_1 = '10.244.1.3'
const IP_2 = '10.244.2.2'

const POLICY: readonly Behaviour[] = [
  {
    number: 50,
    title: 'internalTrafficPolicy Local: the client’s own node or nobody; refused where there is none in the whole cluster',
    yaml:
      BASE +
      pod('client-2', 'app: client', 'worker-2', '') +
      service('web', `internalTrafficPolicy: Local, selector: {app: web}, ${PORTS}`) +
      service('none', `internalTrafficPolicy: Local, selector: {app: nobody}, ${PORTS}`),
    steps: [
      'pod/client tcp://svc/web:80: delivered by web-1',
      'pod/client-2 tcp://svc/web:80: delivered by web-2',
      '$ node/worker-1 kubectl delete pod web-2 => deleted',
      'pod/client-2 tcp://svc/web:80: timeout NETFILTER_DROP at node/worker-2 rule default/web has no local endpoints',
      'pod/client tcp://svc/none:80: rejected ECONNREFUSED rule default/none has no endpoints',
    ],
  },
  {
    number: 51,
    title: 'it does not touch node ports, nor does externalTrafficPolicy the ClusterIP',
    yaml:
      BASE +
      service(
        'in',
        'type: NodePort, internalTrafficPolicy: Local, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]',
      ) +
      service(
        'out',
        'type: NodePort, externalTrafficPolicy: Local, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30081}]',
      ),
    steps: [
      'pod/client tcp://svc/in:80: delivered by web-1',
      'internet tcp://node/worker-1:30080: delivered by web-1,web-2',
      'pod/client tcp://svc/out:80: delivered by web-1,web-2',
      'internet tcp://node/worker-1:30081: delivered by web-1',
    ],
  },
  {
    number: 53,
    title: 'hints for zones: only if every ready endpoint has some and one is for this zone',
    yaml:
      ZONES +
      CLIENT +
      WEB_1 +
      WEB_2 +
      service('all', PORTS, HINTS) +
      slice('all', 'port: 8080', `${IP_1} worker-1 zone=a`, `${IP_2} worker-2 zone=b`) +
      service('some', PORTS, HINTS) +
      slice('some', 'port: 8080', `${IP_1} worker-1 zone=a`, `${IP_2} worker-2`) +
      service('elsewhere', PORTS, HINTS) +
      slice('elsewhere', 'port: 8080', `${IP_1} worker-1 zone=c`, `${IP_2} worker-2 zone=b`) +
      service('crossed', PORTS, HINTS) +
      slice('crossed', 'port: 8080', `${IP_1} worker-1 zone=b`, `${IP_2} worker-2 zone=a`),
    steps: [
      'pod/client tcp://svc/all:80: delivered by web-1',
      'pod/client tcp://svc/some:80: delivered by web-1,web-2',
      'pod/client tcp://svc/elsewhere:80: delivered by web-1,web-2',
      'pod/client tcp://svc/crossed:80: delivered by web-2',
    ],
  },
  {
    number: 53,
    title: 'a node that gets another label looks at the hints again, though no endpoint has changed',
    yaml:
      ZONES +
      CLIENT +
      WEB_1 +
      WEB_2 +
      service('all', PORTS, HINTS) +
      slice('all', 'port: 8080', `${IP_1} worker-1 zone=a`, `${IP_2} worker-2 zone=b`),
    steps: [
      'pod/client tcp://svc/all:80: delivered by web-1',
      `$ node/worker-1 kubectl label node worker-1 ${ZONE}=b --overwrite => labeled`,
      'pod/client tcp://svc/all:80: delivered by web-2',
      '$ node/worker-1 iptables-save -t nat => not 10.244.1.3:8080',
    ],
  },
  {
    number: 54,
    title: 'a node without a zone ignores them; trafficDistribution sets them',
    yaml:
      ZONES +
      CLIENT +
      WEB_1 +
      WEB_2 +
      CLIENT_3 +
      pod('web-3', 'app: web', 'worker-1') +
      service('all', PORTS, HINTS) +
      slice('all', 'port: 8080', `${IP_1} worker-1 zone=a`, `${IP_2} worker-2 zone=b`) +
      service('zone', `trafficDistribution: PreferSameZone, selector: {app: web}, ${PORTS}`) +
      service('node', `trafficDistribution: PreferSameNode, selector: {app: web}, ${PORTS}`),
    steps: [
      'pod/client-3 tcp://svc/all:80: delivered by web-1,web-2',
      'pod/client tcp://svc/zone:80: delivered by web-1,web-3',
      'pod/client tcp://svc/node:80: delivered by web-1,web-3',
      'pod/client-3 tcp://svc/node:80: delivered by web-1,web-2,web-3',
      '$ node/worker-1 kubectl get endpointslices -o yaml => forNodes',
    ],
  },
  {
    number: 54,
    title: 'topology-mode Auto: the controller shares the endpoints out over the zones, or gives no hints',
    yaml:
      cluster(`nodes: [{name: worker-1, labels: {${ZONE}: a}}, {name: worker-2, labels: {${ZONE}: b}}]`) +
      CLIENT +
      WEB_1 +
      WEB_2 +
      service('web', `selector: {app: web}, ${PORTS}`, HINTS),
    steps: [
      'pod/client tcp://svc/web:80: delivered by web-1',
      // One endpoint for two zones cannot be shared out.
      '$ node/worker-1 kubectl delete pod web-1 => deleted',
      '$ node/worker-1 kubectl get endpointslices -o yaml => not forZones',
      'pod/client tcp://svc/web:80: delivered by web-2',
    ],
  },
]

const AFFINITY = 'sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}'
const STICKY: readonly Behaviour[] = [
  {
    number: 56,
    title: 'one client, one endpoint, over ClusterIP and node port, until the time since its last connection is over',
    yaml:
      BASE + service('web', `type: NodePort, ${AFFINITY}, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]`),
    steps: [
      'pod/client tcp://svc/web:80: delivered by web-1,web-2',
      'times 5 pod/client tcp://svc/web:80: delivered by one',
      'pod/client tcp://node/worker-1:30080: delivered by one',
      'wait 50',
      'pod/client tcp://svc/web:80: delivered by one',
      'wait 50',
      'pod/client tcp://svc/web:80: delivered by one',
    ],
  },
  {
    number: 57,
    title: 'after the time it is chosen anew; without affinity every time',
    yaml: BASE + service('web', `${AFFINITY}, selector: {app: web}, ${PORTS}`),
    steps: [
      'pod/client tcp://svc/web:80: delivered by web-1,web-2',
      'pod/client tcp://svc/web:80: delivered by one',
      'wait 61',
      'pod/client tcp://svc/web:80: delivered by web-1,web-2',
      'pod/client tcp://svc/web:80: delivered by one',
      `$ node/worker-1 kubectl patch svc web -p '{"spec": {"sessionAffinity": "None", "sessionAffinityConfig": null}}' => patched`,
      'pod/client tcp://svc/web:80: delivered by web-1,web-2',
    ],
  },
  {
    number: 58,
    title: 'the chosen endpoint gone: another one at once',
    yaml: BASE + service('web', `${AFFINITY}, selector: {app: web}, ${PORTS}`),
    steps: [
      'pod/client tcp://svc/web:80: delivered by web-1,web-2',
      'pod/client tcp://svc/web:80: delivered by web-1',
      '$ node/worker-1 kubectl delete pod web-1 => deleted',
      'pod/client tcp://svc/web:80: delivered by web-2',
    ],
  },
  {
    number: 59,
    title: 'clients behind one address share an endpoint',
    yaml:
      BASE +
      pod('other', 'app: client', 'worker-1', '') +
      service('web', `type: NodePort, ${AFFINITY}, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]`),
    steps: [
      '$ node/worker-1 iptables -t nat -A POSTROUTING -s 10.244.1.0/24 -d 172.18.0.0/16 -j MASQUERADE',
      'pod/client tcp://node/worker-2:30080: delivered by web-1,web-2',
      'pod/other tcp://node/worker-2:30080: delivered by one',
    ],
  },
  {
    number: 60,
    title: 'the key is the source before masquerading: two pods that the node masquerades choose apart',
    yaml:
      BASE +
      pod('other', 'app: client', 'worker-1', '') +
      service('web', `type: NodePort, ${AFFINITY}, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]`),
    steps: [
      'pod/client tcp://node/worker-1:30080: delivered by web-1,web-2 seen node/worker-1',
      'pod/client tcp://node/worker-1:30080: delivered by one',
      'pod/other tcp://node/worker-1:30080: delivered by web-1,web-2',
    ],
  },
]

/** In the middle of a connection between two pods the node forgets it, and picks up none that it has not seen begin. */
const FORGETFUL = meanwhile('pod/client', 'tcp://pod/web-2:8080', 0.35, 'sysctl -w net.netfilter.nf_conntrack_tcp_loose=0; conntrack -F')

const CONNTRACK: readonly Behaviour[] = [
  {
    number: 63,
    title: 'a segment that belongs to no connection is dropped in FORWARD',
    yaml: BASE + WEB + FORGETFUL,
    steps: ['walk meanwhile: stalled NETFILTER_DROP at node/worker-1 rule --ctstate INVALID -j DROP'],
  },
  {
    number: 63,
    title: '… unless conntrack is liberal: then there is no such rule',
    yaml: cluster('nodes: 2, kubeProxy: {conntrack: {tcpBeLiberal: true}}') + CLIENT + WEB_1 + WEB_2 + WEB + FORGETFUL,
    steps: [
      'walk meanwhile: delivered by web-2',
      '$ node/worker-1 iptables-save => not INVALID',
      '$ node/worker-1 sysctl -n net.netfilter.nf_conntrack_tcp_be_liberal => 1',
    ],
  },
  {
    number: 64,
    title: 'the client hears the Service’s address',
    yaml: BASE + service('web', `clusterIP: 10.96.0.80, selector: {app: web}, ${PORTS}`),
    steps: ['pod/client http://10.96.0.80/: delivered by web-1,web-2 heard 10.96.0.80'],
  },
  {
    number: 65,
    title: 'the source port of a connection that is over may be given another endpoint',
    yaml: BASE + service('web', `clusterIP: 10.96.0.80, selector: {app: web}, ${PORTS}`),
    steps: [
      '$ pod/client echo one | nc -w 1 -p 5000 10.96.0.80 80 => pod/default/web-',
      'wait 200',
      '$ node/worker-1 conntrack -L -p tcp --dport 80 => 0 flow entries',
      '$ pod/client echo two | nc -w 1 -p 5000 10.96.0.80 80 => pod/default/web-',
    ],
  },
  {
    number: 66,
    title: 'a connection that says nothing is known for 24 hours, and half closed for one: kube-proxy sets the time-outs',
    yaml: BASE + service('web', `clusterIP: 10.96.0.80, selector: {app: web}, ${PORTS}`),
    steps: [
      // The request is lost before conntrack sees it; client and server give up, and tell the node nothing.
      '$ node/worker-1 iptables -t raw -A PREROUTING -s 10.244.1.2 -p tcp --tcp-flags PSH PSH -j DROP',
      'pod/client http://10.96.0.80/: stalled NETFILTER_DROP at node/worker-1 rule --tcp-flags PSH PSH',
      'wait 80000',
      '$ node/worker-1 conntrack -L -p tcp => ESTABLISHED src=10.244.1.2 dst=10.96.0.80',
      'wait 6400',
      '$ node/worker-1 conntrack -L -p tcp => 0 flow entries',
      '$ node/worker-1 sysctl -n net.netfilter.nf_conntrack_tcp_timeout_close_wait => 3600',
    ],
  },
  {
    number: 68,
    title: 'SCTP Services work like TCP and UDP ones',
    yaml:
      TWO_NODES +
      CLIENT +
      pod('sig-1', 'app: sig', 'worker-1', '2905/SCTP') +
      pod('sig-2', 'app: sig', 'worker-2', '2905/SCTP') +
      service('sig', 'clusterIP: 10.96.0.90, selector: {app: sig}, ports: [{protocol: SCTP, port: 29, targetPort: 2905}]') +
      service('none', 'clusterIP: 10.96.0.91, selector: {app: nobody}, ports: [{protocol: SCTP, port: 29}]'),
    steps: [
      'packet node/worker-1 10.244.1.2 10.96.0.90:29/sctp: accepted 10.244.1.3:2905,10.244.2.2:2905',
      'packet node/worker-1 10.244.1.2 10.96.0.91:29/sctp: rejected 10.96.0.91:29',
      'packet node/worker-1 10.244.1.2 10.96.0.91:29/tcp: accepted 10.96.0.91:29',
      'pod/client sctp://svc/sig:29: delivered by sig-1,sig-2 heard 10.96.0.90',
      'pod/client sctp://pod/sig-2:2906: refused ECONNREFUSED',
      // A rejected INIT is sent again until the client gives up.
      'pod/client sctp://svc/none:29: timeout NETFILTER_DROP at node/worker-1 rule -j REJECT',
    ],
  },
  {
    number: 70,
    title: 'ICMP errors about a Service’s flow come back translated: nobody listens on the UDP port',
    yaml: BASE + service('web', 'clusterIP: 10.96.0.80, selector: {app: web}, ports: [{protocol: UDP, port: 80, targetPort: 9999}]'),
    steps: ['pod/client udp://10.96.0.80:80: rejected ECONNREFUSED'],
  },
  {
    number: 70,
    title: '… and a link on the way takes less than the client sends',
    yaml: TWO_NODES + CLIENT + WEB_2 + service('web', `clusterIP: 10.96.0.80, selector: {app: web}, ${PORTS}`),
    steps: [
      '$ node/worker-2 ip link set cni0 mtu 1400',
      `pod/client http://10.96.0.80/${'a'.repeat(1500)}: delivered by web-2 heard 10.96.0.80`,
    ],
  },
]

const CONSISTENCY: readonly Behaviour[] = [
  {
    number: 71,
    title: 'a Service deleted: all its chains are gone, others are untouched',
    yaml:
      BASE + service('web', `clusterIP: 10.96.0.80, selector: {app: web}, ${PORTS}`) + service('other', `selector: {app: web}, ${PORTS}`),
    steps: [
      '$ node/worker-1 iptables -t nat -N MINE',
      '$ node/worker-1 iptables -t nat -A MINE -j RETURN',
      'pod/client tcp://10.96.0.80:80: delivered by web-1,web-2',
      '$ node/worker-1 kubectl delete svc web => service "web" deleted',
      'pod/client tcp://10.96.0.80:80: timeout NETFILTER_DROP at gateway',
      '$ node/worker-1 iptables-save => not default/web',
      '$ node/worker-1 iptables-save => -A MINE -j RETURN',
      'pod/client tcp://svc/other:80: delivered by web-1,web-2',
    ],
  },
  {
    number: 72,
    title: 'rules deleted by hand come back when their chain is written again, not before',
    yaml: BASE + service('web', `clusterIP: 10.96.0.80, selector: {app: web}, ${PORTS}`),
    steps: [
      '$ node/worker-1 iptables -t nat -F KUBE-SERVICES',
      'pod/client tcp://10.96.0.80:80: timeout NETFILTER_DROP at gateway',
      `$ node/worker-1 kubectl apply -f - <<E\n${service('new', PORTS).slice(4)}E`,
      'pod/client tcp://10.96.0.80:80: delivered by web-1,web-2',
    ],
  },
  {
    number: 73,
    title: 'kube-proxy starts again and writes everything anew: connections go on',
    yaml:
      BASE +
      service('web', 'type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]') +
      meanwhile('internet', 'tcp://node/worker-1:30080', 22, 'iptables-save > rules; iptables -t nat -F; iptables-restore < rules'),
    steps: ['walk meanwhile: delivered'],
  },
  {
    number: 74,
    title: 'the order of Services does not matter',
    yaml:
      BASE +
      service('a', `selector: {app: web}, ${PORTS}`) +
      service('b', 'ports: [{port: 80}]') +
      slice('b', 'port: 8080', `${IP_2} worker-2`) +
      service('c', `selector: {app: nobody}, ${PORTS}`),
    steps: [
      'pod/client tcp://svc/a:80: delivered by web-1,web-2',
      'pod/client tcp://svc/b:80: delivered by web-2',
      'pod/client tcp://svc/c:80: rejected',
    ],
  },
  {
    number: 74,
    title: '… the other way round',
    yaml:
      BASE +
      service('c', `selector: {app: nobody}, ${PORTS}`) +
      slice('b', 'port: 8080', `${IP_2} worker-2`) +
      service('b', 'ports: [{port: 80}]') +
      service('a', `selector: {app: web}, ${PORTS}`),
    steps: [
      'pod/client tcp://svc/a:80: delivered by web-1,web-2',
      'pod/client tcp://svc/b:80: delivered by web-2',
      'pod/client tcp://svc/c:80: rejected',
    ],
  },
]

describe.each([
  { subject: 'internal policy and topology', behaviours: POLICY },
  { subject: 'session affinity', behaviours: STICKY },
  { subject: 'conntrack', behaviours: CONNTRACK },
  { subject: 'consistency after a change', behaviours: CONSISTENCY },
])('$subject', ({ behaviours }) => {
  it.each(behaviours)('$number: $title', (behaviour) => prove(behaviour))
})
