/** The gallery in the order in which it is shown. The one place where scenario texts are imported; each is fetched when it is wanted. */

export type GalleryGroup = 'First steps' | 'Services' | 'IPVS' | 'CNI plugins' | 'Broken on purpose'

export interface GalleryEntry {
  /** Name of the file without its ending. */
  readonly file: string
  readonly group: GalleryGroup
  readonly title: string
  /** One sentence: what there is to see. */
  readonly summary: string
}

export const GALLERY: readonly GalleryEntry[] = [
  {
    file: 'web-and-mysql',
    group: 'First steps',
    title: 'Web application and MySQL',
    summary: 'A web pod finds its database by the name of a Service, across nodes; visitors come in through a node port.',
  },
  {
    file: 'localhost',
    group: 'First steps',
    title: 'Two containers in one pod',
    summary: 'Containers of a pod share one network namespace: the packet goes round through the loopback device.',
  },
  {
    file: 'pod-to-pod-same-node',
    group: 'First steps',
    title: 'Pod to pod on one node',
    summary: 'ARP, two veth pairs and a bridge that learns: switched, not routed.',
  },
  {
    file: 'pod-to-pod-across-nodes',
    group: 'First steps',
    title: 'Pod to pod across nodes',
    summary:
      'Out by the default gateway, over the route to the other node, in through its bridge; and what happens when that route is lost.',
  },
  {
    file: 'pod-to-service',
    group: 'First steps',
    title: 'Pod to Service',
    summary: 'kube-proxy’s rules choose an endpoint and rewrite the destination; conntrack turns the reply back.',
  },
  {
    file: 'internet-to-nodeport',
    group: 'First steps',
    title: 'Internet to NodePort Service',
    summary: 'Through the gateway to any node, masqueraded on to the pod; and what externalTrafficPolicy Local changes.',
  },
  {
    file: 'service-load-balancer',
    group: 'Services',
    title: 'Load balancer: who called?',
    summary: 'From the cloud’s load balancer to a node port; policy Cluster hides the caller, policy Local keeps it.',
  },
  {
    file: 'service-load-balancer-lan',
    group: 'Services',
    title: 'Load balancer without a cloud: ARP',
    summary: 'One node answers for the Service’s address on the segment; another takes over when it may not, or cannot.',
  },
  {
    file: 'service-source-ranges',
    group: 'Services',
    title: 'Load balancer: only from there',
    summary: 'loadBalancerSourceRanges lets in the office and nobody else, except by the node port.',
  },
  {
    file: 'service-session-affinity',
    group: 'Services',
    title: 'Session affinity',
    summary: 'The first connection throws dice; a list of recent clients sends the next ones to the same pod.',
  },
  {
    file: 'service-headless',
    group: 'Services',
    title: 'Headless Service and SRV',
    summary: 'No address, no rules: DNS answers with the pods themselves, one name for each.',
  },
  {
    file: 'service-external-name',
    group: 'Services',
    title: 'ExternalName',
    summary: 'An alias in DNS, to a name outside or in another namespace; nothing is translated on the way.',
  },
  {
    file: 'service-hairpin',
    group: 'Services',
    title: 'Hairpin: a pod calls itself',
    summary: 'Up to the node and back through the same port, masqueraded; without hairpin mode it never arrives.',
  },
  {
    file: 'service-internal-policy',
    group: 'Services',
    title: 'internalTrafficPolicy Local',
    summary: 'Only the endpoints of the client’s own node; a node without any drops.',
  },
  {
    file: 'service-zones',
    group: 'Services',
    title: 'Stay in the zone',
    summary: 'trafficDistribution PreferClose: hints keep traffic in its zone, as long as the zone has an endpoint.',
  },
  {
    file: 'service-host-port',
    group: 'Services',
    title: 'hostPort',
    summary: 'A pod behind a port of its node, without a Service: the portmap plugin’s rules.',
  },
  {
    file: 'service-ipvs',
    group: 'IPVS',
    title: 'kube-proxy in IPVS mode',
    summary: 'The Service address lives on kube-ipvs0: delivered to the node, and sent out again by a virtual server.',
  },
  {
    file: 'service-iptables-or-ipvs',
    group: 'IPVS',
    title: 'iptables or IPVS',
    summary: 'One Service on two nodes, written by rules and by virtual servers; what a wrong port and a ping tell apart.',
  },
  {
    file: 'service-round-robin',
    group: 'IPVS',
    title: 'Round robin or random?',
    summary: 'Twelve connections each: iptables throws dice, IPVS takes turns.',
  },
  {
    file: 'flannel-host-gw',
    group: 'CNI plugins',
    title: 'Flannel: host-gw',
    summary: 'Pod to pod by the route table: each node is the gateway of its pods, nothing is wrapped.',
  },
  {
    file: 'flannel-udp',
    group: 'CNI plugins',
    title: 'Flannel: udp',
    summary: 'Through the TUN device flannel0: a program, flanneld, carries every packet to the other node.',
  },
  {
    file: 'flannel-vxlan',
    group: 'CNI plugins',
    title: 'Flannel: VXLAN',
    summary: 'A neighbour, a forwarding entry, a route: the frame travels inside a UDP packet between the nodes.',
  },
  {
    file: 'service-selector-typo',
    group: 'Broken on purpose',
    title: 'A typo in the selector',
    summary: 'Everything looks right, every connection is refused: the Service has no endpoints.',
  },
  {
    file: 'service-dns-down',
    group: 'Broken on purpose',
    title: 'DNS is down',
    summary: 'CoreDNS was scaled to zero: no name resolves, every address works.',
  },
  {
    file: 'flannel-vxlan-faults',
    group: 'Broken on purpose',
    title: 'Four ways to break a VXLAN',
    summary: 'No forwarding entry, no neighbour, a blocked port, an MTU too large: what each looks like from the pod.',
  },
]

const TEXTS = import.meta.glob<string>('./*.yaml', { query: '?raw', import: 'default' })

/** The text of a scenario; null when there is none of that name. */
export async function scenarioText(file: string): Promise<string | null> {
  const load = TEXTS[`./${file}.yaml`]
  return load ? load() : null
}
