/** The Corefile of kube-system/coredns as its users see it: questions by walks and dig; what is not modelled is said at its line. */
import { describe, expect, it } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { pod, prove, service } from './service-behaviours.fixture.ts'

const BASE =
  pod('client', 'app: client', 'worker-1', '') +
  pod('web', 'app: web', 'worker-2') +
  service('web', 'clusterIP: 10.96.0.80, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]')
const corefile = (text: string): string => `${BASE}---
apiVersion: v1
kind: ConfigMap
metadata: {name: coredns, namespace: kube-system}
data:
  Corefile: |
${text.replaceAll(/^/gm, '    ')}
`
const KUBEADM = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}`
const dig = (words: string, text: string): string => `$ pod/client dig ${words} => ${text}`
const WEB = 'web.default.svc.cluster.local'
const said = (text: string): string[] =>
  parseScenario(corefile(text))
    .diagnostics.filter(({ code }) => code === 'corefile')
    .map(({ message, range }) => `${range.line} ${message}`)
const FIRST =
  corefile('')
    .split('\n')
    .findIndex((line) => line.includes('Corefile: |')) + 2

describe('a Corefile', () => {
  it.each<readonly [string, string, readonly string[]]>([
    [
      "kubeadm's is what every cluster has",
      KUBEADM,
      [
        'pod/client http://web/: delivered by web',
        dig(WEB, `${WEB}. 30 IN\tA\t10.96.0.80`),
        'pod/client http://www.example.com/: delivered',
      ],
    ],
    ['ttl', KUBEADM.replace('ttl 30', 'ttl 7'), [dig(WEB, `${WEB}. 7 IN\tA\t10.96.0.80`)]],
    ['without ttl it is 5 s', KUBEADM.replace('ttl 30', ''), [dig(WEB, `${WEB}. 5 IN\tA\t10.96.0.80`)]],
    ['pods disabled', KUBEADM.replace('pods insecure', 'pods disabled'), [dig('10-244-1-2.default.pod.cluster.local', 'status: NXDOMAIN')]],
    ['pods insecure', KUBEADM, [dig('+short 10-1-1-1.default.pod.cluster.local', '10.1.1.1')]],
    [
      'namespaces',
      KUBEADM.replace('ttl 30', 'namespaces kube-system'),
      [dig(WEB, 'status: NXDOMAIN'), 'pod/client http://web/: unresolved'],
    ],
    [
      'the zone is missing: names of the cluster are asked outside, where nobody knows them',
      KUBEADM.replace('cluster.local in-addr.arpa ip6.arpa', 'corp.local in-addr.arpa ip6.arpa'),
      [
        'pod/client http://web/: unresolved',
        dig('+short web.default.svc.corp.local', '10.96.0.80'),
        'pod/client http://www.example.com/: delivered',
      ],
    ],
    [
      'no forward: a name outside is a server failure',
      KUBEADM.replace(/forward[^}]*\}/, ''),
      [
        dig('www.example.com', 'status: SERVFAIL'),
        'pod/client http://web/: delivered by web',
        'pod/client http://www.example.com/: unresolved',
      ],
    ],
    [
      'a server of the cluster’s zone only refuses all other names',
      KUBEADM.replace('.:53', 'cluster.local:53').replace(/forward[^}]*\}/, ''),
      [dig('www.example.com', 'status: REFUSED'), 'pod/client http://web/: delivered by web'],
    ],
    [
      'forward to nowhere: names of the cluster go on, others take long and fail',
      KUBEADM.replace('forward . /etc/resolv.conf', 'forward . 172.18.99.99'),
      ['pod/client http://web/: delivered by web', 'pod/client http://www.example.com/: unresolved'],
    ],
    [
      'a zone with an upstream of its own',
      `${KUBEADM}\ncorp.example:53 {\n    forward . 172.18.99.99\n}`,
      ['pod/client http://www.example.com/: delivered', 'pod/client http://db.corp.example/: unresolved'],
    ],
    [
      'another port: nobody listens where the Service leads',
      KUBEADM.replace('.:53', '.:1053'),
      ['pod/client http://web/: unresolved', dig(WEB, 'connection refused')],
    ],
    [
      'CoreDNS does not start: no endpoint is ready, kube-proxy refuses',
      KUBEADM.replace('pods insecure', 'pods sometimes'),
      [
        'pod/client http://web/: unresolved',
        dig(WEB, 'connection refused'),
        '$ node/worker-1 iptables-save => kube-system/kube-dns:dns has no endpoints',
      ],
    ],
  ])('%s', (title, text, steps) => prove({ number: 1, title, yaml: corefile(text), steps }))

  it.each<readonly [string, readonly string[]]>([
    [KUBEADM, []],
    [
      KUBEADM.replace('    errors', '    errors\n    hosts {\n      10.1.1.1 a.example\n    }'),
      [`${FIRST + 2} CoreDNS's plugin hosts is not modelled: answers are as though it were not there.`],
    ],
    [
      KUBEADM.replace('ttl 30', 'endpoint_pod_names'),
      [`${FIRST + 9} endpoint_pod_names of CoreDNS's plugin kubernetes is not modelled: answers are as though it were not there.`],
    ],
    [
      KUBEADM.replace('resolv.conf', 'resolv.conf 1.1.1.1'),
      [`${FIRST + 12} The choice among several upstreams is not modelled: the first, /etc/resolv.conf, is asked.`],
    ],
    [
      KUBEADM.replace('.:53', '.:1053'),
      [
        `${FIRST} The server .:1053 is not modelled: only those on port 53 are.`,
        `${FIRST} No server of the Corefile listens on port 53: questions are refused.`,
      ],
    ],
    ...(
      [
        [KUBEADM.replace('errors', 'erors'), 1, "Unknown directive 'erors'"],
        [
          KUBEADM.replace('pods insecure', 'pods sometimes'),
          7,
          'plugin/kubernetes: wrong value for pods: sometimes, must be one of: disabled, verified, insecure',
        ],
        [KUBEADM.replace('ttl 30', 'time 30'), 9, "plugin/kubernetes: unknown property 'time'"],
        [KUBEADM.replace('/etc/resolv.conf', 'nowhere'), 12, 'plugin/forward: not an IP address or file: "nowhere"'],
        [KUBEADM.slice(0, -1).trimEnd(), 18, "syntax error: unexpected EOF, expecting '}'"],
      ] as const
    ).map(([text, line, error]): readonly [string, readonly string[]] => [
      text,
      [`${FIRST + line} CoreDNS does not start with this Corefile: ${error}. Names of the cluster are not answered.`],
    ]),
  ])('%#: what is not read, or refused, is said at its line', (text, messages) =>
    expect(said(text).map((one) => one.replace(/ {2,}/g, ' '))).toEqual(messages),
  )
})
