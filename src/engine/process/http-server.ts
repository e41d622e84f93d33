/** A container's or host's server: answers HTTP with 200, anything else over TCP, UDP or SCTP with an echo, and says who it is and whom it saw. */
import { formatAddress, parseAddress } from '../net/address.ts'
import type { ProgramSpec } from '../net/node-script.ts'
import { byteLength, type EchoMessage, type HttpRequest, type HttpResponse, messageOf, printMessage } from './http-message.ts'
import type { ProcessInput, Program, Step, SystemCall } from './program.ts'

export type HttpServerConfig = Pick<ProgramSpec, 'owner' | 'listen'>

export interface HttpServerState {
  readonly owner: string
  readonly listen: ProgramSpec['listen']
  /** Connection's file descriptor → port it was accepted on. */
  readonly connections: ReadonlyMap<number, number>
}

/** Listening descriptors are 3, 4 … in the order of `listen`. */
const FIRST_FD = 3

export const httpServer: Program<HttpServerConfig, HttpServerState> = {
  name: 'http-server',
  start: ({ owner, listen }) => ({ owner, listen, connections: new Map() }),
  step,
}

function step(state: HttpServerState, input: ProcessInput): Step<HttpServerState> {
  switch (input.kind) {
    case 'start':
      return { state, calls: listenCalls(state.listen) }
    case 'accepted': {
      const port = state.listen[input.fd - FIRST_FD]?.port ?? 0
      return { state: { ...state, connections: new Map(state.connections).set(input.newFd, port) }, calls: [] }
    }
    case 'socket':
      return onSocket(state, input)
    case 'timer':
    case 'packet':
      return { state, calls: [] }
  }
}

/** bind and listen on each port. */
export function listenCalls(listen: ProgramSpec['listen']): SystemCall[] {
  return listen.map(({ protocol, port, address }, i) => ({
    kind: 'listen',
    fd: FIRST_FD + i,
    protocol,
    address: address === null ? null : parseAddress(address),
    port,
  }))
}

function onSocket(state: HttpServerState, { fd, event }: Extract<ProcessInput, { kind: 'socket' }>): Step<HttpServerState> {
  const listener = state.listen[fd - FIRST_FD]
  if (event.kind === 'data') {
    if (event.data === null) return { state, calls: [] }
    const port = listener?.port ?? state.connections.get(fd) ?? 0
    // NAT may lead one server's answers to another: two that answer each other would never end.
    if (messageOf(event.data)?.kind === 'echo') return { state, calls: [] }
    const answer = answerTo(event.data, `${state.owner}:${port}`, `${formatAddress(event.from.address)}:${event.from.port}`)
    const to = listener ? event.from : null
    return { state, calls: [{ kind: 'send', fd, data: answer, length: byteLength(printMessage(answer)), to }] }
  }
  // The client is done, or gone: nothing more to say.
  if (listener || event.kind === 'connected' || event.kind === 'accepted') return { state, calls: [] }
  const connections = new Map(state.connections)
  connections.delete(fd)
  return { state: { ...state, connections }, calls: event.kind === 'closed' ? [] : [{ kind: 'close', fd }] }
}

/** The answer to what a client sent. */
function answerTo(data: unknown, server: string, client: string): HttpResponse | EchoMessage {
  const message = messageOf(data)
  if (message?.kind === 'http-request') return httpAnswer(message, server, client)
  const text = message?.kind === 'text' ? message.text : ''
  return { kind: 'echo', text: `${server} to ${client}: ${text}${text.endsWith('\n') ? '' : '\n'}`, server, client }
}

function httpAnswer(request: HttpRequest, server: string, client: string): HttpResponse {
  const body = `server: ${server}\nclient: ${client}\nrequest: ${request.method} ${request.target}\n`
  const headers: [string, string][] = [
    ['Server', 'packetwalk'],
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Length', String(byteLength(body))],
  ]
  return { kind: 'http-response', status: 200, reason: 'OK', headers, body: request.method === 'HEAD' ? '' : body, server, client }
}
