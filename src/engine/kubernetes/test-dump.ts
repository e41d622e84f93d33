/** For tests: what `kubectl get nodes,pods,services,endpointslices -A -o yaml` prints of a kubeadm cluster, in its layout and with its fields. */

/** How large the cluster is, and what runs in kube-system. */
export interface DumpSize {
  readonly nodes: number
  /** Of the application, besides those of kube-system. */
  readonly pods: number
  readonly services: number
  /** The label of the CNI agent's pods: "app: flannel". */
  readonly agent: { readonly name: string; readonly label: string }
}

const UID = '0b9f5c2e-7d41-4a53-9d27-3c1f0e8a6b55'
const TIME = '"2024-05-02T09:14:07Z"'
const pad = (text: string, spaces: number): string => text.replaceAll(/^(?=.)/gm, ' '.repeat(spaces))

/** The text of the dump: nodes 10.0.0.11 …, pod networks 10.32.N.0/24, cluster addresses 10.100.0.0/16. */
export function dumpText(size: DumpSize): string {
  const nodes = Array.from({ length: size.nodes }, (_, i) => nodeText(i))
  const apps = Array.from({ length: size.pods }, (_, i) => appPod(i, size))
  const system = nodes.flatMap((_, i) => [
    podText({
      namespace: 'kube-system',
      name: `kube-proxy-${i}`,
      labels: 'k8s-app: kube-proxy',
      node: i,
      ip: nodeIP(i),
      hostNetwork: true,
    }),
    podText({
      namespace: 'kube-system',
      name: `${size.agent.name}-${i}`,
      labels: size.agent.label,
      node: i,
      ip: nodeIP(i),
      hostNetwork: true,
    }),
  ])
  const dns = podText({
    namespace: 'kube-system',
    name: 'coredns-7db6d8ff4d-x9x2k',
    labels: 'k8s-app: kube-dns',
    node: 0,
    ip: '10.32.0.2',
    ports: DNS_PORTS,
  })
  const services = Array.from({ length: size.services }, (_, i) => serviceText(i))
  const slices = Array.from({ length: size.services }, (_, i) => sliceText(i, size))
  const items = [...nodes, ...system, dns, ...apps, DNS_SERVICE, ...services, DNS_SLICE, ...slices]
  return `apiVersion: v1\nitems:\n${items.join('')}kind: List\nmetadata:\n  resourceVersion: ""\n`
}

const nodeIP = (i: number): string => `10.0.0.${11 + i}`
const podIP = (i: number, size: DumpSize): string => `10.32.${i % size.nodes}.${3 + Math.floor(i / size.nodes)}`

function nodeText(i: number): string {
  return `- apiVersion: v1
  kind: Node
  metadata:
    annotations:
      node.alpha.kubernetes.io/ttl: "0"
      volumes.kubernetes.io/controller-managed-attach-detach: "true"
    creationTimestamp: ${TIME}
    labels:
      kubernetes.io/arch: amd64
      kubernetes.io/hostname: n${i}
      kubernetes.io/os: linux
    name: n${i}
    resourceVersion: "1203"
    uid: ${UID}
  spec:
    podCIDR: 10.32.${i}.0/24
    podCIDRs:
    - 10.32.${i}.0/24
  status:
    addresses:
    - address: ${nodeIP(i)}
      type: InternalIP
    - address: n${i}
      type: Hostname
    allocatable:
      cpu: "8"
      memory: 32Gi
      pods: "110"
    conditions:
    - lastHeartbeatTime: ${TIME}
      message: kubelet is posting ready status
      reason: KubeletReady
      status: "True"
      type: Ready
    nodeInfo:
      containerRuntimeVersion: containerd://1.7.15
      kernelVersion: 6.5.0-1020-aws
      kubeletVersion: v1.30.0
      osImage: Ubuntu 22.04.4 LTS
`
}

interface DumpPod {
  readonly namespace: string
  readonly name: string
  readonly labels: string
  readonly node: number
  readonly ip: string
  readonly hostNetwork?: boolean
  readonly ports?: string
}

const DNS_PORTS = `ports:
- containerPort: 53
  name: dns
  protocol: UDP
- containerPort: 53
  name: dns-tcp
  protocol: TCP
`
const HTTP_PORTS = `ports:
- containerPort: 8080
  name: http
  protocol: TCP
`

function appPod(i: number, size: DumpSize): string {
  const app = i % size.services
  return podText({
    namespace: 'shop',
    name: `app-${app}-6c9f7d5b8-${i.toString(36).padStart(5, 'b')}`,
    labels: `app: app-${app}\npod-template-hash: 6c9f7d5b8`,
    node: i % size.nodes,
    ip: podIP(i, size),
    ports: HTTP_PORTS,
  })
}

function podText(pod: DumpPod): string {
  return `${metadataText(pod)}${specText(pod)}${SPEC_REST}${statusText(pod)}`
}

function metadataText({ namespace, name, labels }: DumpPod): string {
  return `- apiVersion: v1
  kind: Pod
  metadata:
    creationTimestamp: ${TIME}
    generateName: ${name.replace(/[^-]*$/, '')}
    labels:
${pad(labels, 6)}
    name: ${name}
    namespace: ${namespace}
    ownerReferences:
    - apiVersion: apps/v1
      blockOwnerDeletion: true
      controller: true
      kind: ReplicaSet
      name: ${name.replace(/-[^-]*$/, '')}
      uid: ${UID}
    resourceVersion: "48213"
    uid: ${UID}
`
}

function specText({ node, hostNetwork = false, ports = '' }: DumpPod): string {
  return `  spec:
    containers:
    - env:
      - name: LOG_LEVEL
        value: info
      - name: POD_IP
        valueFrom:
          fieldRef:
            apiVersion: v1
            fieldPath: status.podIP
      image: registry.example.com/shop/app:1.14.2
      imagePullPolicy: IfNotPresent
      livenessProbe:
        failureThreshold: 3
        httpGet:
          path: /healthz
          port: http
          scheme: HTTP
        periodSeconds: 10
        successThreshold: 1
        timeoutSeconds: 1
      name: main
${pad(ports, 6)}      resources:
        limits:
          memory: 256Mi
        requests:
          cpu: 100m
          memory: 128Mi
      terminationMessagePath: /dev/termination-log
      terminationMessagePolicy: File
      volumeMounts:
      - mountPath: /var/run/secrets/kubernetes.io/serviceaccount
        name: kube-api-access-7l2xq
        readOnly: true
    dnsPolicy: ClusterFirst
    enableServiceLinks: true
${hostNetwork ? '    hostNetwork: true\n' : ''}    nodeName: n${node}
`
}

const SPEC_REST = `    preemptionPolicy: PreemptLowerPriority
    priority: 0
    restartPolicy: Always
    schedulerName: default-scheduler
    securityContext: {}
    serviceAccount: default
    serviceAccountName: default
    terminationGracePeriodSeconds: 30
    tolerations:
    - effect: NoExecute
      key: node.kubernetes.io/not-ready
      operator: Exists
      tolerationSeconds: 300
    - effect: NoExecute
      key: node.kubernetes.io/unreachable
      operator: Exists
      tolerationSeconds: 300
    volumes:
    - name: kube-api-access-7l2xq
      projected:
        defaultMode: 420
        sources:
        - serviceAccountToken:
            expirationSeconds: 3607
            path: token
        - configMap:
            items:
            - key: ca.crt
              path: ca.crt
            name: kube-root-ca.crt
        - downwardAPI:
            items:
            - fieldRef:
                apiVersion: v1
                fieldPath: metadata.namespace
              path: namespace
`

function statusText({ node, ip }: DumpPod): string {
  const condition = (type: string): string => `    - lastProbeTime: null
      lastTransitionTime: ${TIME}
      status: "True"
      type: ${type}
`
  return `  status:
    conditions:
${['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(condition).join('')}    containerStatuses:
    - containerID: containerd://4a7d1ed414474e4033ac29ccb8653d9b5a1f0e6fca1b3e1a2d0c9a0b7f3e5c11
      image: registry.example.com/shop/app:1.14.2
      imageID: registry.example.com/shop/app@sha256:4a7d1ed414474e4033ac29ccb8653d9b5a1f0e6fca1b3e1a2d0c9a0b7f3e5c11
      lastState: {}
      name: main
      ready: true
      restartCount: 0
      started: true
      state:
        running:
          startedAt: ${TIME}
    hostIP: ${nodeIP(node)}
    hostIPs:
    - ip: ${nodeIP(node)}
    phase: Running
    podIP: ${ip}
    podIPs:
    - ip: ${ip}
    qosClass: Burstable
    startTime: ${TIME}
`
}

const DNS_SERVICE = `- apiVersion: v1
  kind: Service
  metadata:
    labels:
      k8s-app: kube-dns
      kubernetes.io/name: CoreDNS
    name: kube-dns
    namespace: kube-system
    uid: ${UID}
  spec:
    clusterIP: 10.100.0.10
    clusterIPs:
    - 10.100.0.10
    internalTrafficPolicy: Cluster
    ipFamilies:
    - IPv4
    ipFamilyPolicy: SingleStack
    ports:
    - name: dns
      port: 53
      protocol: UDP
      targetPort: 53
    - name: dns-tcp
      port: 53
      protocol: TCP
      targetPort: 53
    selector:
      k8s-app: kube-dns
    sessionAffinity: None
    type: ClusterIP
  status:
    loadBalancer: {}
`

function serviceText(i: number): string {
  return `- apiVersion: v1
  kind: Service
  metadata:
    creationTimestamp: ${TIME}
    name: app-${i}
    namespace: shop
    resourceVersion: "40021"
    uid: ${UID}
  spec:
    clusterIP: 10.100.7.${i + 1}
    clusterIPs:
    - 10.100.7.${i + 1}
    externalTrafficPolicy: Cluster
    internalTrafficPolicy: Cluster
    ipFamilies:
    - IPv4
    ipFamilyPolicy: SingleStack
    ports:
    - name: http
      nodePort: ${31000 + i}
      port: 80
      protocol: TCP
      targetPort: http
    selector:
      app: app-${i}
    sessionAffinity: None
    type: NodePort
  status:
    loadBalancer: {}
`
}

const DNS_SLICE = sliceOf(
  { namespace: 'kube-system', service: 'kube-dns', suffix: 'q7v4n' },
  [{ ip: '10.32.0.2', node: 0, pod: 'coredns-7db6d8ff4d-x9x2k' }],
  [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  ],
)

function sliceText(i: number, size: DumpSize): string {
  const pods = Array.from({ length: size.pods }, (_, n) => n).filter((n) => n % size.services === i)
  return sliceOf(
    { namespace: 'shop', service: `app-${i}`, suffix: 'k2m8z' },
    pods.map((n) => ({ ip: podIP(n, size), node: n % size.nodes, pod: `app-${i}-6c9f7d5b8-${n.toString(36).padStart(5, 'b')}` })),
    [{ name: 'http', port: 8080, protocol: 'TCP' }],
  )
}

function sliceOf(
  of: { readonly namespace: string; readonly service: string; readonly suffix: string },
  endpoints: readonly { readonly ip: string; readonly node: number; readonly pod: string }[],
  ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[],
): string {
  const endpoint = ({ ip, node, pod }: (typeof endpoints)[number]): string => `  - addresses:
    - ${ip}
    conditions:
      ready: true
      serving: true
      terminating: false
    nodeName: n${node}
    targetRef:
      kind: Pod
      name: ${pod}
      namespace: ${of.namespace}
      uid: ${UID}
`
  return `- addressType: IPv4
  apiVersion: discovery.k8s.io/v1
  endpoints:
${endpoints.map(endpoint).join('')}  kind: EndpointSlice
  metadata:
    generateName: ${of.service}-
    labels:
      endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io
      kubernetes.io/service-name: ${of.service}
    name: ${of.service}-${of.suffix}
    namespace: ${of.namespace}
    ownerReferences:
    - apiVersion: v1
      blockOwnerDeletion: true
      controller: true
      kind: Service
      name: ${of.service}
      uid: ${UID}
  ports:
${ports.map(({ name, port, protocol }) => `  - name: ${name}\n    port: ${port}\n    protocol: ${protocol}\n`).join('')}`
}
