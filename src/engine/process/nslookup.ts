/** BIND 9.18: nslookup. Uses the search list; A and AAAA are asked together (the real tool asks one after the other). */
import { formatAddress, parseAddress } from '../net/address.ts'
import type { NslookupOptions } from '../shell/spawn.ts'
import { type ClientResult, NO_RESULT } from './client-result.ts'
import type { ResourceRecord } from './dns-message.ts'
import type { ProcessInput, Program, Step } from './program.ts'
import { isForResolver, type ResolverState, type ResolverStep, startResolver, stepResolver } from './resolver.ts'

export interface NslookupState {
  readonly options: NslookupOptions
  readonly result: ClientResult
  readonly resolver: ResolverState | null
}

export const nslookup: Program<NslookupOptions, NslookupState> = {
  name: 'nslookup',
  start: (options) => ({ options, result: NO_RESULT, resolver: null }),
  step: (state, input: ProcessInput) => {
    const { options } = state
    if (input.kind === 'start') {
      const server = options.server === null ? null : parseAddress(options.server)
      if (options.server !== null && server === null)
        return { state, calls: [{ kind: 'exit', code: 1, stderr: `nslookup: couldn't get address for '${options.server}': not found\n` }] }
      const attempts = options.resolver.attempts + 1
      const conf = { ...options.resolver, attempts, ...(server === null ? {} : { nameservers: [server] }) }
      return after(state, startResolver(conf, options.name, options.type === 'A' ? ['A', 'AAAA'] : [options.type], { style: 'dig' }))
    }
    if (state.resolver && isForResolver(state.resolver, input)) return after(state, stepResolver(state.resolver, input))
    return { state, calls: [] }
  },
}

function after(state: NslookupState, { state: resolver, calls }: ResolverStep): Step<NslookupState> {
  const { outcome } = resolver
  if (outcome === null) return { state: { ...state, resolver }, calls }
  const server = resolver.conf.nameservers[resolver.server]
  const address = server === undefined ? '' : formatAddress(server)
  const head = `${resolver.stream ? ';; Truncated, retrying in TCP mode.\n' : ''}Server:\t\t${address}\nAddress:\t${address}#53\n\n`
  const { options } = state
  if (!outcome.ok && outcome.rcode === null) {
    const lines =
      `;; communications error to ${address}#53: ${outcome.errno === 'ECONNREFUSED' ? 'connection refused' : 'timed out'}\n`.repeat(
        resolver.conf.attempts,
      )
    return end(state, resolver, { errno: outcome.errno }, { calls, stdout: `${lines};; no servers could be reached\n\n`, code: 1 })
  }
  if (!outcome.ok) {
    const text =
      outcome.rcode === 'NODATA'
        ? `*** Can't find ${options.name}: No answer\n\n`
        : `** server can't find ${options.name}: ${outcome.rcode}\n\n`
    const refused = outcome.rcode === 'SERVFAIL' ? `;; Got SERVFAIL reply from ${address}\n` : ''
    return end(state, resolver, { rcode: outcome.rcode }, { calls, stdout: refused + head + text, code: 1 })
  }
  const result: Partial<ClientResult> = { phase: 'done', success: true, resolved: outcome.addresses[0] ?? null }
  return end(state, resolver, result, { calls, stdout: `${head}${outcome.records.map(recordText).join('')}\n`, code: 0 })
}

function end(
  state: NslookupState,
  resolver: ResolverState,
  result: Partial<ClientResult>,
  last: { readonly calls: ResolverStep['calls']; readonly stdout: string; readonly code: number },
): Step<NslookupState> {
  return {
    state: { ...state, resolver, result: { ...state.result, ...result } },
    calls: [...last.calls, { kind: 'print', stdout: last.stdout }, { kind: 'exit', code: last.code, stderr: '' }],
  }
}

function recordText({ name, type, data }: ResourceRecord): string {
  const owner = name.replace(/\.$/, '')
  switch (type) {
    case 'A':
    case 'AAAA':
      return `Name:\t${owner}\nAddress: ${data}\n`
    case 'CNAME':
      return `${owner}\tcanonical name = ${data}\n`
    case 'PTR':
      return `${owner}\tname = ${data}\n`
    case 'SRV':
      return `${owner}\tservice = ${data}\n`
    default:
      return `${owner}\t${type.toLowerCase()} = ${data}\n`
  }
}
