/** `packetwalk rules`: what pasted iptables rules do with a packet. */
import { parseArgs } from 'node:util'
import { type CliCommand, FINE, jsonOption, jsonText, NO, UsageError } from './command.ts'
import { RequestError } from './request.ts'
import { answerRules, type BranchJson } from './rules-request.ts'

export const rules: CliCommand = {
  summary: 'what pasted iptables rules do with a packet',
  help: `Usage: packetwalk rules --packet JSON [--nodes JSON] [--json] < iptables-save

Evaluates the rules on the standard input for one packet that opens a connection: verdict, final addresses and every
rule that took part, for every branch that random choices can take.

  --packet JSON   {"in": "eth0", "source": "10.0.0.9", "destination": "10.96.0.10", "protocol": "tcp", "sourcePort": 34567,
                  "destinationPort": 80}; without "in" the machine itself sends it; protocol: tcp, udp, sctp or icmp
  --nodes JSON    the machine's own addresses: ["192.168.0.2"] or {"addresses": ["192.168.0.2"]}
  --json          {branches: [{probability, outcome, source, destination, masquerade, by, rules}]}

Exit: 0 the rules were evaluated, 1 they cannot be read, 2 usage.
`,
  run: async (argv, streams) => {
    const { values } = parseArgs({
      args: [...argv],
      options: { packet: { type: 'string' }, nodes: { type: 'string', default: '[]' }, json: { type: 'boolean', default: false } },
    })
    if (values.packet === undefined) throw new UsageError('--packet is missing')
    const packet = jsonOption(values.packet, '--packet')
    const nodes = jsonOption(values.nodes, '--nodes')
    const node = Array.isArray(nodes) ? { addresses: nodes } : nodes
    const text = await streams.read('-')
    try {
      const answer = answerRules({ packet, node, rules: text, allBranches: true, trace: true }, noScenario)
      streams.out(values.json ? jsonText(answer) : answer.branches.map(branchText).join('\n'))
      return FINE
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      streams.err(`packetwalk rules: ${error.message}\n`)
      return NO
    }
  },
}

function noScenario(): never {
  throw new UsageError('this command has no scenario')
}

function branchText({ probability, outcome, source, destination, masquerade, by, rules: passed }: BranchJson): string {
  const lines = [
    `${outcome}${probability === 1 ? '' : ` with probability ${Number(probability.toFixed(6))}`}: ${source} → ${destination}${masquerade ? ', source rewritten' : ''}`,
  ]
  for (const { hook, table, chain, index, rule, tried, verdict } of passed) {
    if (tried > 0) lines.push(`    ${tried} ${tried === 1 ? 'rule' : 'rules'} of ${table} ${chain} did not match`)
    lines.push(`  ${hook} ${table} ${rule === null ? `${chain}: its end, ${verdict}` : `${chain} rule ${index}: ${rule}`}`)
  }
  if (by !== null) lines.push(`  decided by ${by}`)
  return `${lines.join('\n')}\n`
}
