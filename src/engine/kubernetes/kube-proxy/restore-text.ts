/** Builds iptables-restore input line by line, remembering for which object each line was written. */
import type { ScriptCommand, ScriptOrigin } from '../../net/node-script.ts'

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
  /** Of each line, where it is known. */
  readonly lines: readonly (ScriptOrigin | null)[]
}

/** The command that loads the text, as kube-proxy runs it (pkg/util/iptables RestoreAll() with NoFlushTables and RestoreCounters). */
export function restoreCommand({ text, lines }: RestoreText, origin: ScriptOrigin): ScriptCommand {
  return { run: 'iptables-restore -w --noflush --counters', stdin: text, origin, lines }
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
    const lines: (ScriptOrigin | null)[] = []
    const add = (texts: readonly string[], origins: readonly (ScriptOrigin | null)[]): void => {
      for (let i = 0; i < texts.length; i++) {
        out.push(texts[i] ?? '')
        lines.push(origins[i] ?? null)
      }
    }
    for (const { name, chains, rules, deleted } of this.#tables.values()) {
      add([`*${name}`], [])
      add(chains.texts, chains.origins)
      add(rules.texts, rules.origins)
      add([...deleted, 'COMMIT'], [])
    }
    return { text: `${out.join('\n')}\n`, lines }
  }
}

/** `-m comment --comment …`, quoted where it holds spaces, as kube-proxy writes it. */
export function comment(text: string): string {
  return `-m comment --comment ${text.includes(' ') ? `"${text}"` : text}`
}
