/** The API server of a world, as kubectl sees it: objects of the cluster as it is now, and changes of it. */
import { kubeApi } from '../kubernetes/kube-api.ts'
import { resolveTarget } from '../kubernetes/reference.ts'
import { formatAddress } from '../net/address.ts'
import type { KubeApi } from '../shell/command.ts'
import { requestChange } from './change-cluster.ts'
import { netnsOf } from './walk-client.ts'
import { findNetNs, type World } from './world.ts'

/** Reads and changes the cluster of a world. */
export function kubeServer(world: World): KubeApi {
  return {
    list: (resource, namespace) => kubeApi(world.cluster).list(resource, namespace),
    change: (change, force) => {
      const answer = requestChange(world, change, force)
      return answer.ok ? { ok: true, done: answer.done } : answer
    },
    placeOf: (namespace, pod) => {
      const target = resolveTarget(world.cluster, `pod/${namespace}/${pod}`)
      const name = target.kind === 'error' ? null : netnsOf(target)
      return name === null ? null : findNetNs(world, name)
    },
    logs: (namespace, pod, container) => logsOf(world, { namespace, name: pod, container }),
  }
}

/** Servers say a line for each client. */
function logsOf(
  world: World,
  { namespace, name, container }: { readonly namespace: string; readonly name: string; readonly container: string },
): string | null {
  if (!world.cluster.pods.some((pod) => pod.meta.namespace === namespace && pod.meta.name === name)) return null
  const contacts = [...world.processes.values()]
    .filter((process) => process.owner === `pod/${namespace}/${name}` && process.container === container)
    .flatMap((process) => process.contacts)
    .sort((a, b) => a.timeMs - b.timeMs)
  return contacts
    .map(
      ({ from, localPort, protocol, timeMs }) =>
        `${(timeMs / 1000).toFixed(3)} ${formatAddress(from.address)}:${from.port} -> ${localPort}/${protocol}\n`,
    )
    .join('')
}
