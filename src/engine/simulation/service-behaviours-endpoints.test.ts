/** What users of Services see, number by number: no endpoints, readiness, termination; change while the world runs. */
import { describe, it } from 'vitest'
import {
  type Behaviour,
  CLIENT,
  cluster,
  ingress,
  meanwhile,
  outsider,
  PODS,
  PORTS,
  pod,
  prove,
  service,
  slice,
  WEB_1,
  WEB_2,
} from './service-behaviours.fixture.ts'

const TWO_NODES = cluster('nodes: 2')
const BASE = TWO_NODES + PODS
/** A machine of the LAN that sends what is for Services to worker-1. */
const OUTSIDER = outsider('172.18.0.11', '10.96.0.0/16', '192.0.2.0/24')
const EVERY_WAY = 'externalIPs: [192.0.2.7], ports: [{port: 80, targetPort: 8080, nodePort: 30080}]'
const INGRESS = ingress('192.0.2.8')
/** Pods of web-1 and web-2 get these, after the client's. */
const IP_1 = '10.244.1.3'
const IP_2 = '10.244.2.2'
const ENDPOINTS: readonly Behaviour[] = [
  {
    number: 17,
    title: 'an established connection stays when endpoints are added',
    yaml:
      BASE +
      service('web', 'type: NodePort, ports: [{port: 80, nodePort: 30080}]') +
      slice('web', 'port: 8080', `${IP_1} worker-1`) +
      meanwhile(
        'internet',
        'tcp://node/worker-2:30080',
        22,
        `kubectl apply -f - <<E\n${slice('web', 'port: 8080', `${IP_2} worker-2`, `${IP_2} worker-2`).slice(4)}E`,
      ),
    steps: ['walk meanwhile: delivered by web-1', 'internet tcp://node/worker-2:30080: delivered by web-1,web-2'],
  },
  {
    number: 18,
    title: 'without endpoints a connection is refused, by every address, from everywhere',
    yaml: BASE + OUTSIDER + service('web', `type: LoadBalancer, selector: {app: nobody}, ${EVERY_WAY}`) + INGRESS,
    steps: [
      ...['pod/client', 'host/outsider'].flatMap((from) =>
        ['svc/web:80', '192.0.2.7:80', '192.0.2.8:80', 'node/worker-1:30080'].map(
          (to) => `${from} tcp://${to}: rejected ECONNREFUSED rule default/web has no endpoints`,
        ),
      ),
      // KUBE-EXTERNAL-SERVICES is not in OUTPUT: what the node itself sends to an external address leaves it.
      'node/worker-1 tcp://svc/web:80: rejected ECONNREFUSED rule default/web has no endpoints',
      'node/worker-1 tcp://node/worker-1:30080: rejected ECONNREFUSED rule default/web has no endpoints',
      'node/worker-1 tcp://192.0.2.7:80: rejected EHOSTUNREACH at internet',
      'internet tcp://node/worker-1:30080: rejected ECONNREFUSED at node/worker-1',
    ],
  },
  {
    number: 19,
    title: 'without endpoints everybody is refused, source ranges or not',
    yaml:
      BASE +
      OUTSIDER +
      service('web', `type: LoadBalancer, loadBalancerSourceRanges: [198.18.0.0/15], selector: {app: nobody}, ${EVERY_WAY}`) +
      INGRESS,
    steps: ['host/outsider tcp://192.0.2.8:80: rejected ECONNREFUSED rule default/web has no endpoints'],
  },
  {
    number: 20,
    title: 'a pod that is not ready gets no traffic until it is ready again',
    yaml:
      TWO_NODES +
      CLIENT +
      WEB_1 +
      pod('web-2', 'app: web', 'worker-2', '8080', 'unready') +
      service('web', `selector: {app: web}, ${PORTS}`),
    steps: [
      'pod/client tcp://svc/web:80: delivered by web-1',
      `$ node/worker-1 kubectl patch pod web-2 --subresource=status -p '{"status": {"conditions": [{"type": "Ready", "status": "True"}]}}' => patched`,
      'pod/client tcp://svc/web:80: delivered by web-1,web-2',
      `$ node/worker-1 kubectl patch pod web-1 --subresource=status -p '{"status": {"conditions": [{"type": "Ready", "status": "False"}]}}' => patched`,
      'pod/client tcp://svc/web:80: delivered by web-2',
    ],
  },
  {
    number: 21,
    title: 'publishNotReadyAddresses: unready and terminating pods get traffic',
    yaml:
      TWO_NODES +
      CLIENT +
      pod('web-1', 'app: web', 'worker-1', '8080', 'unready') +
      pod('web-2', 'app: web', 'worker-2', '8080', 'deletionTimestamp') +
      service('web', `publishNotReadyAddresses: true, selector: {app: web}, ${PORTS}`),
    steps: ['pod/client tcp://svc/web:80: delivered by web-1,web-2'],
  },
  {
    number: 22,
    title: 'with none ready those that serve while they terminate are used, and no longer once one is ready',
    yaml:
      TWO_NODES +
      CLIENT +
      pod('web-1', 'app: web', 'worker-1', '8080', 'deletionTimestamp') +
      pod('web-2', 'app: web', 'worker-2', '8080', 'unready') +
      service('web', `selector: {app: web}, ${PORTS}`),
    steps: [
      'pod/client tcp://svc/web:80: delivered by web-1',
      `$ node/worker-1 kubectl patch pod web-2 -p '{"status": {"conditions": [{"type": "Ready", "status": "True"}]}}' => patched`,
      'pod/client tcp://svc/web:80: delivered by web-2',
    ],
  },
  {
    number: 23,
    title: 'terminating and not serving: never used',
    yaml: BASE + service('web', 'ports: [{port: 80}]') + slice('web', 'port: 8080', `${IP_1} worker-1 unready terminating`),
    steps: ['pod/client tcp://svc/web:80: rejected ECONNREFUSED rule default/web has no endpoints'],
  },
  {
    number: 24,
    title: 'policy Local: ready ones of the node, else those that serve while they terminate, else nobody, ready ones elsewhere or not',
    yaml:
      BASE +
      service('web', 'type: NodePort, externalTrafficPolicy: Local, ports: [{port: 80, nodePort: 30080}]') +
      slice('web', 'port: 8080', `${IP_1} worker-1 terminating`, `${IP_2} worker-2`),
    steps: [
      'internet tcp://node/worker-1:30080: delivered by web-1 seen internet',
      'internet tcp://node/worker-2:30080: delivered by web-2 seen internet',
      '$ node/worker-1 kubectl delete endpointslice web-2-port8080 => deleted',
      `$ node/worker-1 kubectl apply -f - <<E\n${slice('web', 'port: 8080', `${IP_2} worker-2`).slice(4)}E`,
      'internet tcp://node/worker-1:30080: timeout NETFILTER_DROP at node/worker-1 rule default/web has no local endpoints',
    ],
  },
  {
    number: 25,
    title: 'each policy falls back by itself: Local to the terminating pod, Cluster to the ready one',
    yaml:
      BASE +
      service('web', 'type: NodePort, externalTrafficPolicy: Local, ports: [{port: 80, nodePort: 30080}]') +
      slice('web', 'port: 8080', `${IP_1} worker-1 terminating`, `${IP_2} worker-2`),
    steps: ['internet tcp://node/worker-1:30080: delivered by web-1', 'pod/client tcp://svc/web:80: delivered by web-2'],
  },
  {
    number: 26,
    title: 'pods that failed are no endpoints',
    yaml: `${TWO_NODES + CLIENT}${WEB_1}status: {phase: Failed, reason: Evicted}\n${service('web', `selector: {app: web}, ${PORTS}`)}`,
    steps: ['pod/client tcp://svc/web:80: rejected ECONNREFUSED rule default/web has no endpoints'],
  },
  {
    number: 27,
    title: 'the last endpoint deleted: established connections go on, new ones are refused',
    yaml:
      BASE +
      service('web', 'type: NodePort, ports: [{port: 80, nodePort: 30080}]') +
      slice('web', 'port: 8080', `${IP_1} worker-1`) +
      meanwhile('internet', 'tcp://node/worker-2:30080', 22, 'kubectl delete endpointslice web-1-port8080'),
    steps: ['walk meanwhile: delivered by web-1', 'internet tcp://node/worker-2:30080: rejected ECONNREFUSED at node/worker-2'],
  },
  {
    number: 27,
    title: 'a pod that is deleted while a connection lasts finishes it; then it is gone',
    yaml:
      TWO_NODES +
      CLIENT +
      WEB_2 +
      service('web', 'type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]') +
      meanwhile('internet', 'tcp://node/worker-1:30080', 22, 'kubectl delete pod web-2'),
    steps: [
      'walk meanwhile: delivered by web-2',
      '$ node/worker-1 kubectl get pods --no-headers => not web-2',
      'internet tcp://node/worker-1:30080: rejected ECONNREFUSED at node/worker-1',
      '$ node/worker-2 ip netns list => not cni-',
    ],
  },
  {
    number: 55,
    title: 'when the only ready endpoint of the zone goes, all zones are used again',
    yaml:
      cluster(
        'nodes: [{name: worker-1, labels: {topology.kubernetes.io/zone: a}}, {name: worker-2, labels: {topology.kubernetes.io/zone: b}}]',
      ) +
      CLIENT +
      WEB_1 +
      WEB_2 +
      service('web', `trafficDistribution: PreferClose, selector: {app: web}, ${PORTS}`),
    steps: [
      'pod/client tcp://svc/web:80: delivered by web-1',
      'node/worker-2 tcp://svc/web:80: delivered by web-2',
      '$ node/worker-1 kubectl delete pod web-1 => deleted',
      'pod/client tcp://svc/web:80: delivered by web-2',
    ],
  },
  {
    number: 61,
    title: 'a UDP client with one source port reaches a new endpoint when its own is gone',
    yaml:
      TWO_NODES +
      CLIENT +
      pod('dns-1', 'app: dns', 'worker-2', '5353/UDP') +
      pod('dns-2', 'app: dns', 'worker-2', '5353/UDP', 'unready') +
      service('dns', 'clusterIP: 10.96.0.99, selector: {app: dns}, ports: [{protocol: UDP, port: 53, targetPort: 5353}]'),
    steps: [
      '$ pod/client echo one | nc -u -w 1 -p 5000 10.96.0.99 53 => dns-1',
      `$ node/worker-1 kubectl patch pod dns-2 -p '{"status": {"conditions": [{"type": "Ready", "status": "True"}]}}' => patched`,
      '$ pod/client echo two | nc -u -w 1 -p 5000 10.96.0.99 53 => dns-1',
      '$ node/worker-1 kubectl delete pod dns-1 => deleted',
      '$ pod/client echo three | nc -u -w 1 -p 5000 10.96.0.99 53 => dns-2',
    ],
  },
  {
    number: 62,
    title: 'UDP packets sent before the Service had endpoints do not keep it from working later',
    yaml:
      TWO_NODES +
      CLIENT +
      pod('dns-1', 'app: dns', 'worker-2', '5353/UDP', 'unready') +
      service('dns', 'clusterIP: 10.96.0.99, selector: {app: dns}, ports: [{protocol: UDP, port: 53, targetPort: 5353}]'),
    steps: [
      '$ pod/client echo one | nc -u -w 1 -p 5000 10.96.0.99 53 => ',
      `$ node/worker-1 kubectl patch pod dns-1 -p '{"status": {"conditions": [{"type": "Ready", "status": "True"}]}}' => patched`,
      '$ pod/client echo two | nc -u -w 1 -p 5000 10.96.0.99 53 => dns-1',
    ],
  },
]

describe('endpoints', () => {
  it.each(ENDPOINTS)('$number: $title', (behaviour) => prove(behaviour))
})
