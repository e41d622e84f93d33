/** Runs lab scripts on this machine's kernel, several at once. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { lackingHere, missingTool, NotHere, runLabUnderUml } from './uml.ts'

/** A frame at an interface. `walk`: index of the walk during which it was seen; null: before the first. */
export interface CapturedFrame {
  readonly walk: number | null
  readonly timeMs: number
  /** `other`: received, but addressed to another machine's interface. */
  readonly direction: 'in' | 'out' | 'other'
  /** Hexadecimal. */
  readonly bytes: string
  /** 'none' where frames begin with the IP header. */
  readonly link?: 'none'
}

/** What `--probe` tells of one namespace: texts of the tools. */
export interface ProbedNamespace {
  readonly rules?: string
  readonly conntrack?: string
  readonly neighbours?: string
  readonly fdb?: string
  readonly links?: string
  readonly ipsets?: string
  readonly ipvs?: string
  readonly ipvsConnections?: string
  readonly linksBefore: string
  readonly captures: Readonly<Record<string, readonly CapturedFrame[]>>
}

export interface LabResult {
  /** How long it took, without waiting for its turn. */
  readonly seconds: number
  /** Scripts that failed. */
  readonly failed?: readonly { readonly netns: string; readonly stderr: string }[]
  readonly walks: readonly {
    readonly walk: string
    readonly outcome: string
    readonly reason?: string
    readonly server?: string
    readonly seenFrom?: string
    readonly answeredFrom?: string
    /** When it began, ms after the first step. */
    readonly startMs?: number
    /** `iptables-save -c` and `conntrack -L` by namespace after it, where a rule throws dice. */
    readonly counters?: Readonly<Record<string, string>>
  }[]
  /** By `NetNs.name`; namespaces made by commands of the scenario by their `ip netns` name. */
  readonly namespaces: Readonly<Record<string, ProbedNamespace>>
}

/** Longest a lab may take, ms. */
const LAB_TIMEOUT_MS = 240_000

/** Why no lab can run here, or null when one can. */
export function whyNoKernel(): string | null {
  if (process.platform !== 'linux') return 'not Linux'
  if (process.getuid?.() !== 0) return 'not root'
  for (const tool of ['unshare', 'setpriv', 'nsenter', 'ip', 'bridge', 'sysctl', 'iptables-save', 'ipset', 'conntrack', 'python3']) {
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

/** Runs one lab script and reads its JSON, under User-Mode-Linux where this kernel lacks something. Rejects with the script's own words when it fails. */
export async function runLab(script: string): Promise<LabResult> {
  const tool = missingTool(script)
  if (tool !== null) throw new NotHere(`${tool} is not installed`)
  if (lackingHere(script).length > 0) {
    const { stdout, seconds } = await runLabUnderUml(script)
    return { ...(JSON.parse(stdout) as Omit<LabResult, 'seconds'>), seconds }
  }
  const started = performance.now()
  const { code, stdout, stderr } = await runHere(script)
  if (code !== 0) throw new Error(`the lab ended with ${code}: ${stderr.trim()}`)
  return { ...(JSON.parse(stdout) as Omit<LabResult, 'seconds'>), seconds: (performance.now() - started) / 1000 }
}

/**
 * A shell beside a rule that says TRACE, in a namespace of its own. One such rule changes what packets of the whole machine look like
 * (`nft_trace_enabled`), so labs that trace would change those that run beside them.
 */
const TRACED_BASH = 'iptables -t raw -A OUTPUT -j TRACE && exec bash'

function runHere(script: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    // A lab that waits for the processor answers late, and late answers are other packets.
    const bash = spawn('nice', ['-n', '-15', 'unshare', '--net', 'bash', '-c', TRACED_BASH], { stdio: ['pipe', 'pipe', 'pipe'] })
    const timer = setTimeout(() => bash.kill('SIGTERM'), LAB_TIMEOUT_MS)
    let stdout = ''
    let stderr = ''
    bash.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    bash.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    bash.on('error', reject)
    bash.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, stdout, stderr })
    })
    bash.stdin.on('error', () => {})
    bash.stdin.end(script)
  })
}

/** Applies `work` to all items, at most `width` at a time; results in order. */
export async function inParallel<T, R>(items: readonly T[], width: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++
      results[index] = await work(items[index] as T)
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker))
  return results
}
