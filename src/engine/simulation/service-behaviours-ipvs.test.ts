/** What users of Services see in IPVS mode, number by number: where it differs from iptables mode, and what must hold all the same. */
import { describe, it } from 'vitest'
import {
  type Behaviour,
  CLIENT,
  cluster,
  meanwhile,
  NODE_PORT,
  PODS,
  PORTS,
  pod,
  prove,
  service,
  WEB_1,
  WEB_2,
} from './service-behaviours.fixture.ts'

const IPVS = cluster('nodes: 3, kubeProxy: {mode: ipvs}')
const CLIENT_3 = pod('client-3', 'app: client', 'worker-3', '')
const BASE = IPVS + PODS
const WEB = service('web', `clusterIP: 10.96.0.80, selector: {app: web}, ${PORTS}`)

const BEHAVIOURS: readonly Behaviour[] = [
  {
    number: 1,
    title: 'a pod reaches the endpoint whose turn it is, which sees the pod itself',
    yaml: BASE + WEB,
    steps: ['pod/client tcp://svc/web:80: delivered by web-2 seen client', 'pod/client tcp://svc/web:80: delivered by web-1 seen client'],
  },
  {
    number: 2,
    title: 'a process of the node is masqueraded',
    yaml: BASE + WEB,
    steps: ['node/worker-1 tcp://svc/web:80: delivered by web-2 seen node/worker-1'],
  },
  {
    number: 4,
    title: 'masqueradeAll: pods too',
    yaml: cluster('nodes: 3, kubeProxy: {mode: ipvs, iptables: {masqueradeAll: true}}') + CLIENT + WEB_1 + WEB_2 + WEB,
    steps: ['pod/client tcp://svc/web:80: delivered by web-2 seen node/worker-1'],
  },
  {
    number: 5,
    title: 'a pod that reaches itself by its own Service sees the node, not itself',
    yaml: IPVS + WEB_1 + WEB,
    steps: ['pod/web-1 tcp://svc/web:80: delivered by web-1 seen 10.244.1.1'],
  },
  {
    number: 11,
    title: 'a port that the Service does not list is rejected by KUBE-IPVS-FILTER',
    yaml: BASE + WEB,
    steps: ['pod/client tcp://svc/web:81: rejected ECONNREFUSED at node/worker-1 rule KUBE-IPVS-IPS'],
  },
  {
    number: 13,
    title: 'the address is the node’s own, and a ping of it is rejected',
    yaml: BASE + WEB,
    steps: [
      '$ node/worker-1 ip -o addr show dev kube-ipvs0 => 10.96.0.80/32',
      'pod/client ping svc/web: rejected ECONNREFUSED at node/worker-1 rule KUBE-IPVS-IPS',
    ],
  },
  {
    number: 16,
    title: 'twelve connections take turns',
    yaml: BASE + WEB,
    steps: Array.from({ length: 12 }, (_, i) => `pod/client tcp://svc/web:80: delivered by web-${2 - (i % 2)}`),
  },
  {
    number: 18,
    title: 'without endpoints a connection is refused',
    yaml: BASE + service('none', `type: NodePort, clusterIP: 10.96.0.90, ${NODE_PORT.replace('app: web', 'app: none')}`),
    steps: [
      'pod/client tcp://svc/none:80: rejected ECONNREFUSED at node/worker-1',
      'node/worker-1 tcp://svc/none:80: rejected ECONNREFUSED at node/worker-1',
      'internet tcp://node/worker-1:30080: rejected ECONNREFUSED at node/worker-1',
    ],
  },
  {
    number: 20,
    title: 'a pod that is not ready gets no traffic until it is ready again',
    yaml: IPVS + CLIENT + WEB_1 + pod('web-2', 'app: web', 'worker-2', '8080', 'unready') + WEB,
    steps: [
      'times 3 pod/client tcp://svc/web:80: delivered by web-1',
      `$ node/worker-1 kubectl patch pod web-2 --subresource=status -p '{"status": {"conditions": [{"type": "Ready", "status": "True"}]}}' => patched`,
      'times 2 pod/client tcp://svc/web:80: delivered by web-1,web-2',
    ],
  },
  {
    number: 28,
    title: 'a node port works on every node, masqueraded',
    yaml: BASE + service('web', `type: NodePort, ${NODE_PORT}`),
    steps: ['worker-1', 'worker-2', 'worker-3'].map((node) => `internet tcp://node/${node}:30080: delivered seen node/${node}`),
  },
  {
    number: 31,
    title: '127.0.0.1:nodePort is refused',
    yaml: BASE + service('web', `type: NodePort, ${NODE_PORT}`),
    steps: ['node/worker-1 tcp://127.0.0.1:30080: refused', 'node/worker-1 tcp://172.18.0.11:30080: delivered'],
  },
  {
    number: 33,
    title: 'policy Local: the node’s own endpoint, which sees the client',
    yaml: BASE + service('web', `type: NodePort, externalTrafficPolicy: Local, ${NODE_PORT}`),
    steps: [
      'internet tcp://node/worker-1:30080: delivered by web-1 seen internet',
      'internet tcp://node/worker-2:30080: delivered by web-2 seen internet',
    ],
  },
  {
    number: 39,
    title: 'the load balancer’s address is short-cut on the node',
    yaml: `${BASE + service('web', `type: LoadBalancer, ${NODE_PORT}`)}status: {loadBalancer: {ingress: [{ip: 192.0.2.8}]}}\n`,
    steps: ['$ gateway ip link set eth0 down', 'pod/client tcp://192.0.2.8:80: delivered seen node/worker-1'],
  },
  {
    number: 52,
    title: 'policy Local without a local endpoint: all endpoints, so pods of that node get through',
    yaml: BASE + CLIENT_3 + service('web', `type: NodePort, externalTrafficPolicy: Local, ${NODE_PORT}`),
    steps: [
      'pod/client-3 tcp://node/worker-3:30080: delivered by web-2 seen client-3',
      'node/worker-3 tcp://node/worker-3:30080: delivered',
      // From outside the answer leaves by the endpoint's own node, and nobody knows it there.
      'internet tcp://node/worker-3:30080: timeout',
    ],
  },
  {
    number: 52,
    title: '… and so does internalTrafficPolicy, where the Service is reached from outside as well',
    yaml: BASE + CLIENT_3 + service('web', `type: NodePort, internalTrafficPolicy: Local, ${NODE_PORT}`),
    steps: [
      'times 3 pod/client tcp://svc/web:80: delivered by web-1',
      'pod/client-3 tcp://svc/web:80: delivered by web-2',
      'pod/client-3 tcp://svc/web:80: delivered by web-1',
    ],
  },
  {
    number: 52,
    title: '… else there is no list to fall back to (topology.go UsesClusterEndpoints), and IPVS refuses',
    yaml: BASE + CLIENT_3 + service('web', `internalTrafficPolicy: Local, selector: {app: web}, ${PORTS}`),
    steps: [
      'times 3 pod/client tcp://svc/web:80: delivered by web-1',
      'pod/client-3 tcp://svc/web:80: rejected ECONNREFUSED at node/worker-3',
    ],
  },
  {
    number: 56,
    title: 'session affinity: one client, one endpoint',
    yaml: BASE + service('web', `sessionAffinity: ClientIP, selector: {app: web}, ${PORTS}`),
    steps: ['times 5 pod/client tcp://svc/web:80: delivered by one'],
  },
  {
    number: 63,
    title: 'no rule drops INVALID segments',
    yaml:
      BASE + WEB + meanwhile('pod/client', 'tcp://pod/web-2:8080', 0.35, 'sysctl -w net.netfilter.nf_conntrack_tcp_loose=0; conntrack -F'),
    steps: ['walk meanwhile: delivered by web-2', '$ node/worker-1 iptables-save => not INVALID'],
  },
  {
    number: 64,
    title: 'the client hears the Service’s address',
    yaml: BASE + WEB,
    steps: ['pod/client http://10.96.0.80/: delivered by web-2 heard 10.96.0.80'],
  },
  {
    number: 71,
    title: 'a Service deleted: its virtual server and its address are gone',
    yaml: BASE + WEB,
    steps: [
      '$ node/worker-1 ipvsadm -Ln => 10.96.0.80:80',
      'pod/client tcp://10.96.0.80:80: delivered',
      '$ node/worker-1 kubectl delete svc web => deleted',
      'pod/client tcp://10.96.0.80:80: timeout NETFILTER_DROP at gateway',
      '$ node/worker-1 ipvsadm -Ln => not 10.96.0.80',
      '$ node/worker-1 ip -o addr show dev kube-ipvs0 => not 10.96.0.80',
    ],
  },
]

describe('IPVS mode', () => {
  it.each(BEHAVIOURS)('$number: $title', (behaviour) => prove(behaviour))
})
