/** Builds iptables-restore input line by line, remembering for which object each line was written. */
import type { ScriptOrigin } from '../../net/node-script.ts'

/** Lines and for whom each was written. */
interface Lines {
  readonly texts: string[]
  readonly origins: (ScriptOrigin | null)[]
}

interface TableText {
  readonly name: string
  readonly chains: Lines
  readonly rules: Lines
  /** Chains to delete after the rules. */
  readonly deleted: string[]
}

/** Writes one table. */
export interface TableWriter {
  chain(name: string): void
  /** One rule: its words after `-A CHAIN`. */
  rule(chain: string, ...words: readonly string[]): void
}

export interface RestoreText {
  readonly text: string
  /** Origin by 1-based line, where it is known. */
  readonly lines: ReadonlyMap<number, ScriptOrigin>
}

function push({ texts, origins }: Lines, text: string, origin: ScriptOrigin | null): void {
  texts.push(text)
  origins.push(origin)
}

/** Collects tables in order. `origin` says for whom the lines that follow are written. */
export class RestoreWriter {
  readonly #tables = new Map<string, TableText>()
  origin: ScriptOrigin | null = null

  #table(name: string): TableText {
    const table = this.#tables.get(name) ?? { name, chains: { texts: [], origins: [] }, rules: { texts: [], origins: [] }, deleted: [] }
    this.#tables.set(name, table)
    return table
  }

  /** The writer of a table; tables come out in the order in which they are first asked for. */
  table(name: string): TableWriter {
    const table = this.#table(name)
    return {
      chain: (chain) => {
        push(table.chains, `:${chain} - [0:0]`, this.origin)
      },
      rule: (chain, ...words) => {
        let text = `-A ${chain}`
        for (const word of words) if (word !== '') text += ` ${word}`
        push(table.rules, text, this.origin)
      },
    }
  }

  /** Empties a chain and deletes it. */
  deleteChain(tableName: string, chain: string): void {
    const table = this.#table(tableName)
    push(table.chains, `:${chain} - [0:0]`, null)
    table.deleted.push(`-X ${chain}`)
  }

  finish(): RestoreText {
    const out: string[] = []
    const lines = new Map<number, ScriptOrigin>()
    for (const table of this.#tables.values()) {
      out.push(`*${table.name}`)
      for (const { texts, origins } of [table.chains, table.rules]) {
        for (const [i, text] of texts.entries()) {
          out.push(text)
          const origin = origins[i] ?? null
          if (origin !== null) lines.set(out.length, origin)
        }
      }
      out.push(...table.deleted, 'COMMIT')
    }
    return { text: `${out.join('\n')}\n`, lines }
  }
}

/** `-m comment --comment …`, quoted where it holds spaces, as kube-proxy writes it. */
export function comment(text: string): string {
  return `-m comment --comment ${text.includes(' ') ? `"${text}"` : text}`
}
