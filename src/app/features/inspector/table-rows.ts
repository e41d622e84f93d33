/** The lines of a table as rows: iptables by table and chain with counters and collapsed chains, everything else line by line. Pure. */

export type TableRow =
  | { readonly kind: 'line'; readonly key: string; readonly text: string }
  | { readonly kind: 'table'; readonly key: string; readonly name: string }
  | {
      readonly kind: 'chain'
      readonly key: string
      readonly table: string
      readonly name: string
      readonly policy: string
      readonly rules: number
    }
  | {
      readonly kind: 'rule'
      readonly key: string
      readonly table: string
      readonly chain: string
      /** 1-based, as `iptables -L --line-numbers`. */
      readonly index: number
      readonly text: string
      readonly packets: number
      readonly bytes: number
      /** Line of the scenario. */
      readonly line: number | null
    }

const RULE = /^(?:\[(\d+):(\d+)\] )?(-A (\S+).*)$/
const CHAIN = /^:(\S+) (\S+) \[\d+:\d+\]$/

/** Rows that hold the words searched for ('' for all), without the rules of `closed` chains ('nat KUBE-SERVICES'). */
export function tableRows(
  { lines, origins }: { readonly lines: readonly string[]; readonly origins?: readonly (number | null)[] },
  search: string,
  closed: ReadonlySet<string>,
): readonly TableRow[] {
  const wanted = search.trim().toLowerCase()
  const has = (text: string): boolean => wanted === '' || text.toLowerCase().includes(wanted)
  if (!lines.some((line) => line.startsWith('*')))
    return lines.flatMap((text, i): TableRow[] => (has(text) ? [{ kind: 'line', key: String(i), text }] : []))
  return chainsOf(lines, origins ?? []).flatMap(({ table, chains }) => {
    const rows = chains.flatMap((chain) => chainRows(chain, { has, wanted, closed }))
    return rows.length === 0 ? [] : [{ kind: 'table', key: `*${table}`, name: table }, ...rows]
  })
}

type Rule = Extract<TableRow, { kind: 'rule' }>

interface Chain {
  readonly table: string
  readonly name: string
  readonly policy: string
  readonly rules: Rule[]
}

function chainsOf(lines: readonly string[], origins: readonly (number | null)[]): { readonly table: string; readonly chains: Chain[] }[] {
  const tables: { readonly table: string; readonly chains: Chain[] }[] = []
  for (const [i, line] of lines.entries()) {
    if (line.startsWith('*')) tables.push({ table: line.slice(1), chains: [] })
    const open = tables.at(-1)
    const [, name, policy = '-'] = CHAIN.exec(line) ?? []
    if (open && name) open.chains.push({ table: open.table, name, policy, rules: [] })
    const [, packets = '0', bytes = '0', text, chain] = RULE.exec(line) ?? []
    const owner = open?.chains.find((one) => one.name === chain)
    if (!owner || text === undefined) continue
    const index = owner.rules.length + 1
    const key = `${owner.table} ${owner.name} ${index}`
    const counters = { packets: Number(packets), bytes: Number(bytes), line: origins[i] ?? null }
    owner.rules.push({ kind: 'rule', key, table: owner.table, chain: owner.name, index, text, ...counters })
  }
  return tables
}

interface Asked {
  readonly has: (text: string) => boolean
  readonly wanted: string
  readonly closed: ReadonlySet<string>
}

function chainRows({ table, name, policy, rules }: Chain, { has, wanted, closed }: Asked): TableRow[] {
  const key = `${table} ${name}`
  const found = has(name) ? rules : rules.filter(({ text }) => has(text))
  if (wanted !== '' && found.length === 0 && !has(name)) return []
  const header: TableRow = { kind: 'chain', key, table, name, policy, rules: rules.length }
  return closed.has(key) ? [header] : [header, ...found]
}
