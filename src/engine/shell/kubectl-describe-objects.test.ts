/** What `kubectl describe` shows here of pods, nodes, workloads and EndpointSlices (less than the real one), and `get` of endpoints. */
import { describe, expect, test } from 'vitest'
import type { KubeApi } from './command.ts'
import { testTerminal } from './test-machine.ts'

const OBJECTS: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  pods: [
    {
      kind: 'Pod',
      metadata: {
        name: 'full',
        namespace: 'a-namespace-of-27-letters-x',
        labels: { b: '2', a: '1' },
        annotations: { z: '1', y: '' },
        ownerReferences: [
          { kind: 'ReplicaSet', name: 'web-1' },
          { kind: 'Deployment', name: 'web' },
        ],
        deletionTimestamp: 'now',
      },
      spec: {
        nodeName: 'n1',
        containers: [
          { name: 'x', image: 'nginx', ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP', hostPort: 5353 }] },
          { name: 'y', image: 'busybox', ports: [{ containerPort: 81 }] },
        ],
      },
      status: {
        phase: 'Running',
        hostIP: '172.18.0.11',
        podIP: '10.244.1.2',
        containerStatuses: [
          { name: 'x', ready: true, containerID: 'containerd://1' },
          { name: 'y', ready: false },
        ],
        conditions: [
          { type: 'Ready', status: 'False' },
          { type: 'Initialized', status: 'True' },
        ],
      },
    },
    { kind: 'Pod', metadata: { name: 'bare', namespace: 'default' }, spec: { nodeName: 'n2', containers: [{ name: 'x' }] } },
  ],
  nodes: [
    {
      kind: 'Node',
      metadata: { name: 'n1', labels: { zone: 'a' } },
      spec: { podCIDR: '10.244.1.0/24' },
      status: {
        addresses: [
          { type: 'InternalIP', address: '172.18.0.11' },
          { type: 'Hostname', address: 'n1' },
        ],
      },
    },
    { kind: 'Node', metadata: { name: 'n2' } },
  ],
  endpointslices: [
    {
      kind: 'EndpointSlice',
      metadata: { name: 's1', namespace: 'default' },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }, { port: 65535 }],
      endpoints: [
        {
          addresses: ['10.0.0.1', '10.0.0.2'],
          conditions: { ready: false },
          hostname: 'h',
          nodeName: 'n1',
          zone: 'z',
          targetRef: { kind: 'Pod', name: 'full' },
        },
        {},
      ],
    },
  ],
  deployments: [
    {
      kind: 'Deployment',
      metadata: { name: 'd1', namespace: 'default' },
      spec: {
        replicas: 3,
        selector: { matchLabels: { b: '2', a: '1' } },
        template: {
          metadata: { labels: { a: '1' } },
          spec: {
            containers: [
              { name: 'x', image: 'nginx', ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }] },
              { name: 'y' },
            ],
          },
        },
      },
      status: { replicas: 2, readyReplicas: 1 },
    },
  ],
  daemonsets: [
    {
      kind: 'DaemonSet',
      metadata: { name: 'd2', namespace: 'default' },
      spec: { selector: { matchLabels: { a: '1' } } },
      status: { desiredNumberScheduled: 3, currentNumberScheduled: 2, numberReady: 1 },
    },
  ],
  endpoints: [
    { kind: 'Endpoints', metadata: { name: 'e0', namespace: 'default' } },
    {
      kind: 'Endpoints',
      metadata: { name: 'e3', namespace: 'default' },
      subsets: [{ addresses: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }, { ip: '10.0.0.3' }], ports: [{ port: 80 }] }],
    },
    {
      kind: 'Endpoints',
      metadata: { name: 'e4', namespace: 'default' },
      subsets: [{ addresses: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }], ports: [{ port: 80 }, { port: 81 }] }],
    },
  ],
}
const kube: KubeApi = {
  list: (resource, namespace) =>
    OBJECTS[resource]?.filter(
      ({ metadata }) => namespace === null || (metadata as { readonly namespace?: string }).namespace === namespace,
    ) ?? null,
}
const { see } = testTerminal(kube)

describe('kubectl describe', () => {
  test('kubectl describe pod full -n a-namespace-of-27-letters-x', () => {
    expect(see('kubectl describe pod full -n a-namespace-of-27-letters-x')).toMatchInlineSnapshot(`
      "Name:           full
      Namespace:      a-namespace-of-27-letters-x
      Node:           n1/172.18.0.11
      Labels:         a=1
                      b=2
      Annotations:    y: 
                      z: 1
      Status:         Terminating
      IP:             10.244.1.2
      Controlled By:  ReplicaSet/web-1
      Containers:
        x:
          Container ID:   containerd://1
          Image:          nginx
          Ports:          80/TCP, 53/UDP
          Host Ports:     0/TCP, 5353/UDP
          State:          Running
          Ready:          True
          Restart Count:  0
        y:
          Container ID:   
          Image:          busybox
          Port:           81/TCP
          Host Port:      0/TCP
          State:          Running
          Ready:          False
          Restart Count:  0
      Conditions:
        Type           Status
        Ready          False 
        Initialized    True 
      Events:  <none>
      "
    `)
  })

  test('kubectl describe pod bare', () => {
    expect(see('kubectl describe pod bare')).toMatchInlineSnapshot(`
      "Name:         bare
      Namespace:    default
      Node:         n2/
      Labels:       <none>
      Annotations:  <none>
      Status:       <none>
      IP:           
      Containers:
        x:
          Container ID:   
          Image:          <none>
          Port:           <none>
          Host Port:      <none>
          State:          Running
          Ready:          False
          Restart Count:  0
      Events:  <none>
      "
    `)
  })

  test('kubectl describe pods -A -l b=2', () => {
    expect(see('kubectl describe pods -A -l b=2')).toMatchInlineSnapshot(`
      "Name:           full
      Namespace:      a-namespace-of-27-letters-x
      Node:           n1/172.18.0.11
      Labels:         a=1
                      b=2
      Annotations:    y: 
                      z: 1
      Status:         Terminating
      IP:             10.244.1.2
      Controlled By:  ReplicaSet/web-1
      Containers:
        x:
          Container ID:   containerd://1
          Image:          nginx
          Ports:          80/TCP, 53/UDP
          Host Ports:     0/TCP, 5353/UDP
          State:          Running
          Ready:          True
          Restart Count:  0
        y:
          Container ID:   
          Image:          busybox
          Port:           81/TCP
          Host Port:      0/TCP
          State:          Running
          Ready:          False
          Restart Count:  0
      Conditions:
        Type           Status
        Ready          False 
        Initialized    True 
      Events:  <none>
      "
    `)
  })

  test('kubectl describe node n1', () => {
    expect(see('kubectl describe node n1')).toMatchInlineSnapshot(`
      "Name:         n1
      Labels:       zone=a
      Annotations:  <none>
      Addresses:
        InternalIP:  172.18.0.11
        Hostname:    n1
      PodCIDR:                      10.244.1.0/24
      Non-terminated Pods:          (1 in total)
        Namespace                      Name
        a-namespace-of-27-letters-x    full
      Events:  <none>
      "
    `)
  })

  test('kubectl describe node n2', () => {
    expect(see('kubectl describe node n2')).toMatchInlineSnapshot(`
      "Name:         n2
      Labels:       <none>
      Annotations:  <none>
      Addresses:
      PodCIDR:                      <none>
      Non-terminated Pods:          (1 in total)
        Namespace    Name
        default      bare
      Events:  <none>
      "
    `)
  })

  test('kubectl describe nodes -A', () => {
    expect(see('kubectl describe nodes -A')).toMatchInlineSnapshot(`
      "Name:         n1
      Labels:       zone=a
      Annotations:  <none>
      Addresses:
        InternalIP:  172.18.0.11
        Hostname:    n1
      PodCIDR:                      10.244.1.0/24
      Non-terminated Pods:          (1 in total)
        Namespace                      Name
        a-namespace-of-27-letters-x    full
      Events:  <none>


      Name:         n2
      Labels:       <none>
      Annotations:  <none>
      Addresses:
      PodCIDR:                      <none>
      Non-terminated Pods:          (1 in total)
        Namespace    Name
        default      bare
      Events:  <none>
      "
    `)
  })

  test('kubectl describe nodes -n none', () => {
    expect(see('kubectl describe nodes -n none')).toMatchInlineSnapshot(`
      "Name:         n1
      Labels:       zone=a
      Annotations:  <none>
      Addresses:
        InternalIP:  172.18.0.11
        Hostname:    n1
      PodCIDR:                      10.244.1.0/24
      Non-terminated Pods:          (1 in total)
        Namespace                      Name
        a-namespace-of-27-letters-x    full
      Events:  <none>


      Name:         n2
      Labels:       <none>
      Annotations:  <none>
      Addresses:
      PodCIDR:                      <none>
      Non-terminated Pods:          (1 in total)
        Namespace    Name
        default      bare
      Events:  <none>
      "
    `)
  })

  test('kubectl describe endpointslice s1', () => {
    expect(see('kubectl describe endpointslice s1')).toMatchInlineSnapshot(`
      "Name:         s1
      Namespace:    default
      Labels:       <none>
      Annotations:  <none>
      AddressType:  IPv4
      Ports:
        Name      Port  Protocol
        ----      ----  --------
        http      80    TCP
        <unset>   65535 TCP
      Endpoints:
        - Addresses:  10.0.0.1, 10.0.0.2
          Conditions:
            Ready:    false
          Hostname:   h
          TargetRef:  Pod/full
          NodeName:   n1
          Zone:       z
        - Addresses:  
          Conditions:
            Ready:    <unset>
          Hostname:   <unset>
          NodeName:   <unset>
          Zone:       <unset>
      Events:  <none>
      "
    `)
  })

  test('kubectl describe deploy d1', () => {
    expect(see('kubectl describe deploy d1')).toMatchInlineSnapshot(`
      "Name:         d1
      Namespace:    default
      Selector:     a=1,b=2
      Labels:       <none>
      Annotations:  <none>
      Replicas:     3 desired | 2 total | 1 available
      Pod Template:
        Labels:  a=1
        Containers:
         x:
          Image:      nginx
          Port:       80/TCP, 53/UDP
         y:
          Image:      <none>
          Port:       <none>
      Events:  <none>
      "
    `)
  })

  test('kubectl describe ds d2', () => {
    expect(see('kubectl describe ds d2')).toMatchInlineSnapshot(`
      "Name:         d2
      Namespace:    default
      Selector:     a=1
      Labels:       <none>
      Annotations:  <none>
      Replicas:     3 desired | 2 total | 1 available
      Pod Template:
        Labels:  <none>
        Containers:
      Events:  <none>
      "
    `)
  })

  test('kubectl get ep', () => {
    expect(see('kubectl get ep')).toMatchInlineSnapshot(`
      "NAME   ENDPOINTS                                         AGE
      e0     <none>                                            0s
      e3     10.0.0.1:80,10.0.0.2:80,10.0.0.3:80               0s
      e4     10.0.0.1:80,10.0.0.2:80,10.0.0.1:81 + 1 more...   0s
      "
    `)
  })
})
