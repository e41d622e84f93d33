/** What users of Services see, number by number: node ports, load balancers, external IPs, policies. */
import { describe, it } from 'vitest'
import {
  type Behaviour,
  CLIENT,
  cluster,
  ingress,
  NODE_PORT,
  outsider,
  PODS,
  pod,
  prove,
  service,
  slice,
  WEB_1,
  WEB_2,
} from './service-behaviours.fixture.ts'

const THREE_NODES = cluster('nodes: 3')
const BASE = THREE_NODES + PODS
/** A machine of the LAN that sends what is for 192.0.2.0/24 to worker-3, which has no endpoints. */
const OUTSIDER = outsider('172.18.0.13', '192.0.2.0/24')
const VIP = ingress('192.0.2.8')
const proxy = (config: string): string =>
  cluster(`nodes: [{name: worker-1, addresses: [172.19.0.11]}, worker-2], kubeProxy: ${config}`.replace('worker-2]', '{name: worker-2}]'))

const NODE_PORTS: readonly Behaviour[] = [
  {
    number: 28,
    title: 'a node port works on every node, those without endpoints too, masqueraded',
    yaml: BASE + service('web', `type: NodePort, ${NODE_PORT}`),
    steps: ['worker-1', 'worker-2', 'worker-3'].map(
      (node) => `internet tcp://node/${node}:30080: delivered by web-1,web-2 seen node/${node}`,
    ),
  },
  {
    number: 29,
    title: 'on every local address of the node',
    yaml: proxy('{}') + WEB_1 + WEB_2 + service('web', `type: NodePort, ${NODE_PORT}`),
    steps: ['172.18.0.11', '172.19.0.11', '10.244.1.1', '127.0.0.1'].map(
      (to) => `node/worker-1 tcp://${to}:30080: delivered by web-1,web-2`,
    ),
  },
  {
    number: 30,
    title: 'nodePortAddresses: only on those that it holds; the others are the host’s own',
    yaml: proxy('{nodePortAddresses: [172.18.0.0/16]}') + WEB_1 + WEB_2 + service('web', `type: NodePort, ${NODE_PORT}`),
    steps: [
      'node/worker-1 tcp://172.18.0.11:30080: delivered by web-1,web-2',
      ...['172.19.0.11', '10.244.1.1', '127.0.0.1'].map((to) => `node/worker-1 tcp://${to}:30080: refused`),
    ],
  },
  {
    number: 31,
    title: '127.0.0.1:nodePort needs localhostNodePorts and the loopback in nodePortAddresses',
    yaml: proxy('{iptables: {localhostNodePorts: false}}') + WEB_1 + service('web', `type: NodePort, ${NODE_PORT}`),
    steps: ['node/worker-1 tcp://127.0.0.1:30080: refused', 'node/worker-1 tcp://172.18.0.11:30080: delivered by web-1'],
  },
  {
    number: 31,
    title: '… and route_localnet',
    yaml: proxy('{nodePortAddresses: [127.0.0.0/8, 172.18.0.0/16]}') + WEB_1 + service('web', `type: NodePort, ${NODE_PORT}`),
    steps: [
      'node/worker-1 tcp://127.0.0.1:30080: delivered by web-1',
      '$ node/worker-1 sysctl -w net.ipv4.conf.all.route_localnet=0 => = 0',
      'node/worker-1 tcp://127.0.0.1:30080: timeout',
    ],
  },
  {
    number: 32,
    title: 'the martian guard: loopback addresses from outside are dropped, unless conntrack knows why they come',
    yaml:
      proxy('{}') +
      WEB_1 +
      service('web', `type: NodePort, ${NODE_PORT}`) +
      `---
apiVersion: packetwalk.dev/v1alpha1
kind: Host
metadata: {name: intruder}
spec: {setup: "ip route del local 127.0.0.0/8 dev lo table local; ip route add 127.0.0.5 via 172.18.0.11"}
`,
    steps: ['host/intruder tcp://127.0.0.5:6443: timeout NETFILTER_DROP at node/worker-1 rule block incoming localnet connections'],
  },
  {
    number: 33,
    title: 'policy Local: the node’s own endpoints, which see the client; a node without any is silent',
    yaml: BASE + service('web', `type: NodePort, externalTrafficPolicy: Local, ${NODE_PORT}`),
    steps: [
      'internet tcp://node/worker-1:30080: delivered by web-1 seen internet',
      'internet tcp://node/worker-2:30080: delivered by web-2 seen internet',
      'internet tcp://node/worker-3:30080: timeout NETFILTER_DROP at node/worker-3 rule default/web has no local endpoints',
    ],
  },
  {
    number: 34,
    title: '… but a pod and the node itself reach any endpoint; the node is masqueraded, the pod is not',
    yaml: BASE + service('web', `type: LoadBalancer, externalIPs: [192.0.2.7], externalTrafficPolicy: Local, ${NODE_PORT}`) + VIP,
    steps: ['172.18.0.11:30080', '192.0.2.7:80', '192.0.2.8:80'].flatMap((to) => [
      `pod/client tcp://${to}: delivered by web-1,web-2 seen client`,
      `node/worker-1 tcp://${to}: delivered by web-1,web-2 seen node/worker-1`,
    ]),
  },
  {
    number: 35,
    title: 'with policy Cluster a pod is masqueraded as well, be the endpoint on its own node',
    yaml: THREE_NODES + CLIENT + WEB_1 + service('web', `type: NodePort, ${NODE_PORT}`),
    steps: ['pod/client tcp://node/worker-1:30080: delivered by web-1 seen node/worker-1'],
  },
  {
    number: 36,
    title: 'source ranges do not touch node ports',
    yaml: BASE + service('web', `type: LoadBalancer, loadBalancerSourceRanges: [198.18.0.0/15], ${NODE_PORT}`) + VIP,
    steps: ['internet tcp://node/worker-1:30080: delivered by web-1,web-2'],
  },
  {
    number: 37,
    title: 'what a pod sends to a node port of another node is that node’s business',
    yaml: BASE + service('web', `type: NodePort, ${NODE_PORT}`),
    steps: [
      'pod/client tcp://node/worker-2:30080: delivered by web-1,web-2 seen node/worker-2',
      '$ node/worker-2 conntrack -L -p tcp --dport 30080 => src=10.244.1.2 dst=172.18.0.12',
    ],
  },
  {
    number: 38,
    title: 'without endpoints every local address refuses, whatever nodePortAddresses says',
    yaml: proxy('{nodePortAddresses: [172.18.0.0/16]}') + service('web', `type: NodePort, ${NODE_PORT}`),
    steps: ['172.18.0.11', '172.19.0.11'].map(
      (to) => `node/worker-1 tcp://${to}:30080: rejected ECONNREFUSED rule default/web has no endpoints`,
    ),
  },
]

const LOAD_BALANCERS: readonly Behaviour[] = [
  {
    number: 39,
    title: 'the load balancer’s address is short-cut on the node',
    yaml: BASE + service('web', `type: LoadBalancer, ${NODE_PORT}`) + VIP,
    steps: [
      '$ gateway ip link set eth0 down',
      'pod/client tcp://192.0.2.8:80: delivered by web-1,web-2 seen node/worker-1',
      'node/worker-3 tcp://192.0.2.8:80: delivered by web-1,web-2 seen node/worker-3',
    ],
  },
  {
    number: 40,
    title: 'ipMode Proxy: no rules for the address; the traffic leaves the node and comes back by the load balancer',
    yaml: BASE + service('web', `type: LoadBalancer, ${NODE_PORT}`) + ingress('192.0.2.8, ipMode: Proxy'),
    steps: [
      '$ node/worker-1 iptables-save => not 192.0.2.8',
      'pod/client tcp://192.0.2.8:80: delivered by web-1,web-2',
      '$ host/load-balancer conntrack -L -p tcp => dst=192.0.2.8',
    ],
  },
  {
    number: 40,
    title: 'nor for a load balancer that has only a name',
    yaml: `${BASE + service('web', `type: LoadBalancer, ${NODE_PORT}`)}status: {loadBalancer: {ingress: [{hostname: lb.example.com}]}}\n`,
    steps: ['$ node/worker-1 iptables-save => not loadbalancer IP', 'internet tcp://node/worker-1:30080: delivered by web-1,web-2'],
  },
  {
    number: 41,
    title: 'source ranges: outside them silence, inside them the Service; pods are outside unless listed',
    yaml:
      BASE +
      OUTSIDER +
      service('web', `type: LoadBalancer, loadBalancerSourceRanges: [172.18.0.50/31, 198.18.0.0/15], ${NODE_PORT}`) +
      VIP +
      service(
        'pods',
        'type: LoadBalancer, loadBalancerSourceRanges: [10.244.0.0/16], selector: {app: web}, ports: [{port: 80, targetPort: 8080}]',
      ) +
      ingress('192.0.2.9'),
    steps: [
      'host/outsider tcp://192.0.2.8:80: delivered by web-1,web-2',
      'pod/client tcp://192.0.2.8:80: timeout NETFILTER_DROP at node/worker-1 rule traffic not accepted by KUBE-FW-',
      'pod/client tcp://192.0.2.9:80: delivered by web-1,web-2',
      'host/outsider tcp://192.0.2.9:80: timeout NETFILTER_DROP at node/worker-3 rule traffic not accepted by KUBE-FW-',
    ],
  },
  {
    number: 42,
    title: 'a range that holds the node’s address lets in what comes from the load balancer’s own',
    yaml: BASE + service('web', `type: LoadBalancer, loadBalancerSourceRanges: [172.18.0.0/24], ${NODE_PORT}`) + VIP,
    steps: [
      '$ node/worker-1 ip addr add 192.0.2.8/32 dev eth0',
      'node/worker-1 tcp://192.0.2.8:80: delivered by web-1,web-2',
      '$ node/worker-1 iptables-save -c -t nat => -s 192.0.2.8/32',
      // The source is the address itself: without the range that holds the node's, it is let in nowhere.
      `$ node/worker-1 kubectl patch svc web -p '{"spec": {"loadBalancerSourceRanges": ["198.18.0.0/15"]}}' => patched`,
      'node/worker-1 tcp://192.0.2.8:80: timeout NETFILTER_DROP at node/worker-1 rule traffic not accepted by KUBE-FW-',
    ],
  },
  {
    number: 43,
    title: 'policy Local: the client’s address is kept; the load balancer leaves out nodes without endpoints',
    yaml: BASE + service('web', `type: LoadBalancer, externalTrafficPolicy: Local, ${NODE_PORT}`),
    steps: [
      'internet tcp://svc/web:80: delivered by web-1,web-2 seen internet',
      '$ host/load-balancer iptables-save => not worker-3',
      '$ node/worker-1 kubectl delete pod web-2 => deleted',
      'internet tcp://svc/web:80: delivered by web-1 seen internet',
    ],
  },
  {
    number: 43,
    title: 'policy Cluster: every node is healthy, and masquerades',
    yaml: BASE + service('web', `type: LoadBalancer, ${NODE_PORT}`),
    steps: ['internet tcp://svc/web:80: delivered by web-1,web-2', '$ host/load-balancer iptables-save => worker-3'],
  },
  {
    number: 44,
    title: 'externalIPs are captured on every node; policy Local applies to them as well',
    yaml: BASE + OUTSIDER + service('web', 'externalIPs: [192.0.2.7], selector: {app: web}, ports: [{port: 80, targetPort: 8080}]'),
    steps: [
      'host/outsider tcp://192.0.2.7:80: delivered by web-1,web-2 seen node/worker-3',
      `$ node/worker-1 kubectl patch svc web -p '{"spec": {"externalTrafficPolicy": "Local"}}' => patched`,
      'host/outsider tcp://192.0.2.7:80: timeout NETFILTER_DROP at node/worker-3 rule default/web has no local endpoints',
    ],
  },
  {
    number: 45,
    title: 'the health check port says 200 with local endpoints, else 503, and how many',
    yaml: BASE + service('web', `type: LoadBalancer, healthCheckNodePort: 31000, externalTrafficPolicy: Local, ${NODE_PORT}`),
    steps: [
      'node/worker-3 http://172.18.0.11:31000/: delivered status 200 seen node/worker-3',
      '$ node/worker-3 curl -si http://172.18.0.11:31000/ => X-Load-Balancing-Endpoint-Weight: 1',
      '$ node/worker-3 curl -s http://172.18.0.11:31000/ => "localEndpoints": 1',
      'node/worker-1 http://172.18.0.13:31000/: delivered status 503',
      '$ node/worker-1 curl -s http://172.18.0.13:31000/ => "namespace": "default"',
      '$ node/worker-1 kubectl delete pod web-1 => deleted',
      'node/worker-3 http://172.18.0.11:31000/: delivered status 503',
      `$ node/worker-1 kubectl patch svc web -p '{"spec": {"externalTrafficPolicy": "Cluster", "healthCheckNodePort": null}}' => patched`,
      'node/worker-3 http://172.18.0.11:31000/: refused',
    ],
  },
  {
    number: 46,
    title: 'it counts addresses, not ports, and no terminating pods',
    yaml:
      THREE_NODES +
      pod('web-1', 'app: web', 'worker-1', '8080 9090') +
      pod('web-2', 'app: web', 'worker-1', '8080 9090', 'deletionTimestamp') +
      pod('web-3', 'app: web', 'worker-2', '8080 9090', 'deletionTimestamp') +
      service(
        'web',
        'type: LoadBalancer, healthCheckNodePort: 31000, externalTrafficPolicy: Local, selector: {app: web}, ports: [{name: a, port: 80, targetPort: 8080, nodePort: 30080}, {name: b, port: 81, targetPort: 9090}]',
      ),
    steps: [
      '$ node/worker-3 curl -s http://172.18.0.11:31000/ => "localEndpoints": 1',
      'node/worker-3 http://172.18.0.11:31000/: delivered status 200',
      'node/worker-3 http://172.18.0.12:31000/: delivered status 503',
      'internet tcp://node/worker-2:30080: delivered by web-3',
    ],
  },
  {
    number: 47,
    title: 'the health check port is open though INPUT drops and there is no endpoint',
    yaml: BASE + service('web', `type: LoadBalancer, healthCheckNodePort: 31000, externalTrafficPolicy: Local, ${NODE_PORT}`),
    steps: [
      '$ node/worker-3 iptables -P INPUT DROP',
      'node/worker-1 http://172.18.0.13:31000/: delivered status 503',
      'node/worker-1 http://172.18.0.13:31001/: timeout NETFILTER_DROP at node/worker-3',
    ],
  },
  {
    number: 48,
    title: 'allocateLoadBalancerNodePorts false: no node port; the address works all the same',
    yaml:
      BASE +
      service(
        'web',
        'type: LoadBalancer, allocateLoadBalancerNodePorts: false, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]',
      ) +
      VIP,
    steps: ['$ node/worker-1 iptables-save => not -A KUBE-NODEPORTS', 'pod/client tcp://192.0.2.8:80: delivered by web-1,web-2'],
  },
  {
    number: 49,
    title: 'UDP and TCP of one number are independent at a load balancer',
    yaml:
      THREE_NODES +
      pod('dns-1', 'app: dns', 'worker-1', '53/UDP') +
      pod('dns-2', 'app: dns', 'worker-2', '53/TCP') +
      service('dns', 'type: LoadBalancer, ports: [{name: u, protocol: UDP, port: 53}, {name: t, port: 53}]') +
      slice('dns', 'name: u, protocol: UDP, port: 53', '10.244.1.2 worker-1') +
      slice('dns', 'name: t, port: 53', '10.244.2.2 worker-2', '10.244.2.2 worker-2'),
    steps: ['internet udp://svc/dns:53: delivered by dns-1', 'internet tcp://svc/dns:53: delivered by dns-2'],
  },
]

describe('node ports', () => {
  it.each(NODE_PORTS)('$number: $title', (behaviour) => prove(behaviour))
})

describe('load balancers and external IPs', () => {
  it.each(LOAD_BALANCERS)('$number: $title', (behaviour) => prove(behaviour))
})
