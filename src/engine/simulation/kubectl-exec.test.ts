/** Commands in pods by kubectl exec, and DNS asked over TCP: through the network, as a person at a node types them. */
import { expect, test } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { exec } from './exec.ts'

const SCENARIO = parseScenario(`apiVersion: packetwalk.dev/v1alpha1
kind: Cluster
metadata: {name: c}
spec: {nodes: 2}
---
apiVersion: v1
kind: Pod
metadata: {name: client, labels: {app: client}}
spec: {nodeName: worker-1, containers: [{name: one, image: i}, {name: two, image: i}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.80, selector: {app: web}, ports: [{port: 80}]}
`)

function typed(line: string, at = 'node/worker-2'): { out: string; err: string; code: number } {
  const result = exec(SCENARIO, at, line)
  if ('problem' in result) throw new Error(result.problem)
  return { out: result.stdout, err: result.stderr, code: result.code }
}

const DEFAULTED = 'Defaulted container "one" out of: one, two\n'

test.each<[line: string, out: string | RegExp, err: string, code: number]>([
  ['kubectl exec client -- hostname', 'client\n', DEFAULTED, 0],
  ['kubectl exec client -c two -- hostname -I', '10.244.1.2 \n', '', 0],
  ['kubectl exec -it client --container=two -- hostname', 'client\n', '', 0],
  ['kubectl exec deploy/web -- hostname', /^web-/, '', 0],
  ['kubectl exec svc/web -- ss -tln', /:80/, '', 0],
  ['kubectl exec client -c one -- curl -s -o /dev/null -w "%{http_code}" http://web/', '200', '', 0],
  ['kubectl exec client -c one -- cat /etc/resolv.conf', /^search default.svc.cluster.local/, '', 0],
  ['kubectl exec client -c one -- sh -c "ip route | head -1"', /^default via 10.244.1.1/, '', 0],
  ['echo hello | kubectl exec -i client -c one -- cat', 'hello\n', '', 0],
  ['echo hello | kubectl exec client -c one -- cat', '', '', 0],
  ['kubectl exec client -c one -- false', '', 'command terminated with exit code 1\n', 1],
  [
    'kubectl exec client -c one hostname',
    'client\n',
    'kubectl exec [POD] [COMMAND] is DEPRECATED and will be removed in a future version. Use kubectl exec [POD] -- [COMMAND] instead.\n',
    0,
  ],
  [
    'kubectl exec client -c one -- frobnicate',
    '',
    'OCI runtime exec failed: exec failed: unable to start container process: exec: "frobnicate": executable file not found in $PATH: unknown\ncommand terminated with exit code 126\n',
    126,
  ],
  ['kubectl exec -it client -c one -- sh', '', 'kubectl: a shell that asks for more is not modelled: open a terminal in the pod\n', 1],
  ['kubectl exec -n kube-system client -- ls', '', 'Error from server (NotFound): pods "client" not found\n', 1],
])('%s', (line, out, err, code) => {
  const seen = typed(line)
  if (typeof out === 'string') expect(seen.out).toBe(out)
  else expect(seen.out).toMatch(out)
  expect({ err: seen.err, code: seen.code }).toEqual({ err, code })
})

test('what a command in a pod changes stays there', () => {
  expect(typed('kubectl exec client -c one -- ip route del default; kubectl exec client -c one -- curl -s http://10.96.0.80/').code).toBe(7)
})

/** Texts as dig 9.18 prints them where nobody listens, and where packets are dropped. */
test.each<[at: string, line: string, out: string | RegExp]>([
  ['pod/client', 'dig +tcp web.default.svc.cluster.local', /10\.96\.0\.80\n[\s\S]*SERVER: 10\.96\.0\.10#53\(10\.96\.0\.10\) \(TCP\)/],
  ['pod/client', 'dig +short +tcp +search web', '10.96.0.80\n'],
  ['pod/client', 'dig +vc +notcp web.default.svc.cluster.local', /\(UDP\)/],
  ['pod/client', 'dig @10.96.0.10 web.default.svc.cluster.local', /\n; \(1 server found\)\n;; global options: \+cmd\n/],
  ['pod/client', 'dig web.default.svc.cluster.local', /<<>> web\.default\.svc\.cluster\.local\n;; global options: \+cmd\n/],
  [
    'pod/client',
    'dig +tcp +tries=2 @10.96.0.80 x.test',
    ';; Connection to 10.96.0.80#53(10.96.0.80) for x.test failed: timed out.\n;; no servers could be reached\n'.repeat(2),
  ],
  [
    'node/worker-1',
    'dig +tcp @127.0.0.1 x.test',
    ';; Connection to 127.0.0.1#53(127.0.0.1) for x.test failed: connection refused.\n;; no servers could be reached\n'.repeat(3),
  ],
  [
    'pod/client',
    'ip route del default; dig @8.8.8.8 x.test',
    ';; UDP setup with 8.8.8.8#53(8.8.8.8) for x.test failed: network unreachable.\n;; no servers could be reached\n'.repeat(3),
  ],
  [
    'node/worker-1',
    'dig -p 5353 +tries=1 +short @127.0.0.1 x.test',
    ';; communications error to 127.0.0.1#5353: connection refused\n;; no servers could be reached\n',
  ],
])('at %s: %s', (at, line, out) => {
  const seen = typed(line, at)
  if (typeof out === 'string') expect(seen.out).toBe(out)
  else expect(seen.out).toMatch(out)
})
