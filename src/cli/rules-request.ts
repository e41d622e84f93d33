/** The `rules` request: one packet against one machine's rules. */
import type { Scenario } from '../engine/kubernetes/scenario.ts'
import { worldAt } from '../engine/simulation/checkpoints.ts'
import { type Branch, evaluatePacket, evaluateRules, type PacketSpec } from '../engine/simulation/rules.ts'
import { type RuleJson, ruleJson } from '../engine/simulation/walk-json.ts'
import { findNetNs } from '../engine/simulation/world.ts'
import { type Fields, fieldsOf, numberField, optionalText, RequestError, textField, textsField } from './request.ts'

export interface BranchJson extends Omit<Branch, 'events'> {
  readonly rules: readonly RuleJson[]
}

/** Reads the request's fields, evaluates, and answers; throws `RequestError` where it cannot. */
export function answerRules(request: Fields, scenario: () => Scenario): { readonly branches: readonly BranchJson[] } {
  const packet = packetOf(request.packet)
  const options = {
    allBranches: request.allBranches !== false,
    seed: numberField(request, 'seed', { least: 0, most: 999_999_999, fallback: 0 }),
    trace: request.trace === true,
  }
  const result =
    request.on === undefined
      ? evaluateRules({ ...options, packet, ...pasted(request) })
      : onMachine(scenario(), textField(request, 'on'), (ns) => evaluatePacket(ns, packet, options))
  if ('error' in result) throw new RequestError(result.error)
  return { branches: result.branches.map(branchJson) }
}

function pasted(request: Fields): { readonly rules: string; readonly node: { readonly addresses: readonly string[] } } {
  const node = request.node === undefined ? { addresses: [] } : fieldsOf(request.node, '"node"')
  return { rules: textField(request, 'rules'), node: { addresses: textsField(node, 'addresses') } }
}

type PlaceOf = NonNullable<ReturnType<typeof findNetNs>>

function onMachine<T>(scenario: Scenario, on: string, then: (ns: PlaceOf['netns']) => T): T {
  const world = worldAt(scenario, 'end', 0)
  const place = world === null ? null : findNetNs(world, on)
  if (place === null) throw new RequestError(`there is no machine "${on}"`)
  return then(place.netns)
}

function branchJson({ events, ...branch }: Branch): BranchJson {
  const rules = events.flatMap((event) => (event.at === 'ipt_rule' ? [ruleJson(event)] : []))
  return { ...branch, rules }
}

function packetOf(value: unknown): PacketSpec {
  const packet = fieldsOf(value, '"packet"')
  const protocol = textField(packet, 'protocol')
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'sctp' && protocol !== 'icmp')
    throw new RequestError('"protocol" must be tcp, udp, sctp or icmp')
  const port = { least: 0, most: 65_535 }
  return {
    in: optionalText(packet, 'in'),
    source: textField(packet, 'source'),
    destination: textField(packet, 'destination'),
    protocol,
    sourcePort: numberField(packet, 'sourcePort', { ...port, fallback: 40_000 }),
    destinationPort: numberField(packet, 'destinationPort', { ...port, fallback: 0 }),
  }
}
