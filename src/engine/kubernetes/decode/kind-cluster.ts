/** kind's Cluster (kind.x-k8s.io/v1alpha4): node names as `kind` gives them; its control plane is tainted when there are workers. */
import type { Cluster } from '../cluster.ts'
import {
  booleanAt,
  type Fields,
  fieldsAt,
  mapsAt,
  placeOf,
  reportNotModelled,
  reportUnknownFields,
  stringMapAt,
  wordAt,
} from '../fields.ts'
import type { ObjectSource } from '../object-source.ts'
import { cidrAt } from './address-fields.ts'
import { type ClusterSpec, DEFAULT_CLUSTER, MOST_NODES, type NodeDraft, plainNode, type Taint, whereSaid } from './cluster-spec.ts'
import { DEFAULT_KUBE_PROXY } from './kube-proxy-configuration.ts'

const CONTROL_PLANE_TAINT: Taint = { key: 'node-role.kubernetes.io/control-plane', value: '', effect: 'NoSchedule' }

const words = (text: string): string[] => text.split(/\s+/)
const PATCHES = 'kubeadmConfigPatches kubeadmConfigPatchesJSON6902'
const FIELDS = words(
  `apiVersion kind name nodes networking featureGates runtimeConfig ${PATCHES} containerdConfigPatches containerdConfigPatchesJSON6902`,
)
const NODE_FIELDS = words(`role image labels extraMounts extraPortMappings ${PATCHES}`)
const NETWORKING_FIELDS = words('ipFamily apiServerPort apiServerAddress podSubnet serviceSubnet disableDefaultCNI kubeProxyMode dnsSearch')

/** Reads kind's Cluster. */
export function decodeKindCluster(source: ObjectSource): ClusterSpec {
  const { fields } = source
  const networking = fieldsAt(fields, 'networking')
  checkFields(fields, networking)
  const nodes = nodesOf(source)
  const only = plainNode(`${source.meta.name}-control-plane`, source.nameAt, source.range)
  const mode = wordAt(networking, 'kubeProxyMode', ['iptables', 'ipvs', 'nftables', 'none', ''], 'iptables') || 'iptables'
  if (mode === 'nftables')
    fields.report.error({
      code: 'not-built',
      message: `kube-proxy's mode ${mode} is not built yet; write "kubeProxyMode: iptables" or "kubeProxyMode: ipvs".`,
      at: placeOf(networking, 'kubeProxyMode'),
    })
  return {
    ...DEFAULT_CLUSTER,
    name: source.meta.name,
    nodes: nodes.length > 0 ? nodes.slice(0, MOST_NODES) : [only],
    podCIDR: cidrAt(networking, 'podSubnet') ?? DEFAULT_CLUSTER.podCIDR,
    serviceCIDR: cidrAt(networking, 'serviceSubnet') ?? DEFAULT_CLUSTER.serviceCIDR,
    cni: cniOf(source, networking),
    kubeProxy: { ...DEFAULT_KUBE_PROXY, mode },
    at: { podCIDR: whereSaid(networking, 'podSubnet'), serviceCIDR: whereSaid(networking, 'serviceSubnet'), nodeCIDR: source.nameAt },
  }
}

function nodesOf(source: ObjectSource): NodeDraft[] {
  const listed = mapsAt(source.fields, 'nodes')
  const roles = listed.map((node) => wordAt(node, 'role', ['control-plane', 'worker'], 'control-plane'))
  const workers = roles.includes('worker')
  const counts = { 'control-plane': 0, worker: 0 }
  return listed.map((node, i): NodeDraft => {
    reportUnknownFields(node, NODE_FIELDS)
    reportNotModelled(node, {
      extraPortMappings: "Reach the node port at the node's public address instead.",
      kubeadmConfigPatches: '',
      kubeadmConfigPatchesJSON6902: '',
    })
    const role = roles[i] ?? 'control-plane'
    const n = ++counts[role]
    const controlPlane = role === 'control-plane'
    return {
      ...plainNode(`${source.meta.name}-${role}${n > 1 ? n : ''}`, placeOf(node), source.range),
      labels: { ...(controlPlane ? { 'node-role.kubernetes.io/control-plane': '' } : {}), ...stringMapAt(node, 'labels') },
      taints: controlPlane && workers ? [CONTROL_PLANE_TAINT] : [],
    }
  })
}

/** kindnet gives each node a route to the pods of every other, as the bridge CNI here does; its pods hang on no bridge. */
function cniOf({ fields, nameAt, range }: ObjectSource, networking: Fields): Cluster['cni'] {
  if (booleanAt(networking, 'disableDefaultCNI') === true) return { plugin: 'none', config: {}, range }
  fields.report.info({
    code: 'simulated-as',
    message: 'The CNI plugin kindnet is not modelled: simulated as bridge. Routes between nodes are the same; pods hang on a bridge.',
    at: nameAt,
  })
  return { plugin: 'bridge', config: {}, range, simulates: 'kindnet' }
}

function checkFields(fields: Fields, networking: Fields): void {
  reportUnknownFields(fields, FIELDS)
  reportNotModelled(fields, { featureGates: '', runtimeConfig: '', kubeadmConfigPatches: '', kubeadmConfigPatchesJSON6902: '' })
  reportUnknownFields(networking, NETWORKING_FIELDS)
  reportNotModelled(networking, { apiServerPort: '', apiServerAddress: '', dnsSearch: '' })
  const family = wordAt(networking, 'ipFamily', ['ipv4', 'ipv6', 'dual'], 'ipv4')
  const at = placeOf(networking, 'ipFamily')
  if (family === 'ipv6')
    fields.report.error({ code: 'ipv6-not-modelled', message: 'networking.ipFamily: IPv6 is not modelled; write "ipFamily: ipv4".', at })
  if (family === 'dual')
    fields.report.info({
      code: 'ipv6-not-modelled',
      message: 'networking.ipFamily: IPv6 is not modelled. Of both families only IPv4 is simulated.',
      at,
    })
}
