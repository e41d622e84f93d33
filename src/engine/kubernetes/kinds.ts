/** Which kinds are read, which are accepted silently because they do not touch the network, and how their names are checked. */
import type { NameRule } from './names.ts'

export type Role =
  | 'cluster'
  | 'kind-cluster'
  | 'kube-proxy-configuration'
  | 'network'
  | 'host'
  | 'walk'
  | 'script'
  | 'lesson'
  | 'namespace'
  | 'node'
  | 'pod'
  | 'workload'
  | 'service'
  | 'endpoints'
  | 'endpoint-slice'
  | 'policy'
  | 'ingress'
  | 'silent'

export interface KindInfo {
  readonly group: string
  readonly kind: string
  readonly versions: readonly string[]
  readonly namespaced: boolean
  readonly role: Role
  readonly nameRule: NameRule
}

const kind = (group: string, name: string, role: Role, more: Partial<KindInfo> = {}): KindInfo => ({
  group,
  kind: name,
  versions: ['v1'],
  namespaced: true,
  role,
  nameRule: 'subdomain-1123',
  ...more,
})
const silent = (group: string, names: string, more: Partial<KindInfo> = {}): KindInfo[] =>
  names.split(' ').map((name) => kind(group, name, 'silent', more))
const clusterWide = { namespaced: false } as const
const ours = { versions: ['v1alpha1'], namespaced: false } as const

export const KINDS: readonly KindInfo[] = [
  kind('packetwalk.dev', 'Cluster', 'cluster', ours),
  kind('packetwalk.dev', 'Network', 'network', ours),
  kind('packetwalk.dev', 'Host', 'host', ours),
  kind('packetwalk.dev', 'Walk', 'walk', ours),
  kind('packetwalk.dev', 'Script', 'script', ours),
  kind('packetwalk.dev', 'Lesson', 'lesson', ours),
  kind('kind.x-k8s.io', 'Cluster', 'kind-cluster', { versions: ['v1alpha4'], namespaced: false }),
  kind('kubeproxy.config.k8s.io', 'KubeProxyConfiguration', 'kube-proxy-configuration', ours),
  kind('', 'Namespace', 'namespace', { namespaced: false, nameRule: 'label-1123' }),
  kind('', 'Node', 'node', clusterWide),
  kind('', 'Pod', 'pod'),
  kind('', 'ReplicationController', 'workload'),
  kind('', 'Service', 'service', { nameRule: 'label-1035' }),
  kind('', 'Endpoints', 'endpoints'),
  kind('apps', 'Deployment', 'workload'),
  kind('apps', 'ReplicaSet', 'workload'),
  kind('apps', 'StatefulSet', 'workload'),
  kind('apps', 'DaemonSet', 'workload'),
  kind('batch', 'Job', 'workload'),
  kind('batch', 'CronJob', 'workload'),
  kind('discovery.k8s.io', 'EndpointSlice', 'endpoint-slice'),
  kind('networking.k8s.io', 'NetworkPolicy', 'policy'),
  kind('networking.k8s.io', 'Ingress', 'ingress'),
  kind('networking.k8s.io', 'IngressClass', 'silent', clusterWide),
  ...silent('', 'ConfigMap Secret ServiceAccount PersistentVolumeClaim LimitRange ResourceQuota PodTemplate Event'),
  ...silent('', 'PersistentVolume', clusterWide),
  ...silent('apps', 'ControllerRevision'),
  ...silent('rbac.authorization.k8s.io', 'Role RoleBinding', { versions: ['v1', 'v1beta1'] }),
  ...silent('rbac.authorization.k8s.io', 'ClusterRole ClusterRoleBinding', { versions: ['v1', 'v1beta1'], namespaced: false }),
  ...silent('storage.k8s.io', 'StorageClass CSIDriver CSINode VolumeAttachment', clusterWide),
  ...silent('policy', 'PodDisruptionBudget'),
  ...silent('policy', 'PodSecurityPolicy', { versions: ['v1beta1'], namespaced: false }),
  ...silent('autoscaling', 'HorizontalPodAutoscaler', { versions: ['v1', 'v2', 'v2beta1', 'v2beta2'] }),
  ...silent('scheduling.k8s.io', 'PriorityClass', clusterWide),
  ...silent('node.k8s.io', 'RuntimeClass', clusterWide),
  ...silent('coordination.k8s.io', 'Lease'),
  ...silent('certificates.k8s.io', 'CertificateSigningRequest', clusterWide),
  ...silent('apiextensions.k8s.io', 'CustomResourceDefinition', clusterWide),
  ...silent('apiregistration.k8s.io', 'APIService', clusterWide),
  ...silent(
    'admissionregistration.k8s.io',
    'MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding',
    clusterWide,
  ),
]

/** 'apps/v1' → group and version; the core group is ''. */
export function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) }
}

/** The apiVersion under which a kind is served. */
export function apiVersionOf(info: KindInfo): string {
  const version = info.versions[0] ?? 'v1'
  return info.group === '' ? version : `${info.group}/${version}`
}
