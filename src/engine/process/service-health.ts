/** kube-proxy's HTTP servers: /healthz on port 10256, and one health check port for each Service that has one (pkg/proxy/healthcheck). */
import type { HealthPort } from '../kubernetes/kube-proxy/health-check.ts'
import { formatAddress } from '../net/address.ts'
import type { ProgramSpec } from '../net/node-script.ts'
import { byteLength, type HttpResponse, messageOf, printMessage } from './http-message.ts'
import type { ProcessInput, Program, Step, SystemCall } from './program.ts'

export type ServiceHealthConfig = Pick<ProgramSpec, 'owner' | 'config'>

export interface ServiceHealthState {
  readonly owner: string
  readonly ports: readonly HealthPort[]
  /** Listening descriptor → port. */
  readonly listening: Readonly<Record<number, number>>
  /** Connection's descriptor → port. */
  readonly connections: ReadonlyMap<number, number>
  readonly nextFd: number
}

const FIRST_FD = 3

export const serviceHealth: Program<ServiceHealthConfig, ServiceHealthState> = {
  name: 'service-health',
  start: ({ owner, config }) => ({
    owner,
    ports: config as readonly HealthPort[],
    listening: {},
    connections: new Map(),
    nextFd: FIRST_FD,
  }),
  step,
  /** Opens and closes ports as Services come and go. */
  configure: (state, { config }) => listenOn({ ...state, ports: config as readonly HealthPort[] }),
}

function step(state: ServiceHealthState, input: ProcessInput): Step<ServiceHealthState> {
  switch (input.kind) {
    case 'start':
      return listenOn(state)
    case 'accepted':
      return { state: { ...state, connections: new Map(state.connections).set(input.newFd, state.listening[input.fd] ?? 0) }, calls: [] }
    case 'socket':
      return onSocket(state, input)
    case 'timer':
    case 'packet':
      return { state, calls: [] }
  }
}

/** Listens on every port it has, and on no other. */
function listenOn(state: ServiceHealthState): Step<ServiceHealthState> {
  const wanted = new Set(state.ports.map(({ port }) => port))
  const open = new Set(Object.values(state.listening))
  const kept = Object.entries(state.listening).filter(([, port]) => wanted.has(port))
  const closed = Object.entries(state.listening).filter(([, port]) => !wanted.has(port))
  const opened = [...wanted].filter((port) => !open.has(port)).map((port, i) => ({ fd: state.nextFd + i, port }))
  const listening = Object.fromEntries([...kept, ...opened.map(({ fd, port }) => [fd, port] as const)])
  return {
    state: { ...state, listening, nextFd: state.nextFd + opened.length },
    calls: [
      ...closed.map(([fd]): SystemCall => ({ kind: 'close', fd: Number(fd) })),
      ...opened.map(({ fd, port }): SystemCall => ({ kind: 'listen', fd, protocol: 'tcp', address: null, port })),
    ],
  }
}

function onSocket(state: ServiceHealthState, { fd, event }: Extract<ProcessInput, { kind: 'socket' }>): Step<ServiceHealthState> {
  const port = state.connections.get(fd)
  if (port === undefined) return { state, calls: [] }
  if (event.kind === 'data') {
    if (messageOf(event.data)?.kind !== 'http-request') return { state, calls: [{ kind: 'close', fd }] }
    const answer = answerOf(state, port, `${formatAddress(event.from.address)}:${event.from.port}`)
    return { state, calls: [{ kind: 'send', fd, data: answer, length: byteLength(printMessage(answer)), to: null }] }
  }
  if (event.kind === 'connected' || event.kind === 'accepted') return { state, calls: [] }
  const connections = new Map(state.connections)
  connections.delete(fd)
  return { state: { ...state, connections }, calls: event.kind === 'closed' ? [] : [{ kind: 'close', fd }] }
}

/** pkg/proxy/healthcheck/service_health.go hcHandler.ServeHTTP: 200 with local endpoints, else 503. */
function answerOf({ owner, ports }: ServiceHealthState, port: number, client: string): HttpResponse {
  const asked = ports.find((one) => one.port === port)
  const service = asked?.service ?? null
  const localEndpoints = asked?.localEndpoints ?? 0
  const healthy = service === null || localEndpoints > 0
  const body =
    service === null
      ? '{"nodeEligible": true}'
      : `{\n\t"service": {\n\t\t"namespace": "${service.namespace}",\n\t\t"name": "${service.name}"\n\t},\n\t"localEndpoints": ${localEndpoints},\n\t"serviceProxyHealthy": true\n}`
  const headers: [string, string][] = [
    ['Content-Type', 'application/json'],
    ...(service === null ? [] : ([['X-Load-Balancing-Endpoint-Weight', String(localEndpoints)]] as [string, string][])),
    ['X-Content-Type-Options', 'nosniff'],
    ['Content-Length', String(byteLength(body))],
  ]
  const [status, reason] = healthy ? [200, 'OK'] : [503, 'Service Unavailable']
  return { kind: 'http-response', status, reason, headers, body, server: `${owner}:${port}`, client }
}
