/** Kubernetes pkg/util/iptables/iptables.go: how components put chains and jumps of their own among those of others, and notice that they are gone. */

/** A rule of a built-in chain that leads to a component's own chain. */
export interface Jump {
  readonly table: string
  /** Built-in. */
  readonly chain: string
  /** The component's own: it is made first. */
  readonly target: string
  /** Matches before `-j`; '' for none. */
  readonly match: string
}

const ruleOf = ({ match, target }: Jump): string => `${match === '' ? '' : `${match} `}-j ${target}`

/** The commands that make the chains and prepend the jumps on a fresh node. */
export function makeJumps(jumps: readonly Jump[]): string[] {
  const made = new Set<string>()
  return jumps.flatMap((jump) => {
    const { table, chain, target } = jump
    const insert = `iptables -w -t ${table} -I ${chain} ${ruleOf(jump)}`
    if (made.has(`${table} ${target}`)) return [insert]
    made.add(`${table} ${target}`)
    return [`iptables -w -t ${table} -N ${target}`, insert]
  })
}

/** EnsureChain(): that it exists already is no failure. */
export function ensureChain(table: string, chain: string): string {
  return `iptables -w -t ${table} -N ${chain} 2>/dev/null || true`
}

/** EnsureChain() and EnsureRule(Prepend) for each. */
export function ensureJumps(jumps: readonly Jump[]): string[] {
  return jumps.flatMap((jump) => {
    const { table, chain, target } = jump
    const rule = `${chain} ${ruleOf(jump)}`
    return [ensureChain(table, target), `iptables -w -t ${table} -C ${rule} 2>/dev/null || iptables -w -t ${table} -I ${rule}`]
  })
}

/** kube-proxy's canary, in iptables mode only: IPVS mode writes everything anew each time. */
export const PROXY_CANARY = 'KUBE-PROXY-CANARY'
/** kubelet's. */
export const KUBELET_CANARY = 'KUBE-KUBELET-CANARY'
/** Where Monitor() keeps an empty chain. That it is gone from the first says that somebody flushed the tables; from the others, that he has finished. */
export const CANARY_TABLES = ['mangle', 'nat', 'filter'] as const

/** The commands that make a canary in each table on a fresh node. */
export function makeCanaries(canary: string): string[] {
  return CANARY_TABLES.map((table) => `iptables -w -t ${table} -N ${canary}`)
}

/** The same where some may be left. */
export function ensureCanaries(canary: string): string[] {
  return CANARY_TABLES.map((table) => ensureChain(table, canary))
}
