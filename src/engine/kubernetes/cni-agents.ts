/** CNI plugins by the labels that their published manifests give the agents' pods, and what a bridge with routes does not show of them. */

export interface CniAgent {
  readonly name: string
  readonly labels: readonly (readonly [key: string, value: string])[]
  /** What differs from the bridge that stands in its place. */
  readonly differs: string
}

const TUNNEL = 'Its tunnel between nodes, if it has one, and its policies are not shown.'

/** The first that matches counts: canal and flannel share labels with others. */
export const CNI_AGENTS: readonly CniAgent[] = [
  { name: 'canal', labels: [['k8s-app', 'canal']], differs: TUNNEL },
  { name: 'calico', labels: [['k8s-app', 'calico-node']], differs: TUNNEL },
  {
    name: 'cilium',
    labels: [
      ['k8s-app', 'cilium'],
      ['app.kubernetes.io/name', 'cilium-agent'],
    ],
    differs: 'Its eBPF programs, tunnel and policies are not shown.',
  },
  {
    name: 'flannel',
    labels: [
      ['app', 'flannel'],
      ['k8s-app', 'flannel'],
    ],
    differs: 'Its tunnel is not shown.',
  },
  {
    name: 'kindnet',
    labels: [
      ['app', 'kindnet'],
      ['k8s-app', 'kindnet'],
    ],
    differs: 'Routes between nodes are the same; pods hang on a bridge.',
  },
  { name: 'weave', labels: [['name', 'weave-net']], differs: TUNNEL },
  { name: 'antrea', labels: [['component', 'antrea-agent']], differs: 'Open vSwitch, its tunnel and policies are not shown.' },
  { name: 'kube-router', labels: [['k8s-app', 'kube-router']], differs: TUNNEL },
  { name: 'ovn-kubernetes', labels: [['app', 'ovnkube-node']], differs: 'Open vSwitch, its tunnel and policies are not shown.' },
  { name: 'amazon-vpc-cni', labels: [['k8s-app', 'aws-node']], differs: "The cloud's own addresses of pods are not shown." },
  { name: 'azure-cni', labels: [['k8s-app', 'azure-cns']], differs: "The cloud's own addresses of pods are not shown." },
]
