/** Services that have nobody to send to: endpoints that are not ready, that nobody wrote, or that are not where a policy wants them. */
import type { Cluster, Endpoint, Service } from '../cluster.ts'
import { type Fields, fieldsAt, mapsAt, placeOf, stringAt, valueAt } from '../fields.ts'
import { localReadyEndpoints } from '../load-balancer.ts'
import { nearest } from '../nearest.ts'
import type { ObjectSource } from '../object-source.ts'
import { type Fix, writeField } from './edit.ts'
import { listed, portFields, specOf, type WrittenService } from './service-source.ts'

/** Reports what is wrong with the endpoints of a Service, its selector and target ports apart. */
export function diagnoseEndpoints(written: WrittenService, cluster: Cluster, sources: ReadonlyMap<string, ObjectSource>): void {
  const { service, slices } = written
  if (service.type === 'ExternalName') return
  if (service.selector === null && slices.length === 0) {
    reportUnwritten(written, cluster)
    return
  }
  if (service.selector === null) diagnosePortNames(written)
  const endpoints = slices.flatMap((slice) => slice.endpoints)
  if (endpoints.length > 0 && !endpoints.some(isUsable)) reportNotReady(written, endpoints, sources)
  else if (endpoints.length > 0) diagnosePolicies(written, cluster)
}

/** kube-proxy sends to ready endpoints, and to those that still serve while they terminate. */
function isUsable({ ready, serving, terminating }: Endpoint): boolean {
  return (ready ?? true) || ((serving ?? ready ?? true) && (terminating ?? false))
}

function reportUnwritten(written: WrittenService, cluster: Cluster): void {
  const { service, report } = written
  const { name, namespace } = service.meta
  const pod = cluster.pods.find((one) => one.meta.namespace === namespace && Object.values(one.meta.labels).includes(name))
  const label = Object.entries(pod?.meta.labels ?? {}).find(([, value]) => value === name)
  const fix = label === undefined ? null : writeField(specOf(written), 'selector', `{${label[0]}: ${name}}`)
  report.warning({
    code: 'no-endpoints-written',
    message: `This Service has no selector, and no EndpointSlice is labelled kubernetes.io/service-name: ${name}: it has no endpoints.${label === undefined ? '' : ` Pod ${pod?.meta.name} has the label ${label[0]}=${name}.`}`,
    at: written.source.nameAt,
    ...(fix && { fix }),
  })
}

/** The ports of a Service without a selector find their endpoints by the ports' names in the slices. */
function diagnosePortNames(written: WrittenService): void {
  const { service, slices, report } = written
  const names = [...new Set(slices.flatMap((slice) => slice.ports.map((port) => port.name ?? '')))]
  for (const [index, port] of service.ports.entries()) {
    if (names.includes(port.name ?? '')) continue
    const fields = portFields(written, index)
    const near = nearest(port.name ?? '', names)
    const fix = near === null || near === '' ? null : writeField(fields, 'name', near)
    report.warning({
      code: 'slice-port-missing',
      message: `The EndpointSlices of this Service have no port ${port.name === null ? 'without a name' : `called "${port.name}"`}: this port has no endpoints. Their ports: ${names.map((name) => name || 'one without a name').join(', ') || 'none'}.`,
      at: placeOf(fields, valueAt(fields, 'name') === null ? 'port' : 'name'),
      ...(fix && { fix }),
    })
  }
}

function reportNotReady(written: WrittenService, endpoints: readonly Endpoint[], sources: ReadonlyMap<string, ObjectSource>): void {
  const { service, report } = written
  const names = endpoints.map((endpoint) => endpoint.targetRef?.name ?? endpoint.addresses[0] ?? '')
  const probe = written.pods.flatMap((pod) => probeText(sources.get(pod.owner ?? `pod/${pod.meta.namespace}/${pod.meta.name}`)) ?? [])[0]
  const fix = readyFix(written, sources)
  report.warning({
    code: 'endpoints-not-ready',
    message: `No endpoint of this Service is ready (${listed(names)}), so it has nobody to send to${service.headless ? ' and its name does not resolve' : ''}.${probe === undefined ? '' : ` Ready means that their readinessProbe (${probe}) succeeds.`}`,
    at: placeOf(specOf(written), service.selector === null ? 'ports' : 'selector'),
    ...(fix && { fix }),
  })
}

/** The status condition that says so, turned round. */
function readyFix(written: WrittenService, sources: ReadonlyMap<string, ObjectSource>): Fix | null {
  for (const pod of written.pods) {
    const source = sources.get(`pod/${pod.meta.namespace}/${pod.meta.name}`)
    if (source === undefined) continue
    const condition = mapsAt(fieldsAt(source.fields, 'status'), 'conditions').find((one) => stringAt(one, 'type') === 'Ready')
    const fix = condition && writeField(condition, 'status', '"True"')
    if (fix) return { ...fix, title: `Make pod ${pod.meta.name} ready` }
  }
  return null
}

/** "httpGet :8080/healthz" of the first container that has a readinessProbe; null when none has. */
function probeText(source: ObjectSource | undefined): string | null {
  if (source === undefined) return null
  const spec = fieldsAt(source.fields, 'spec')
  const pod = source.info.role === 'workload' ? fieldsAt(fieldsAt(spec, 'template'), 'spec') : spec
  for (const container of mapsAt(pod, 'containers')) {
    const probe = fieldsAt(container, 'readinessProbe')
    for (const kind of ['httpGet', 'tcpSocket', 'grpc']) {
      const action = fieldsAt(probe, kind)
      if (action.map !== null) return `${kind} :${scalarText(action, 'port')}${scalarText(action, 'path')}`
    }
    if (fieldsAt(probe, 'exec').map !== null) return 'exec'
  }
  return null
}

function scalarText(fields: Fields, key: string): string {
  const value = valueAt(fields, key)
  return value?.kind === 'scalar' ? String(value.value) : ''
}

function diagnosePolicies(written: WrittenService, cluster: Cluster): void {
  const { service } = written
  const without = cluster.nodes
    .filter((node) => localReadyEndpoints(written.slices, service, node.meta.name) === 0)
    .map((node) => node.meta.name)
  if (without.length === 0) return
  if (service.externalTrafficPolicy === 'Local' && isReachedFromOutside(service)) reportExternal(written, without)
  const clients = without.filter((name) => cluster.pods.some((pod) => pod.nodeName === name && !written.pods.includes(pod)))
  if (service.internalTrafficPolicy === 'Local' && clients.length > 0) reportInternal(written, clients)
}

const isReachedFromOutside = ({ type, externalIPs }: Service): boolean =>
  type === 'NodePort' || type === 'LoadBalancer' || externalIPs.length > 0

function reportExternal(written: WrittenService, nodes: readonly string[]): void {
  const { service, report } = written
  const spec = specOf(written)
  const fix = writeField(spec, 'externalTrafficPolicy', 'Cluster')
  const balanced = service.type === 'LoadBalancer' ? ' Load balancers leave these nodes out by the health check.' : ''
  report.info({
    code: 'local-policy-without-endpoints',
    message: `externalTrafficPolicy is Local and ${listed(nodes)} ${nodes.length === 1 ? 'has' : 'have'} no ready endpoint of this Service: what comes from outside is dropped there.${balanced}`,
    at: placeOf(spec, 'externalTrafficPolicy'),
    ...(fix && { fix }),
  })
}

function reportInternal(written: WrittenService, nodes: readonly string[]): void {
  const spec = specOf(written)
  const fix = writeField(spec, 'internalTrafficPolicy', 'Cluster')
  written.report.warning({
    code: 'local-policy-without-endpoints',
    message: `internalTrafficPolicy is Local and ${listed(nodes)} ${nodes.length === 1 ? 'has' : 'have'} no ready endpoint of this Service: pods there wait in vain.`,
    at: placeOf(spec, 'internalTrafficPolicy'),
    ...(fix && { fix }),
  })
}
