/** Containers that cannot listen, for another one does. */
import type { Pod } from '../cluster.ts'
import type { Report, Span } from '../report.ts'

/** Two programs cannot listen on one port of one network namespace. */
export function checkPortClashes(pods: readonly Pod[], places: ReadonlyMap<string, Span>, report: Report): void {
  const taken = new Map<string, string>()
  for (const pod of pods) {
    const netns = pod.hostNetwork ? `node ${pod.nodeName}` : `pod ${pod.meta.namespace}/${pod.meta.name}`
    for (const container of pod.containers) {
      for (const port of container.ports) {
        const key = `${netns} ${port.containerPort}/${port.protocol}`
        const other = taken.get(key)
        const who = pod.hostNetwork ? `${pod.meta.name}/${container.name}` : container.name
        if (other !== undefined)
          report.warning({
            code: 'port-in-use',
            message: `Container "${container.name}" cannot listen on ${port.containerPort}/${port.protocol}: "${other}" already does, in the same network namespace.`,
            at: places.get(`${pod.meta.namespace}/${pod.meta.name}`) ?? { from: 0, to: 0 },
          })
        else taken.set(key, who)
      }
    }
  }
}
