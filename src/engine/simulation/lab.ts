/**
 * A scenario as a bash script over real network namespaces: the very same NodeScripts, run by the real tools. Everything happens in
 * mount, pid and network namespaces of its own; no module is loaded; nothing is left behind.
 */
import type { NodeScript, ProgramSpec, ScriptCommand } from '../net/node-script.ts'
import { LAB_AGENT } from './lab-agent.ts'
import { LAB_FOOT, labHead } from './lab-head.ts'
import { type LabNeeds, labNeeds } from './lab-needs.ts'

/** One walk of a lab: where it starts and what it sends. */
export interface LabWalk {
  readonly name: string
  /** A `NetNs.name`: 'pod/default/web', 'node/worker-1', 'internet'. */
  readonly from: string
  readonly kind: 'tcp' | 'udp' | 'sctp' | 'http' | 'ping' | 'dns'
  readonly host: string
  readonly port: number
  /** What the client says. */
  readonly request: string
  /** How long it waits, s. */
  readonly timeout: number
  /** What happens while it runs. */
  readonly scripts: readonly ((LabScript | LabConfigure) & { readonly timeMs: number })[]
}

/** Commands typed in one namespace between walks. `on`: a `NetNs.name`. */
export interface LabScript {
  readonly on: string
  readonly run: string
}

/** Servers that start between walks, in a namespace of a pod that was made then. `on`: its `NetNs.name`. */
export interface LabServe {
  readonly on: string
  /** Its `ip netns` name. */
  readonly netns: string
  readonly programs: readonly ProgramSpec[]
}

/** What runs in a namespace ends, before it is deleted. `stop`: a `NetNs.name`. */
export interface LabStop {
  readonly stop: string
}

/** CoreDNS goes on with another configuration. `configure`: the `NetNs.name` it runs in. */
export interface LabConfigure {
  readonly configure: string
  readonly config: unknown
}

export type LabStep = LabWalk | LabScript | LabServe | LabStop | LabConfigure

/**
 * What is looked at besides the walks' outcomes: the names of tables (lab-probe.ts), and whether frames are described in words. `drains`: a
 * step waits until nothing is sent again, so that no late retransmission falls into the next one; and clients give up when nothing can come.
 * `counters`: each walk has the rules' counters after it.
 */
export interface LabProbe {
  readonly tables: readonly string[]
  readonly text: boolean
  readonly drains: boolean
  readonly counters: boolean
}

export interface Lab {
  readonly scripts: readonly NodeScript[]
  /** In the order of the scenario. */
  readonly steps: readonly LabStep[]
  /** Bytes of IP that fit on each segment, where it is not 1500. */
  readonly mtu: ReadonlyMap<string, number>
  /** Typed in every namespace before the first step; null: nothing. */
  readonly everywhere: string | null
  /** Captures and tables; null: outcomes only. */
  readonly probe: LabProbe | null
  /** Check first what the machine lacks? */
  readonly checks: boolean
}

/** The network must have been silent for this long before the next step, ms. */
const QUIET_MS = 60
/** Where labs drain: a client gives up after so much silence … */
export const GIVE_UP_MS = 1000
/** … and a neighbour that has not answered is asked again within so much. */
const RESOLVE_MS = 800
const NO_NEEDS: LabNeeds = { tools: [], modules: [], extensions: [], devices: [] }

/** Single-quoted for bash. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** `ip netns` name of a machine's initial namespace in the lab. */
const machineNetns = (machine: string): string => `m-${machine.replaceAll('/', '-')}`

/** NetNs.name → `ip netns` name in the lab, for every namespace of every machine. */
function netnsNames({ scripts, steps }: Lab): Map<string, string> {
  const names = new Map<string, string>()
  for (const script of scripts) {
    names.set(script.machine, machineNetns(script.machine))
    for (const [netns, name] of script.netns) names.set(name, netns)
  }
  for (const step of steps) if ('programs' in step) names.set(step.on, step.netns)
  return names
}

/** A command with its input, as bash reads it. */
export function commandText(command: ScriptCommand): string {
  if (command.stdin === null) return command.run
  return `${command.run} <<'PACKETWALK'\n${command.stdin.endsWith('\n') ? command.stdin : `${command.stdin}\n`}PACKETWALK`
}

/** Segments are bridges in namespaces of their own: a dumb switch that no rule of a machine can see. */
function segments(lab: Lab): string[] {
  const lines: string[] = []
  const networks = new Set(lab.scripts.flatMap((script) => script.nics.map((nic) => nic.network)))
  for (const network of networks) {
    lines.push(
      `ip netns add net-${network}`,
      `in_ns net-${network} sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.bridge.bridge-nf-call-iptables=0`,
      `ip -n net-${network} link add br0 mtu ${lab.mtu.get(network) ?? 1500} up type bridge mcast_snooping 0`,
    )
  }
  let port = 0
  lines.push("ip -batch - <<'PACKETWALK'")
  const ports: string[] = []
  for (const script of lab.scripts) {
    for (const nic of script.nics) {
      const name = `p${++port}`
      const mtu = lab.mtu.get(nic.network) ?? 1500
      const end = `${name} netns net-${nic.network} mtu ${mtu}`
      lines.push(`link add ${nic.name} address ${nic.mac} mtu ${mtu} netns ${machineNetns(script.machine)} type veth peer name ${end}`)
      ports.push(`ip -n net-${nic.network} link set ${name} master br0 up`)
    }
  }
  return [...lines, 'PACKETWALK', ...ports]
}

/** What the agent must know to play programs. */
const played = (programs: readonly ProgramSpec[]): unknown[] =>
  programs.map(({ owner, listen, program, config }) => ({
    owner,
    listen,
    dns: program === 'coredns' ? config : null,
    flanneld: program === 'flanneld' ? config : null,
  }))

/** A machine's programs, by namespace. */
function programs(script: NodeScript): { readonly netns: string; readonly programs: unknown[] }[] {
  const byNetns = new Map<string, ProgramSpec[]>()
  for (const program of script.programs) {
    const netns = program.netns ?? machineNetns(script.machine)
    byNetns.set(netns, [...(byNetns.get(netns) ?? []), program])
  }
  return [...byNetns].map(([netns, own]) => ({ netns, programs: played(own) }))
}

function bootLines(script: NodeScript): string[] {
  const netns = machineNetns(script.machine)
  return [
    `ip netns add ${netns}`,
    // A bridge reports its membership of 224.0.0.106 (RFC 4286) at random moments: IGMP is not modelled.
    `in_ns ${netns} sysctl -qw net.ipv4.igmp_link_local_mcast_reports=0`,
    `mkdir -p /etc/netns/${netns}`,
    `printf %s ${quote(script.resolvConf)} >/etc/netns/${netns}/resolv.conf`,
  ]
}

function nodeLines(script: NodeScript): string[] {
  const netns = machineNetns(script.machine)
  return [
    `# ==== ${script.machine}`,
    `in_ns ${netns} bash /dev/fd/4 4<<'PACKETWALK_NODE' >/dev/null`,
    'set -e',
    ...script.commands.map(commandText),
    'PACKETWALK_NODE',
  ]
}

function planLines(lab: Lab): string[] {
  const names = netnsNames(lab)
  const netnsOf = (on: string): string => {
    const netns = names.get(on)
    if (netns === undefined) throw new Error(`the lab has no namespace for ${on}`)
    return netns
  }
  const head = {
    probe: lab.probe !== null,
    tables: lab.probe?.tables ?? [],
    text: lab.probe?.text ?? false,
    compact: !lab.checks,
    quietMs: QUIET_MS,
    counters: lab.probe?.counters ?? false,
    drains: lab.probe?.drains ?? false,
    giveUpMs: GIVE_UP_MS,
    resolveMs: RESOLVE_MS,
    everywhere: lab.everywhere,
    names: Object.fromEntries([...names].map(([name, netns]) => [netns, name])),
  }
  const changed = (step: LabScript | LabConfigure): object =>
    'configure' in step ? { netns: netnsOf(step.configure), configure: step.config } : { netns: netnsOf(step.on), run: step.run }
  const steps = lab.steps.map((step) => {
    if ('stop' in step) return { stop: netnsOf(step.stop) }
    if ('programs' in step) return { netns: step.netns, serve: played(step.programs) }
    if (!('kind' in step)) return changed(step)
    const { from, scripts, ...walk } = step
    return { netns: netnsOf(from), ...walk, scripts: scripts.map((one) => ({ timeMs: one.timeMs, ...changed(one) })) }
  })
  return [head, ...lab.scripts.flatMap(programs), ...steps].map((line) => JSON.stringify(line))
}

/**
 * The whole script. Standard output is one JSON value: `{walks: […], namespaces: {NAME: {rules, conntrack, neighbours, fdb, links, captures}}}`,
 * `namespaces` only with a probe.
 */
export function labScript(lab: Lab): string {
  return writeLab(lab).script
}

/** The script, and what it needs of the machine it will run on (nothing that it knows of, when it does not check). */
export function writeLab(lab: Lab): { readonly script: string; readonly needs: LabNeeds } {
  const body = [
    ...lab.scripts.flatMap(bootLines),
    ...segments(lab),
    ...lab.scripts.flatMap(nodeLines),
    `cat >/run/lab/agent.py <<'PACKETWALK_AGENT'${LAB_AGENT}PACKETWALK_AGENT`,
    '# ==== servers, Scripts and Walks',
    "python3 /run/lab/agent.py <<'PACKETWALK_PLAN'",
    ...planLines(lab),
    'PACKETWALK_PLAN',
  ].join('\n')
  const tables = lab.probe === null ? '' : ' iptables-save -c conntrack -L bridge fdb '
  const needs = lab.checks ? labNeeds(`${body}${tables}`) : NO_NEEDS
  return { script: `${labHead(needs)}${body}\n${LAB_FOOT}`, needs }
}
