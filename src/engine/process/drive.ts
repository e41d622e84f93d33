/** For tests: drives a program by hand and writes its system calls as text. */
import { formatAddress } from '../net/address.ts'
import { dnsMessageOf } from './dns-message.ts'
import { messageOf, printMessage } from './http-message.ts'
import type { ProcessInput, Program, SystemCall } from './program.ts'

export interface Drive<State> {
  /** Feeds one input and gives the calls it made, one a line. */
  feed(input: ProcessInput, nowMs?: number): string[]
  state(): State
}

/** Starts a program and holds its state. */
export function drive<Config, State>(program: Program<Config, State>, config: Config): Drive<State> {
  let state = program.start(config)
  return {
    feed: (input, nowMs = 0) => {
      const step = program.step(state, input, nowMs)
      state = step.state
      return step.calls.map(callText)
    },
    state: () => state,
  }
}

/** One system call as text: "connect 3 tcp 10.0.0.1:80", "send 20 A? web.default.svc.cluster.local." … */
export function callText(call: SystemCall): string {
  switch (call.kind) {
    case 'listen':
      return `listen ${call.fd} ${call.protocol} ${call.address === null ? '*' : formatAddress(call.address)}:${call.port}`
    case 'connect':
      return `connect ${call.fd} ${call.protocol} ${formatAddress(call.address)}:${call.port}`
    case 'send':
      return `send ${call.fd}${call.to ? ` to ${formatAddress(call.to.address)}:${call.to.port}` : ''} ${dataText(call.data)}`
    case 'raw-syn':
      return `raw-syn ${call.fd} ${formatAddress(call.address)}:${call.port} ttl ${call.ttl}`
    case 'shutdown':
    case 'close':
      return `${call.kind} ${call.fd}`
    case 'tun':
      return `tun ${call.fd} ${call.device}`
    case 'write':
      return `write ${call.fd}`
    case 'timer':
      return `timer ${call.afterMs} ${call.id}`
    case 'print':
      return `print ${JSON.stringify(call.stdout)}`
    case 'exit':
      return `exit ${call.code}${call.stderr === '' ? '' : ` ${JSON.stringify(call.stderr)}`}`
  }
}

function dataText(data: unknown): string {
  const dns = dnsMessageOf(data)
  if (dns) {
    if (!dns.response) return `${dns.question.type}? ${dns.question.name}`
    return `${dns.rcode}${dns.answers.map((record) => ` ${record.name} ${record.type} ${record.data}`).join('')}`
  }
  const message = messageOf(data)
  return message ? (printMessage(message).split('\r\n')[0] ?? '').trim() : JSON.stringify(data)
}
