/** flannel's configuration, where a running cluster has it: net-conf.json in its ConfigMap, else what flanneld writes at the Nodes. */
import { type Cidr, parseCidr } from '../net/cidr.ts'
import type { Cluster } from './cluster.ts'
import { FLANNEL_BACKENDS } from './cni/flannel-config.ts'
import { fieldsAt, stringAt } from './fields.ts'
import type { ObjectSource } from './object-source.ts'

export interface FlannelDump {
  readonly network: Cidr | null
  readonly backend: string
  readonly modelled: boolean
  readonly config: Cluster['cni']['config']
}

interface NetConf {
  readonly Network?: unknown
  readonly Backend?: { readonly Type?: unknown; readonly VNI?: unknown; readonly Port?: unknown; readonly DirectRouting?: unknown }
}

/** Null where nothing of flannel's is in the text. */
export function flannelConfigOf(objects: readonly ObjectSource[]): FlannelDump | null {
  const conf = netConf(objects)
  const annotated = objects.find(({ info, meta }) => info.role === 'node' && 'flannel.alpha.coreos.com/backend-type' in meta.annotations)
  const written = conf?.Backend?.Type ?? annotated?.meta.annotations['flannel.alpha.coreos.com/backend-type']
  const runs = objects.some(({ meta }) => meta.labels.app === 'flannel' || meta.labels['k8s-app'] === 'flannel')
  if (conf === null && written === undefined && !runs) return null
  const backend = typeof written === 'string' ? written.toLowerCase() : 'vxlan'
  const { VNI: vni, Port: port, DirectRouting: directRouting } = conf?.Backend ?? {}
  const config: Record<string, unknown> = { backend }
  if (typeof vni === 'number') config.vni = vni
  if (typeof port === 'number' && port > 0) config.port = port
  if (typeof directRouting === 'boolean') config.directRouting = directRouting
  const network = typeof conf?.Network === 'string' ? parseCidr(conf.Network) : null
  return { network, backend, modelled: FLANNEL_BACKENDS.some((known) => known === backend), config }
}

function netConf(objects: readonly ObjectSource[]): NetConf | null {
  const map = objects.find(({ info, meta }) => info.kind === 'ConfigMap' && meta.name === 'kube-flannel-cfg')
  const text = map && stringAt(fieldsAt(map.fields, 'data'), 'net-conf.json')
  if (!text) return null
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : null
  } catch {
    return null
  }
}
