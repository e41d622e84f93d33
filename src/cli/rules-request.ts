/** The `rules` request: one packet against one machine's rules. */
import type { Scenario } from '../engine/kubernetes/scenario.ts'
import { formatAddress } from '../engine/net/address.ts'
import { exec } from '../engine/simulation/exec.ts'
import { evaluateRules, type RulesAnswer, type RulesPacket } from '../engine/simulation/rules.ts'
import { type Fields, fieldsOf, numberField, optionalText, RequestError, textField, textsField } from './request.ts'

/** Whose rules: pasted text with the machine's addresses, or those of a node of a scenario. */
interface Machine {
  readonly rules: string
  readonly addresses: readonly string[]
}

/** Reads the request's fields, evaluates, and answers; throws `RequestError` where it cannot. */
export function answerRules(request: Fields, scenario: () => Scenario): RulesAnswer {
  const machine = request.on === undefined ? pasted(request) : onNode(scenario(), textField(request, 'on'))
  const answer = evaluateRules({ ...machine, packet: packetOf(request.packet) })
  if ('problem' in answer) throw new RequestError(answer.problem)
  return answer
}

function pasted(request: Fields): Machine {
  const node = request.node === undefined ? { addresses: [] } : fieldsOf(request.node, '"node"')
  return { rules: textField(request, 'rules'), addresses: textsField(node, 'addresses') }
}

function onNode(scenario: Scenario, on: string): Machine {
  const saved = exec(scenario, on, 'iptables-save')
  if ('problem' in saved) throw new RequestError(saved.problem)
  const name = on.replace(/^node\//, '')
  const interfaces =
    [...(scenario.cluster?.nodes ?? []), ...(scenario.cluster?.hosts ?? [])].find(
      ({ meta }) => meta.name === name || on === `host/${meta.name}`,
    )?.interfaces ?? []
  return { rules: saved.stdout, addresses: interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => formatAddress(address))) }
}

/** Checks the packet of a request. */
export function packetOf(value: unknown): RulesPacket {
  const packet = fieldsOf(value, '"packet"')
  const protocol = textField(packet, 'protocol')
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'sctp') throw new RequestError('"protocol" must be tcp, udp or sctp')
  const port = { least: 0, most: 65_535 }
  return {
    in: optionalText(packet, 'in'),
    source: textField(packet, 'source'),
    destination: textField(packet, 'destination'),
    protocol,
    sourcePort: numberField(packet, 'sourcePort', { ...port, fallback: 40_000 }),
    destinationPort: numberField(packet, 'destinationPort', port),
  }
}
