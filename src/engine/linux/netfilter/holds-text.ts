/** Whether tables are as an iptables-restore text would leave them, for components that write their rules again and again. */
import { isIptablesError } from './iptables-error.ts'
import { printRule } from './iptables-text.ts'
import type { Netfilter } from './netfilter.ts'
import { parseLine } from './parsed-line.ts'

/** Do the chains that the text declares exist, with the rules it puts into them and no other? Of chains it does not declare nothing is asked. */
export function holdsText(netfilter: Netfilter, text: string): boolean {
  let table = ''
  let wanted = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) {
      table = line.slice(1)
      wanted = new Map()
    } else if (line.startsWith(':')) wanted.set(line.slice(1, line.indexOf(' ')), [])
    else if (line === 'COMMIT') {
      if (!holdsChains(netfilter, table, wanted)) return false
    } else if (line.startsWith('-A ')) {
      const command = parseLine(table, line, null)
      if (isIptablesError(command)) return false
      const chain = line.split(' ')[1] ?? ''
      for (const rule of command.rules) wanted.get(chain)?.push(printRule(chain, rule))
    }
  }
  return true
}

function holdsChains({ tables }: Netfilter, name: string, wanted: ReadonlyMap<string, readonly string[]>): boolean {
  const table = [...tables.values()].find((one) => one.name === name)
  return [...wanted].every(([chain, rules]) => {
    const there = table?.chains.get(chain)?.rules
    return there?.length === rules.length && there.every((rule, i) => printRule(chain, rule) === rules[i])
  })
}
