/** What kube-proxy does about rules that somebody else took away, by number. */
import { describe, it } from 'vitest'
import { type Behaviour, cluster, pod, prove, service } from './service-behaviours.fixture.ts'

const PODS = pod('client', 'app: client', 'worker-1') + pod('web', 'app: web', 'worker-2')
const WEB = service('web', 'clusterIP: 10.96.0.80, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]')
const OTHER = service('other', 'clusterIP: 10.96.0.90, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]')
const IPTABLES = cluster('nodes: 2') + PODS + WEB
const IPVS = cluster('nodes: 2, kubeProxy: {mode: ipvs}') + PODS + WEB

const TO_WEB = 'pod/client tcp://10.96.0.80:80'
const REACHED = `${TO_WEB}: delivered by web<client heard 10.96.0.80`
/** Without a rule for it, the address goes to the gateway, which lets nothing in from pods. */
const LOST = `${TO_WEB}: timeout NETFILTER_DROP at gateway`
const flush = (...tables: readonly string[]): string[] =>
  tables.flatMap((table) => [`$ node/worker-1 iptables -t ${table} -F`, `$ node/worker-1 iptables -t ${table} -X`])
const ALL_TABLES = flush('nat', 'filter', 'mangle')
/** A walk that times out takes 127 s: a quicker client of the same kind. */
const REFUSED_QUICKLY = '$ pod/client nc -vz -w 1 10.96.0.80 80 => timed out'

const CASES: readonly Behaviour[] = [
  {
    number: 72,
    title: 'every table flushed: nothing for 30 s, then everything is there again',
    yaml: IPTABLES,
    steps: [REACHED, ...ALL_TABLES, REFUSED_QUICKLY, 'wait 20', REFUSED_QUICKLY, 'wait 10', REACHED],
  },
  {
    number: 72,
    title: 'a client whose SYN is sent again long enough gets through',
    yaml: IPTABLES,
    steps: [...ALL_TABLES, REACHED],
  },
  {
    number: 72,
    title: 'jumps, canaries and the kubelet’s chains come back too, each once',
    yaml: IPTABLES,
    steps: [
      ...ALL_TABLES,
      'wait 61',
      '$ node/worker-1 iptables -t mangle -S => -N KUBE-PROXY-CANARY',
      '$ node/worker-1 iptables -t mangle -S => -N KUBE-KUBELET-CANARY',
      '$ node/worker-1 iptables -t mangle -S => -N KUBE-IPTABLES-HINT',
      '$ node/worker-1 iptables-save | grep -c "A PREROUTING.*-j KUBE-SERVICES" => 1',
      'wait 120',
      '$ node/worker-1 iptables-save | grep -c "A PREROUTING.*-j KUBE-SERVICES" => 1',
      ...ALL_TABLES,
      'wait 31',
      REACHED,
    ],
  },
  {
    number: 72,
    title: 'the canary of mangle alone is looked at: nat flushed by itself is not noticed',
    yaml: IPTABLES,
    steps: [...flush('nat'), 'wait 90', LOST],
  },
  {
    number: 72,
    title: 'mangle flushed by itself: after five seconds more kube-proxy does not wait for the others, and writes everything',
    yaml: IPTABLES,
    steps: [
      '$ node/worker-1 iptables -t nat -D KUBE-SERVICES 1',
      '$ node/worker-1 iptables -t nat -D KUBE-SERVICES 1',
      ...flush('mangle'),
      'wait 33',
      REFUSED_QUICKLY,
      'wait 3',
      REACHED,
    ],
  },
  {
    number: 72,
    title: 'a rule deleted by hand in KUBE-SERVICES is not noticed, and comes back when that chain is written for another Service',
    yaml: IPTABLES + OTHER,
    steps: [
      '$ node/worker-1 iptables -t nat -D KUBE-SERVICES -d 10.96.0.80/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-LOLE4ISW44XBNF3G',
      'wait 300',
      LOST,
      '$ node/worker-1 kubectl delete service other',
      REACHED,
    ],
  },
  {
    number: 72,
    title: 'a rule deleted by hand in a chain of the Service’s own does not, until that Service changes',
    yaml: IPTABLES + OTHER + pod('web-2', 'app: web', 'worker-1'),
    steps: [
      '$ node/worker-1 iptables -t nat -F KUBE-SVC-LOLE4ISW44XBNF3G',
      '$ node/worker-1 kubectl delete service other',
      LOST,
      '$ node/worker-1 kubectl delete pod web-2',
      REACHED,
    ],
  },
  {
    number: 72,
    title: 'a sync that fails because chains of other Services are gone is made up for by a full one, syncPeriod later',
    yaml: IPTABLES + OTHER,
    steps: [...flush('nat'), '$ node/worker-1 kubectl delete service other', REFUSED_QUICKLY, 'wait 30', REACHED],
    fails: ['iptables-restore -w --noflush --counters'],
  },
  {
    number: 72,
    title: 'syncPeriod of the configuration is the time between two looks',
    yaml: cluster('nodes: 2, kubeProxy: {iptables: {syncPeriod: 5s}}') + PODS + WEB,
    steps: [...ALL_TABLES, 'wait 6', REACHED],
  },
  {
    number: 72,
    title: 'sleep in a terminal passes the time too',
    yaml: IPTABLES,
    steps: [...ALL_TABLES, '$ node/worker-1 sleep 20s 10', REACHED],
  },
  {
    number: 72,
    title: 'IPVS mode has no canary, and writes everything every 30 s: services',
    yaml: IPVS,
    steps: [REACHED, '$ node/worker-1 ipvsadm -C', `${TO_WEB}: refused`, 'wait 30', REACHED],
  },
  {
    number: 72,
    title: 'IPVS: real servers, and services of others',
    yaml: IPVS,
    steps: [
      '$ node/worker-1 ipvsadm -d -t 10.96.0.80:80 -r 10.244.2.2:8080',
      '$ node/worker-1 ipvsadm -a -t 10.96.0.80:80 -r 10.244.2.9:8080 -m',
      '$ node/worker-1 ipvsadm -A -t 10.96.0.99:80 -s rr',
      'wait 30',
      REACHED,
      '$ node/worker-1 ipvsadm -Sn => not 10.96.0.99',
      '$ node/worker-1 ipvsadm -Sn => not 10.244.2.9',
    ],
  },
  {
    number: 72,
    title: 'IPVS: the device, its addresses and the sets',
    yaml: IPVS,
    steps: [
      '$ node/worker-1 ip link del kube-ipvs0',
      '$ node/worker-1 ipset flush KUBE-CLUSTER-IP',
      '$ node/worker-1 ipset add KUBE-CLUSTER-IP 10.96.0.99,tcp:80',
      'wait 30',
      '$ node/worker-1 ip -o addr show dev kube-ipvs0 => 10.96.0.80/32',
      '$ node/worker-1 ipset save KUBE-CLUSTER-IP => add KUBE-CLUSTER-IP 10.96.0.80,tcp:80',
      '$ node/worker-1 ipset save KUBE-CLUSTER-IP => not 10.96.0.99',
      REACHED,
    ],
  },
  {
    number: 72,
    title: 'IPVS: a rule of its chains, and all of them, with the jumps',
    yaml: IPVS,
    steps: [
      '$ node/worker-1 iptables -t nat -F KUBE-POSTROUTING',
      '$ node/worker-1 iptables -F KUBE-IPVS-FILTER',
      'wait 30',
      '$ node/worker-1 iptables -t nat -S KUBE-POSTROUTING => -j MASQUERADE',
      '$ node/worker-1 iptables -S KUBE-IPVS-FILTER => -j REJECT',
      ...flush('nat', 'filter'),
      'wait 30',
      '$ node/worker-1 iptables -t nat -S POSTROUTING => -j KUBE-POSTROUTING',
      REACHED,
    ],
  },
]

describe('72, its second half', () => {
  it.each(CASES)('$number: $title', prove)
})
