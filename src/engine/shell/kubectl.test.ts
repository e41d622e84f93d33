/** Layout as kubectl 1.30 prints it. */
import { describe, expect, test } from 'vitest'
import type { KubeApi } from './command.ts'
import { testTerminal } from './test-machine.ts'

const pod = (namespace: string, name: string, app: string, ready = true) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels: { app } },
  spec: { nodeName: 'worker-1', containers: [{ name: 'c', image: 'nginx' }] },
  status: { phase: 'Running', podIP: '10.244.1.2', containerStatuses: [{ name: 'c', ready, restartCount: 0 }] },
})
const OBJECTS: Readonly<Record<string, readonly { metadata: { name: string; namespace?: string } }[]>> = {
  pods: [pod('default', 'web-1', 'web'), pod('shop', 'db', 'db', false)],
  services: [
    {
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        type: 'NodePort',
        clusterIP: '10.96.0.20',
        ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }],
        selector: { app: 'web' },
      },
    },
    {
      metadata: { name: 'lb', namespace: 'default' },
      spec: { type: 'LoadBalancer', clusterIP: '10.96.0.21', ports: [{ port: 80, protocol: 'TCP' }] },
      status: {},
    },
    { metadata: { name: 'none', namespace: 'default' }, spec: { type: 'ClusterIP', clusterIP: 'None', selector: { app: 'db' } } },
  ] as never,
  endpointslices: [
    {
      metadata: { name: 'web-x', namespace: 'default' },
      addressType: 'IPv4',
      ports: [{ port: 80 }],
      endpoints: ['1', '2', '3', '4'].map((n) => ({ addresses: [`10.244.1.${n}`] })),
    },
    { metadata: { name: 'none-x', namespace: 'default' }, addressType: 'IPv4', ports: null, endpoints: [] },
  ] as never,
}
const kube: KubeApi = {
  list: (resource, namespace) => {
    const all = OBJECTS[resource]
    return all === undefined ? null : all.filter(({ metadata }) => namespace === null || metadata.namespace === namespace)
  },
}
const { see } = testTerminal(kube)

describe('kubectl get', () => {
  test.each([
    ['kubectl get pods', 'NAME    READY   STATUS    RESTARTS   AGE\nweb-1   1/1     Running   0          0s\n'],
    ['kubectl get po -n shop', 'NAME   READY   STATUS    RESTARTS   AGE\ndb     0/1     Running   0          0s\n'],
    [
      'kubectl get pods -A',
      'NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE\ndefault     web-1   1/1     Running   0          0s\nshop        db      0/1     Running   0          0s\n',
    ],
    [
      'kubectl get pod web-1 -o wide',
      'NAME    READY   STATUS    RESTARTS   AGE   IP           NODE       NOMINATED NODE   READINESS GATES\nweb-1   1/1     Running   0          0s    10.244.1.2   worker-1   <none>           <none>\n',
    ],
    [
      'kubectl get svc',
      'NAME   TYPE           CLUSTER-IP   EXTERNAL-IP   PORT(S)        AGE\nweb    NodePort       10.96.0.20   <none>        80:30080/TCP   0s\nlb     LoadBalancer   10.96.0.21   <pending>     80/TCP         0s\nnone   ClusterIP      None         <none>        <none>         0s\n',
    ],
    [
      'kubectl get endpointslices',
      'NAME     ADDRESSTYPE   PORTS     ENDPOINTS                                      AGE\nweb-x    IPv4          80        10.244.1.1,10.244.1.2,10.244.1.3 + 1 more...   0s\nnone-x   IPv4          <unset>   <unset>                                        0s\n',
    ],
    ['kubectl get pods -o name', 'pod/web-1\n'],
    ['kubectl get pods -A -l app=db --no-headers', 'shop   db    0/1   Running   0     0s\n'],
    ['kubectl get pods -A -l "app in (web,db),app!=db" -o name', 'pod/web-1\n'],
    ['kubectl get pods -n empty', 'No resources found in empty namespace.\n'],
    ['kubectl get pod nope', 'Error from server (NotFound): pods "nope" not found\n=> 1\n'],
    ['kubectl get foo', 'error: the server doesn\'t have a resource type "foo"\n=> 1\n'],
    ['kubectl frobnicate', 'error: unknown command "frobnicate" for "kubectl"\n=> 1\n'],
    ['kubectl get pods -x', "error: unknown shorthand flag: 'x' in -x\nSee 'kubectl get --help' for usage.\n=> 1\n"],
    ['kubectl exec web-1', 'error: you must specify at least one command for the container\n=> 1\n'],
  ])('%s', (line, seen) => {
    expect(see(line)).toBe(seen)
  })

  test('-o yaml has sorted keys; lists are of kind List', () => {
    expect(see('kubectl get pod web-1 -o yaml')).toBe(`apiVersion: v1
kind: Pod
metadata:
  labels:
    app: web
  name: web-1
  namespace: default
spec:
  containers:
  - image: nginx
    name: c
  nodeName: worker-1
status:
  containerStatuses:
  - name: c
    ready: true
    restartCount: 0
  phase: Running
  podIP: 10.244.1.2
`)
    expect(JSON.parse(see('kubectl get pods -A -o json'))).toMatchObject({ kind: 'List', items: [{ kind: 'Pod' }, { kind: 'Pod' }] })
  })

  test('without a cluster', () => {
    expect(testTerminal().see('kubectl get pods')).toBe(
      'The connection to the server localhost:8080 was refused - did you specify the right host or port?\n=> 1\n',
    )
  })
})

describe('resources that have no table', () => {
  test.each([
    ['kubectl get configmaps', 'kubectl: the resource "configmaps" is not modelled'],
    ['kubectl get cm -A', 'kubectl: the resource "cm" is not modelled'],
    ['kubectl get ingresses.networking.k8s.io', 'kubectl: the resource "ingresses.networking.k8s.io" is not modelled'],
    ['kubectl get networkpolicies', 'kubectl: the resource "networkpolicies" is not modelled'],
    ['kubectl get pods,pvc', 'kubectl: the resource "pvc" is not modelled'],
    ['kubectl get secret/token', 'kubectl: the resource "secret" is not modelled'],
    ['kubectl get widgets', `error: the server doesn't have a resource type "widgets"`],
  ])('%s', (line, said) => {
    expect(see(line)).toContain(said)
  })
})
