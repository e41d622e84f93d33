/** Runs lab scripts on this machine's kernel. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface LabResult {
  readonly walks: readonly {
    readonly outcome: string
    readonly reason?: string
    readonly server?: string
    readonly seenFrom?: string
    readonly answeredFrom?: string
  }[]
  /** NetNs.name → `iptables-save -c`. */
  readonly rules: Readonly<Record<string, string>>
}

/** Why no lab can run here, or null when one can. */
export function whyNoKernel(): string | null {
  if (process.platform !== 'linux') return 'not Linux'
  if (process.getuid?.() !== 0) return 'not root'
  for (const tool of ['unshare', 'nsenter', 'ip', 'sysctl', 'iptables-save', 'conntrack', 'python3']) {
    if (spawnSync('which', [tool]).status !== 0) return `${tool} is not installed`
  }
  const probe = spawnSync('unshare', [
    '--net',
    '--mount',
    'sh',
    '-c',
    'ip link add b0 type bridge && ip link add v0 type veth peer name v1 && iptables -t nat -A OUTPUT -j ACCEPT',
  ])
  if (probe.status !== 0) return `namespaces are not usable: ${probe.stderr.toString().trim()}`
  return existsSync('/proc/sys/net/bridge') ? null : 'br_netfilter is not loaded'
}

/** Runs one lab script and reads its JSON. Throws with the script's own words when it fails. */
export function runLab(script: string): LabResult {
  const folder = mkdtempSync(join(tmpdir(), 'packetwalk-lab-'))
  try {
    const file = join(folder, 'lab.sh')
    writeFileSync(file, script)
    const text = execFileSync('bash', [file], { encoding: 'utf8', timeout: 110_000, maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] })
    return JSON.parse(text) as LabResult
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
