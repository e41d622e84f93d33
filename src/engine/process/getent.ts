/** glibc 2.36: `getent hosts NAME`, `getent ahosts NAME`. */
import { formatAddress } from '../net/address.ts'
import type { GetentOptions } from '../shell/spawn.ts'
import { type ClientResult, NO_RESULT } from './client-result.ts'
import type { ProcessInput, Program, Step } from './program.ts'
import { isForResolver, type ResolverState, type ResolverStep, startResolver, stepResolver } from './resolver.ts'

export interface GetentState {
  readonly options: GetentOptions
  readonly result: ClientResult
  readonly resolver: ResolverState | null
}

export const getent: Program<GetentOptions, GetentState> = {
  name: 'getent',
  start: (options) => ({ options, result: NO_RESULT, resolver: null }),
  step: (state, input: ProcessInput) => {
    const { options } = state
    // `hosts` is gethostbyname2(3), first for IPv6 along the whole search list, then for IPv4; `ahosts` is getaddrinfo(3).
    const types = options.database === 'hosts' ? (['AAAA'] as const) : (['A', 'AAAA'] as const)
    if (input.kind === 'start') return after(state, startResolver(options.resolver, options.name, types))
    if (state.resolver && isForResolver(state.resolver, input)) return after(state, stepResolver(state.resolver, input))
    return { state, calls: [] }
  },
}

function after(state: GetentState, { state: resolver, calls }: ResolverStep): Step<GetentState> {
  const { outcome } = resolver
  if (outcome === null) return { state: { ...state, resolver }, calls }
  if (!outcome.ok && resolver.types.join() === 'AAAA') {
    const second = after(state, startResolver(state.options.resolver, state.options.name, ['A']))
    return { state: second.state, calls: [...calls, ...second.calls] }
  }
  if (!outcome.ok) {
    const result: ClientResult = { ...state.result, rcode: outcome.rcode, errno: outcome.errno }
    return { state: { ...state, resolver, result }, calls: [...calls, { kind: 'exit', code: 2, stderr: '' }] }
  }
  const name = outcome.canonicalName.replace(/\.$/, '')
  const first = outcome.addresses[0] ?? null
  const result: ClientResult = { ...state.result, phase: 'done', success: true, resolved: first }
  const stdout =
    state.options.database === 'hosts'
      ? outcome.addresses.map((address) => `${formatAddress(address).padEnd(15)} ${name}\n`).join('')
      : outcome.addresses
          .map((address, i) =>
            ['STREAM', 'DGRAM', 'RAW']
              .map((type, j) => `${formatAddress(address).padEnd(15)} ${type.padEnd(6)} ${i === 0 && j === 0 ? state.options.name : ''}\n`)
              .join(''),
          )
          .join('')
  return { state: { ...state, resolver, result }, calls: [...calls, { kind: 'print', stdout }, { kind: 'exit', code: 0, stderr: '' }] }
}
