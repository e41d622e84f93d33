/** A random lab, and its text: a scenario that can be saved as a file and run again. */
import fc from 'fast-check'
import { indented } from './indented.ts'
import { type RoutingDraft, routing, routingCommands } from './routing.ts'
import { ruleset, rulesetText, type TableDraft } from './rules.ts'
import { SET_WORDS, type SetDraft, sets, setsText } from './sets.ts'
import { build, type Machine, type Topology, type TopologyDraft, topology, wordsOf } from './topology.ts'

interface MachineDraft {
  readonly sets: readonly SetDraft[]
  readonly rules: readonly TableDraft[]
  readonly routing: RoutingDraft
}

interface WalkDraft {
  readonly from: number
  readonly to: number
  readonly how: string
}

export interface LabDraft {
  readonly topology: TopologyDraft
  readonly router: MachineDraft
  /** Of the other machines, in their order; most have none. */
  readonly others: readonly (MachineDraft | null)[]
  readonly walks: readonly WalkDraft[]
}

const machine: fc.Arbitrary<MachineDraft> = fc.record({ sets, rules: ruleset, routing })
const walk: fc.Arbitrary<WalkDraft> = fc.record({
  from: fc.nat(1000),
  to: fc.nat(1000),
  how: fc.constantFrom('tcp 80', 'tcp 80', 'tcp 8080', 'tcp 81', 'udp 5353', 'udp 5353', 'udp 5354', 'ping', 'ping'),
})
const MOST_WALKS = 8
const OTHERS = 3

export const lab: fc.Arbitrary<LabDraft> = fc.record({
  topology,
  router: machine,
  others: fc.tuple(...Array.from({ length: OTHERS }, () => fc.option(machine, { freq: 2, nil: null }))),
  walks: fc.array(walk, { minLength: 1, maxLength: MOST_WALKS }),
})

const API = 'packetwalk.dev/v1alpha1'
function networks({ networks: list }: Topology): string[] {
  return list.map(
    ({ name, cidr, mtu }) => `apiVersion: ${API}\nkind: Network\nmetadata: {name: ${name}}\nspec: {cidr: ${cidr}, mtu: ${mtu}}`,
  )
}

const interfacesOf = (world: Topology, ref: string): string =>
  (world.nics[ref] ?? []).map(({ network, ip }) => `{network: ${network}, ip: ${ip}}`).join(', ')

function hosts(world: Topology): string[] {
  return world.machines
    .filter(({ ref }) => ref.startsWith('host/'))
    .map(({ ref }) => {
      const setup = world.setup[ref]
      return [
        `apiVersion: ${API}`,
        'kind: Host',
        `metadata: {name: ${ref.slice('host/'.length)}}`,
        'spec:',
        `  interfaces: [${interfacesOf(world, ref)}]`,
        '  listen: [80/tcp, 8080/tcp, 5353/udp]',
        ...(setup ? ['  setup: |', indented(setup, 4)] : []),
      ].join('\n')
    })
}

const CLUSTER = (world: Topology): string =>
  `apiVersion: ${API}\nkind: Cluster\nmetadata: {name: lab}\nspec:\n  nodes: [{name: r, podCIDR: 10.244.1.0/24, interfaces: [${interfacesOf(world, 'node/r')}]}]\n` +
  `  cni: ${world.pods > 0 ? 'bridge' : 'none'}\n  kubeProxy: {mode: none}\n  dns: none\n  apiServer: none`

function pods(world: Topology): string[] {
  const ports = '[{containerPort: 80}, {containerPort: 8080}, {containerPort: 5353, protocol: UDP}]'
  const pod = (name: string, network: string): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {nodeName: r, ${network}containers: [{name: c, image: c, ports: ${ports}}]}`
  return [pod('pr', 'hostNetwork: true, '), ...Array.from({ length: world.pods }, (_, i) => pod(`p${i + 1}`, ''))]
}

function script(name: string, on: string, lines: readonly string[]): string {
  return `apiVersion: ${API}\nkind: Script\nmetadata: {name: ${name}}\nspec:\n  on: ${on}\n  run: |\n${indented(lines, 4)}`
}

/** Rules of a node's kubelet, and where it has pods of its ip-masq-agent, are taken away: the lab's own are all there are, so conntrack may be off. */
const withoutOthers = (pods: number): string[] =>
  ['filter', ...(pods > 0 ? ['nat'] : [])].flatMap((table) => [`iptables -t ${table} -F`, `iptables -t ${table} -X`])

function configuration(world: Topology, owner: Machine, draft: MachineDraft | null): string {
  const words = { ...wordsOf(world, owner), ...SET_WORDS }
  const rules = draft === null ? '' : rulesetText(draft.rules, words)
  const members = draft === null ? '' : setsText(draft.sets, rules, words)
  const lines = [
    ...owner.wiring,
    // How many redirects are sent depends on the time between packets.
    `sysctl -qw ${['all', ...owner.devices].map((device) => `net.ipv4.conf.${device}.send_redirects=0`).join(' ')}`,
    ...(owner.ref === 'node/r' ? withoutOthers(world.pods) : []),
    ...(members === '' ? [] : ["ipset -exist restore <<'SETS'", members, 'SETS']),
    ...(rules === '' ? [] : ["iptables-restore <<'RULES'", rules, 'RULES']),
    ...(draft === null ? [] : routingCommands(draft.routing, words)),
  ]
  return script(`configure-${owner.ref.split('/')[1]}`, owner.ref, lines)
}

function walks(world: Topology, drafts: readonly WalkDraft[]): string[] {
  return drafts.map(({ from, to, how }, i) => {
    const sender = world.senders[from % world.senders.length] ?? ''
    const address = world.near[to % world.near.length] ?? ''
    const [protocol, port] = how.split(' ')
    const target = protocol === 'ping' ? `ping ${address}` : `${protocol}://${address}:${port}`
    return `apiVersion: ${API}\nkind: Walk\nmetadata: {name: w${i + 1}}\nspec: {from: ${sender}, to: "${target}"}`
  })
}

/** The scenario's text. */
export function scenarioText(draft: LabDraft): string {
  const world = build(draft.topology)
  const others = world.machines.filter(({ ref }) => ref !== 'node/r')
  const documents = [
    CLUSTER(world),
    ...networks(world),
    ...hosts(world),
    ...pods(world),
    ...world.machines.map((owner) =>
      configuration(world, owner, owner.ref === 'node/r' ? draft.router : (draft.others[others.indexOf(owner)] ?? null)),
    ),
    ...walks(world, draft.walks),
  ]
  return `${documents.join('\n---\n')}\n`
}
