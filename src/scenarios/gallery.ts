/** The gallery in the order in which it is shown. The one place where scenario texts are imported; each is fetched when it is wanted. */

export interface GalleryEntry {
  /** Name of the file without its ending. */
  readonly file: string
  readonly title: string
  /** One sentence: what there is to see. */
  readonly summary: string
}

export const GALLERY: readonly GalleryEntry[] = [
  {
    file: 'web-and-mysql',
    title: 'Web application and MySQL',
    summary: 'A web pod finds its database by the name of a Service, across nodes; visitors come in through a node port.',
  },
  {
    file: 'localhost',
    title: 'Two containers in one pod',
    summary: 'Containers of a pod share one network namespace: the packet goes round through the loopback device.',
  },
  {
    file: 'pod-to-pod-same-node',
    title: 'Pod to pod on one node',
    summary: 'ARP, two veth pairs and a bridge that learns: switched, not routed.',
  },
  {
    file: 'pod-to-pod-across-nodes',
    title: 'Pod to pod across nodes',
    summary:
      'Out by the default gateway, over the route to the other node, in through its bridge; and what happens when that route is lost.',
  },
  {
    file: 'pod-to-service',
    title: 'Pod to Service',
    summary: 'kube-proxy’s rules choose an endpoint and rewrite the destination; conntrack turns the reply back.',
  },
  {
    file: 'internet-to-nodeport',
    title: 'Internet to NodePort Service',
    summary: 'Through the gateway to any node, masqueraded on to the pod; and what externalTrafficPolicy Local changes.',
  },
  {
    file: 'flannel-host-gw',
    title: 'Flannel: host-gw',
    summary: 'Pod to pod by the route table: each node is the gateway of its pods, nothing is wrapped.',
  },
  {
    file: 'flannel-udp',
    title: 'Flannel: udp',
    summary: 'Through the TUN device flannel0: a program, flanneld, carries every packet to the other node.',
  },
  {
    file: 'flannel-vxlan',
    title: 'Flannel: VXLAN',
    summary: 'A neighbour, a forwarding entry, a route: the frame travels inside a UDP packet between the nodes.',
  },
  {
    file: 'flannel-vxlan-faults',
    title: 'Flannel: VXLAN, broken',
    summary: 'No forwarding entry, no neighbour, a blocked port, an MTU too large: what each looks like from the pod.',
  },
]

const TEXTS = import.meta.glob<string>('./*.yaml', { query: '?raw', import: 'default' })

/** The text of a scenario; null when there is none of that name. */
export async function scenarioText(file: string): Promise<string | null> {
  const load = TEXTS[`./${file}.yaml`]
  return load ? load() : null
}
