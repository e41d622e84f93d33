/**
 * A scenario as a bash script over real network namespaces: the very same NodeScripts, run by the real tools. Everything happens in
 * mount, pid and network namespaces of its own; no module is loaded; nothing is left behind.
 */
import type { DnsServerConfig } from '../kubernetes/dns-config.ts'
import type { NodeScript, ProgramSpec, ScriptCommand } from '../net/node-script.ts'
import { LAB_AGENT } from './lab-agent.ts'

/** One walk of a lab: where it starts and what it sends. `timeout` in seconds. */
export interface LabWalk {
  readonly name: string
  /** A `NetNs.name`: 'pod/default/web', 'node/worker-1', 'internet'. */
  readonly from: string
  readonly kind: 'tcp' | 'udp' | 'http' | 'ping'
  readonly host: string
  readonly port: number
  readonly path: string
  readonly timeout: number
}

/** Commands typed in one namespace between walks. `on`: a `NetNs.name`. */
export interface LabScript {
  readonly on: string
  readonly run: string
}

export interface Lab {
  readonly scripts: readonly NodeScript[]
  /** In the order of the scenario. */
  readonly steps: readonly (LabWalk | LabScript)[]
}

/** Name (no final dot) → IPv4 addresses; an empty list is a name without such a record. */
function namesOf(program: ProgramSpec): Record<string, string[]> | null {
  if (program.program !== 'coredns') return null
  const config = program.config as DnsServerConfig
  const names: Record<string, string[]> = {}
  const add = (name: string): string[] => {
    const key = name.replace(/\.$/, '')
    names[key] ??= []
    return names[key]
  }
  for (const name of config.emptyNames) add(name)
  for (const record of config.records) {
    const addresses = add(record.name)
    if (record.type === 'A') addresses.push(record.data)
  }
  return names
}

/** Single-quoted for bash. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** `ip netns` name of a machine's initial namespace in the lab. */
const machineNetns = (machine: string): string => `m-${machine.replaceAll('/', '-')}`

/** NetNs.name → `ip netns` name in the lab, for every namespace of every machine. */
function netnsNames(scripts: readonly NodeScript[]): Map<string, string> {
  const names = new Map<string, string>()
  for (const script of scripts) {
    names.set(script.machine, machineNetns(script.machine))
    for (const [netns, name] of script.netns) names.set(name, netns)
  }
  return names
}

function commandText(command: ScriptCommand): string {
  if (command.stdin === null) return command.run
  return `${command.run} <<'PACKETWALK'\n${command.stdin.endsWith('\n') ? command.stdin : `${command.stdin}\n`}PACKETWALK`
}

/** Segments are bridges in namespaces of their own: a dumb switch that no rule of a machine can see. */
function segments(scripts: readonly NodeScript[]): string[] {
  const lines: string[] = []
  const networks = new Set(scripts.flatMap((script) => script.nics.map((nic) => nic.network)))
  for (const network of networks) {
    lines.push(
      `ip netns add net-${network}`,
      `ip -n net-${network} link add br0 type bridge mcast_snooping 0`,
      `in_ns net-${network} sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.bridge.bridge-nf-call-iptables=0`,
      `ip -n net-${network} link set br0 up`,
    )
  }
  let port = 0
  for (const script of scripts) {
    for (const nic of script.nics) {
      const name = `p${++port}`
      lines.push(
        `ip link add ${nic.name} address ${nic.mac} netns ${machineNetns(script.machine)} type veth peer name ${name} netns net-${nic.network}`,
        `ip -n net-${nic.network} link set ${name} master br0 up`,
      )
    }
  }
  return lines
}

function listeners(scripts: readonly NodeScript[]): string[] {
  const byNetns = new Map<string, ProgramSpec[]>()
  for (const script of scripts) {
    for (const program of script.programs) {
      const netns = program.netns ?? machineNetns(script.machine)
      byNetns.set(netns, [...(byNetns.get(netns) ?? []), program])
    }
  }
  return [...byNetns].map(([netns, programs]) => {
    const spec = programs.map((p) => ({
      owner: p.owner,
      listen: p.listen.filter((l) => l.protocol !== 'sctp'),
      names: namesOf(p),
    }))
    return `serve ${netns} ${quote(JSON.stringify(spec))}`
  })
}

const HEAD = `#!/usr/bin/env bash
# Written by packetwalk. Builds this scenario from real network namespaces, runs its walks, prints JSON. Needs root on Linux.
set -euo pipefail
if [ -z "\${PACKETWALK_LAB:-}" ]; then
  [ "$(id -u)" = 0 ] || { echo "packetwalk lab: needs root" >&2; exit 3; }
  for tool in unshare nsenter ip sysctl iptables-save iptables-restore python3; do
    command -v $tool >/dev/null || { echo "packetwalk lab: $tool is not installed" >&2; exit 3; }
  done
  [ -e /proc/sys/net/bridge ] || { echo "packetwalk lab: the kernel module br_netfilter is not loaded" >&2; exit 3; }
  exec env PACKETWALK_LAB=1 unshare --mount --net --pid --fork --kill-child --mount-proc bash "$0" "$@"
fi
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
# Commands of the scenario may write files: they write to a copy of /etc that goes with this mount namespace.
mount -t tmpfs lab /mnt
cp -a /etc/. /mnt
mount --bind /mnt /etc
umount /mnt
mkdir -p /run/netns /etc/netns
mount -t tmpfs lab /run/netns
mount -t tmpfs lab /etc/netns
in_ns() { local ns=$1; shift; nsenter --net=/run/netns/"$ns" -- "$@"; }
serve() {
  in_ns "$1" python3 "$work/agent.py" serve "$2" >"$work/serve-$1" &
  for _ in $(seq 100); do grep -q ready "$work/serve-$1" 2>/dev/null && return; sleep 0.05; done
  echo "packetwalk lab: the servers in $1 did not start" >&2; exit 1
}
`

function fail(step: LabWalk | LabScript): never {
  throw new Error(`the lab has no namespace for ${JSON.stringify(step)}`)
}

/** The whole script. Standard output is one JSON value: `{walks: [result…], rules: {NetNs.name: iptables-save -c text}}`. */
export function labScript(lab: Lab): string {
  const names = netnsNames(lab.scripts)
  const lines: string[] = [HEAD, `cat >"$work/agent.py" <<'PACKETWALK_AGENT'${LAB_AGENT}PACKETWALK_AGENT`]
  for (const script of lab.scripts) {
    const netns = machineNetns(script.machine)
    lines.push(
      `ip netns add ${netns}`,
      // A bridge reports its membership of 224.0.0.106 (RFC 4286) at random moments: IGMP is not modelled.
      `in_ns ${netns} sysctl -qw net.ipv4.igmp_link_local_mcast_reports=0`,
      `mkdir -p /etc/netns/${netns}`,
      `printf %s ${quote(script.resolvConf)} >/etc/netns/${netns}/resolv.conf`,
    )
  }
  lines.push(...segments(lab.scripts))
  for (const script of lab.scripts) {
    const file = `"$work/${machineNetns(script.machine)}.sh"`
    lines.push(
      `cat >${file} <<'PACKETWALK_NODE'`,
      'set -e',
      ...script.commands.map(commandText),
      'PACKETWALK_NODE',
      `in_ns ${machineNetns(script.machine)} bash ${file} >&2`,
    )
  }
  lines.push(...listeners(lab.scripts), `echo '{"walks": ['`)
  let walks = 0
  for (const step of lab.steps) {
    const netns = names.get('run' in step ? step.on : step.from) ?? fail(step)
    if ('run' in step) {
      lines.push(`in_ns ${netns} bash -e >&2 <<'PACKETWALK'`, step.run.trimEnd(), 'PACKETWALK')
      continue
    }
    if (walks++ > 0) lines.push('echo ,')
    const spec = { ...step, etc: `/etc/netns/${netns}` }
    lines.push(`in_ns ${netns} python3 "$work/agent.py" walk ${quote(JSON.stringify(spec))}`)
  }
  lines.push('sleep 0.2', `echo '], "rules": {'`)
  let first = true
  for (const [name, netns] of names) {
    lines.push(
      `printf '%s"${name}": %s' "${first ? '' : ','}" "$(in_ns ${netns} iptables-save -c | python3 -c 'import json, sys; print(json.dumps(sys.stdin.read()))')"`,
    )
    first = false
  }
  lines.push(`echo '}}'`)
  return `${lines.join('\n')}\n`
}
