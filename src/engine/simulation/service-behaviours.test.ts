/** What users of Services see, number by number: reaching a Service, endpoints, node ports. */
import { describe, it } from 'vitest'
import {
  type Behaviour,
  CLIENT,
  cluster,
  outsider,
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
/** A machine of the LAN that has a route to Service addresses by worker-1. */
const OUTSIDER = outsider('172.18.0.11', '10.96.0.0/16')

const REACHING: readonly Behaviour[] = [
  {
    number: 1,
    title: 'a pod reaches one ready endpoint, which sees the pod itself, on the same and on another node',
    yaml: BASE + WEB,
    steps: ['pod/client tcp://svc/web:80: delivered by web-1,web-2 seen client'],
  },
  {
    number: 2,
    title: 'a process of the node is masqueraded, since the node is not in the cluster CIDR',
    yaml: BASE + WEB,
    steps: ['node/worker-1 tcp://svc/web:80: delivered by web-1,web-2 seen node/worker-1'],
  },
  {
    number: 3,
    title: 'a client off the cluster is masqueraded',
    yaml: BASE + WEB + OUTSIDER,
    steps: ['host/outsider tcp://svc/web:80: delivered by web-1,web-2 seen node/worker-1'],
  },
  {
    number: 3,
    title: 'with no detector and no masqueradeAll it is not',
    yaml: cluster('nodes: 2, kubeProxy: {clusterCIDR: ""}') + WEB_1 + WEB + OUTSIDER,
    steps: ['host/outsider tcp://svc/web:80: delivered by web-1 seen host/outsider'],
  },
  {
    number: 4,
    title: 'masqueradeAll: pods too',
    yaml: cluster('nodes: 2, kubeProxy: {iptables: {masqueradeAll: true}}') + CLIENT + WEB_1 + WEB_2 + WEB,
    steps: ['pod/client tcp://svc/web:80: delivered by web-1,web-2 seen node/worker-1'],
  },
  {
    number: 5,
    title: 'a pod that reaches itself by its own Service sees the bridge, not itself',
    yaml:
      TWO_NODES +
      WEB_1 +
      service(
        'web',
        `type: NodePort, selector: {app: web}, externalIPs: [192.0.2.7], ports: [{port: 80, targetPort: 8080, nodePort: 30080}]`,
      ),
    steps: [
      'pod/web-1 tcp://svc/web:80: delivered by web-1 seen 10.244.1.1',
      'pod/web-1 tcp://node/worker-1:30080: delivered by web-1 seen 10.244.1.1',
      'pod/web-1 tcp://192.0.2.7:80: delivered by web-1 seen 10.244.1.1',
    ],
  },
  {
    number: 6,
    title: 'a pod that reaches another endpoint of its own Service keeps its address',
    yaml: BASE + WEB,
    steps: ['pod/web-1 tcp://svc/web:80: delivered by web-1<10.244.1.1,web-2<web-1'],
  },
  {
    number: 7,
    title: 'the port after DNAT is the EndpointSlice’s; a named targetPort may differ from pod to pod',
    yaml:
      TWO_NODES +
      CLIENT +
      pod('web-1', 'app: web', 'worker-1', '8080/TCP/http') +
      pod('web-2', 'app: web', 'worker-2', '9090/TCP/http') +
      service('web', 'selector: {app: web}, ports: [{port: 80, targetPort: http}]'),
    steps: [
      'pod/client tcp://svc/web:80: delivered by web-1,web-2',
      '$ node/worker-1 kubectl get endpointslices --no-headers => 9090   10.244.2.2',
      '$ node/worker-1 iptables-save -t nat => --to-destination 10.244.2.2:9090',
    ],
  },
  {
    number: 8,
    title: 'one number for TCP and UDP is two ports',
    yaml:
      TWO_NODES +
      CLIENT +
      pod('web-1', 'app: web', 'worker-1', '8080/TCP 8080/UDP') +
      service(
        'web',
        'selector: {app: web}, ports: [{name: t, port: 80, targetPort: 8080}, {name: u, protocol: UDP, port: 80, targetPort: 9999}]',
      ),
    steps: ['pod/client tcp://svc/web:80: delivered by web-1', 'pod/client udp://svc/web:80: rejected ECONNREFUSED'],
  },
  {
    number: 9,
    title: 'several Services may select the same pods',
    yaml: BASE + WEB + service('shop', 'selector: {app: web}, ports: [{port: 8000, targetPort: 8080}]'),
    steps: ['pod/client tcp://svc/web:80: delivered by web-1,web-2', 'pod/client tcp://svc/shop:8000: delivered by web-1,web-2'],
  },
  {
    number: 10,
    title: 'an EndpointSlice whose port has another name gives that port no endpoints',
    yaml:
      BASE +
      service('web', 'ports: [{name: http, port: 80}, {name: admin, port: 81}]') +
      slice('web', 'name: http, port: 8080', '10.244.1.3 worker-1') +
      slice('web', 'name: adm, port: 8080', '10.244.2.2 worker-2'),
    steps: [
      'pod/client tcp://svc/web:80: delivered by web-1',
      'pod/client tcp://svc/web:81: rejected ECONNREFUSED rule default/web:admin has no endpoints',
    ],
  },
  {
    number: 11,
    title: 'a port that the Service does not list leaves by the default route',
    yaml: BASE + WEB,
    steps: ['pod/client tcp://svc/web:81: timeout NETFILTER_DROP at gateway'],
  },
  {
    number: 12,
    title: 'an address of the Service CIDR that nobody has: iptables mode does nothing',
    yaml: BASE + WEB,
    steps: ['pod/client tcp://10.96.77.77:80: timeout NETFILTER_DROP at gateway'],
  },
  {
    number: 13,
    title: 'nobody answers a ping of a ClusterIP',
    yaml: BASE + WEB,
    steps: ['pod/client ping svc/web: timeout'],
  },
  {
    number: 14,
    title: 'headless and ExternalName: no rules; the label service-proxy-name takes them away',
    yaml:
      BASE.replace('dns: none, ', '') +
      service('none', `clusterIP: None, selector: {app: web}, ${PORTS}`) +
      service('out', 'type: ExternalName, externalName: www.example.com') +
      service('other', `selector: {app: web}, ${PORTS}`, ', labels: {service.kubernetes.io/service-proxy-name: another}'),
    steps: [
      '$ node/worker-1 iptables-save => not default/none',
      '$ node/worker-1 iptables-save => not default/out',
      // The name leads to the pods themselves: nothing maps port 80 to theirs.
      'pod/client tcp://none:8080: delivered by one heard 10.244.1.3',
      'pod/client tcp://none:80: refused',
      'pod/client http://out/: delivered',
      'pod/client tcp://svc/other:80: timeout',
      '$ node/worker-1 kubectl label service other service.kubernetes.io/service-proxy-name- => labeled',
      'pod/client tcp://svc/other:80: delivered by web-1,web-2',
      '$ node/worker-1 kubectl label service other service.kubernetes.io/headless= => labeled',
      'pod/client tcp://svc/other:80: timeout',
    ],
  },
  {
    number: 15,
    title: 'a change of type adds and removes exactly its rules',
    yaml: BASE + service('web', 'type: ExternalName, externalName: www.example.com'),
    steps: [
      '$ node/worker-1 iptables-save => not default/web',
      `$ node/worker-1 kubectl apply -f - <<E\n{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "clusterIP": "10.96.0.20", "ports": [{"port": 80, "targetPort": 8080}]}}\nE => configured`,
      'pod/client tcp://10.96.0.20:80: delivered by web-1,web-2',
      'node/worker-1 tcp://node/worker-2:30080: refused',
      `$ node/worker-1 kubectl patch service web -p '{"spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}]}}' => patched`,
      'node/worker-1 tcp://node/worker-2:30080: delivered by web-1,web-2',
      `$ node/worker-1 kubectl patch service web -p '{"spec": {"type": "ClusterIP", "ports": [{"port": 80, "nodePort": null}]}}' => patched`,
      'node/worker-1 tcp://node/worker-2:30080: refused',
      'pod/client tcp://10.96.0.20:80: delivered by web-1,web-2',
    ],
  },
  {
    number: 16,
    title: 'new connections are spread evenly; a connection stays with its endpoint',
    yaml: BASE + pod('web-3', 'app: web', 'worker-2') + WEB,
    steps: ['pod/client tcp://svc/web:80: delivered by web-1,web-2,web-3 seen client'],
  },
]

describe('reaching a Service', () => {
  it.each(REACHING)('$number: $title', (behaviour) => prove(behaviour))
})
