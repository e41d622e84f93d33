/** Containers that declare no ports: in Kubernetes that changes nothing for what they listen on, so they listen where Services send. */
import type { Container, ContainerPort, Service } from './cluster.ts'
import type { PodDraft } from './decode/pod-spec.ts'
import type { Report } from './report.ts'
import { matchesLabels } from './selector.ts'

type Sender = Pick<Service, 'meta' | 'selector' | 'ports'>

/** Gives the first portless container of each pod the numeric targetPorts of the Services that select the pod. */
export function listenWhereServicesSend(pods: readonly PodDraft[], services: readonly Sender[], report: Report): PodDraft[] {
  const said = new Set<string>()
  return pods.map((pod) => {
    const silent = pod.containers.findIndex((container) => container.ports.length === 0)
    const container = pod.containers[silent]
    if (container === undefined) return pod
    const ports = wantedPorts(pod, services)
    if (ports.length === 0) return pod
    const key = `${pod.owner ?? pod.meta.name} ${pod.meta.namespace} ${container.name}`
    if (!said.has(key)) {
      const list = ports.map((port) => `${port.containerPort}/${port.protocol}`).join(', ')
      report.info({
        code: 'container-without-ports',
        message: `Container "${container.name}" declares no ports: it listens on ${list}, where Services send.`,
        at: pod.at,
      })
    }
    said.add(key)
    const listening: Container = { ...container, ports }
    return { ...pod, containers: pod.containers.map((other, i) => (i === silent ? listening : other)) }
  })
}

function wantedPorts(pod: PodDraft, services: readonly Sender[]): ContainerPort[] {
  const declared = new Set(pod.containers.flatMap((container) => container.ports.map((port) => `${port.containerPort}/${port.protocol}`)))
  const ports: ContainerPort[] = []
  for (const service of services) {
    if (service.selector === null || service.meta.namespace !== pod.meta.namespace || !matchesLabels(service.selector, pod.meta.labels))
      continue
    for (const { targetPort, protocol } of service.ports) {
      if (typeof targetPort !== 'number' || declared.has(`${targetPort}/${protocol}`)) continue
      declared.add(`${targetPort}/${protocol}`)
      ports.push({ name: null, containerPort: targetPort, protocol, hostPort: null, hostIP: null })
    }
  }
  return ports
}
