/** Labs in a User-Mode-Linux kernel: for scenarios that need what this machine's kernel lacks (IPVS, IPIP, dummy devices). */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { labNeeds } from '../../src/engine/simulation/lab-needs.ts'

/** Device kind → can this kernel make one? */
const devices = new Map<string, boolean>()

function hasDevice(kind: string): boolean {
  const known = devices.get(kind)
  if (known !== undefined) return known
  const options: Readonly<Record<string, readonly string[]>> = {
    veth: ['peer', 'name', 'd1'],
    vxlan: ['id', '1', 'dstport', '8472', 'dev', 'lo'],
    vlan: ['id', '1', 'link', 'lo'],
    ipip: ['remote', '192.0.2.1', 'local', '192.0.2.2'],
  }
  const made = spawnSync('unshare', ['--net', 'ip', 'link', 'add', 'd0', 'type', kind, ...(options[kind] ?? [])]).status === 0
  devices.set(kind, made)
  return made
}

function hasNetem(): boolean {
  const known = devices.get('netem')
  if (known !== undefined) return known
  const made = spawnSync('unshare', ['--net', 'tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms']).status === 0
  devices.set('netem', made)
  return made
}

/** What a lab needs and this kernel has not. */
export function lackingHere(script: string): string[] {
  const needs = labNeeds(script)
  return [
    ...needs.devices.filter((kind) => !hasDevice(kind)),
    ...(needs.modules.includes('ip_vs') && !existsSync('/proc/net/ip_vs') ? ['ip_vs'] : []),
    ...(needs.modules.includes('sctp') && !existsSync('/proc/net/sctp') ? ['sctp'] : []),
    ...(needs.modules.includes('sch_netem') && !hasNetem() ? ['netem'] : []),
  ]
}

/** The tool that a lab needs and this machine has not; null: it has all. */
export function missingTool(script: string): string | null {
  return labNeeds(script).tools.find((tool) => spawnSync('which', [tool]).status !== 0) ?? null
}

/** Exit code of `uml/run.sh` where there is no such kernel. */
const NO_KERNEL = 125
/** Longest one script may take, seconds, and what those of one guest take on a loaded machine, each: a process starts some fifty times slower than here. */
const SCRIPT_SECONDS = 300
const USUAL_SECONDS = 120

/** It cannot be run here: why. */
export class NotHere extends Error {}

/** What a script printed, and how long it took without the guest's start. */
export interface UmlResult {
  readonly stdout: string
  readonly seconds: number
}

interface Waiting {
  readonly script: string
  readonly modules: readonly string[]
  readonly done: (result: UmlResult) => void
  readonly failed: (error: Error) => void
}

/** Guests at once: each has a processor of its own, as far as there are some. */
const GUESTS = Math.min(2, availableParallelism())
let running = 0
let queue: Waiting[] = []

/**
 * Runs a bash script inside. Rejects with its own words when it fails. Scripts asked for at the same moment share the start of a guest,
 * which runs them one after the other.
 */
export function runUml(script: string, modules: readonly string[]): Promise<UmlResult> {
  return new Promise((done, failed) => {
    queue.push({ script, modules, done, failed })
    if (queue.length === 1) setImmediate(startGuests)
  })
}

/** Deals what waits out to the guests that are free. */
function startGuests(): void {
  const free = GUESTS - running
  const shares = Array.from({ length: free }, (_, guest) => queue.filter((_one, i) => i % free === guest))
  if (free > 0) queue = []
  for (const share of shares.filter(({ length }) => length > 0)) {
    running++
    void runGuest(share).then(() => {
      running--
      if (queue.length > 0) startGuests()
    })
  }
}

async function runGuest(share: readonly Waiting[]): Promise<void> {
  const seconds = SCRIPT_SECONDS + USUAL_SECONDS * share.length
  const modules = [...new Set(share.flatMap((one) => one.modules))]
  const { code, stdout, stderr } = await guest(guestScript(share.map(({ script }) => script)), modules, seconds)
  const lines = stdout.split('\n')
  for (const [i, one] of share.entries()) {
    const [status, microseconds, out, err] = lines[i]?.split(' ') ?? []
    if (status === undefined || out === undefined) {
      one.failed(code === NO_KERNEL ? new NotHere(stderr.trim()) : new Error(`the guest ended with ${code}: ${stderr.trim()}`))
    } else if (status === '0') one.done({ stdout: decoded(out), seconds: Number(microseconds) / 1e6 })
    else one.failed(new Error(`the script ended with ${status}: ${decoded(err ?? '').trim()}`))
  }
}

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8')

/** Runs the scripts and prints a line for each: exit code, microseconds, and both outputs in base64. */
function guestScript(scripts: readonly string[]): string {
  const files = scripts.map(
    (script, i) => `cat >/tmp/script-${i} <<'PACKETWALK_SCRIPT'\n${script.replace(/\n?$/, '\n')}PACKETWALK_SCRIPT\n`,
  )
  return `${files.join('')}for ((i = 0; i < ${scripts.length}; i++)); do
  began=\${EPOCHREALTIME/./} code=0
  timeout -k 3 ${SCRIPT_SECONDS} bash /tmp/script-$i </dev/null >/tmp/stdout 2>/tmp/stderr || code=$?
  echo "$code $((\${EPOCHREALTIME/./} - began)) $(base64 -w0 /tmp/stdout) $(base64 -w0 /tmp/stderr)"
done
`
}

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function guest(script: string, modules: readonly string[], seconds: number): Promise<Ended> {
  return new Promise((done) => {
    const runner = resolve('e2e/kernel/uml/run.sh')
    // As the labs beside it have it (runHere()): a guest that only gets what they leave is late.
    const words = ['-n', '-15', 'bash', runner, '-t', String(seconds), '-m', modules.join(' ')]
    const child = spawn('nice', words, { stdio: ['pipe', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', (error) => done({ code: null, stdout: '', stderr: String(error) }))
    child.on('close', (code) => done({ code, stdout, stderr }))
    child.stdin.on('error', () => {})
    child.stdin.end(script)
  })
}

/** Runs a lab inside. The modules it needs are loaded first, since some of their sysctls are set before their first use. */
export function runLabUnderUml(script: string): Promise<UmlResult> {
  return runUml(script, ['overlay', 'nf_conntrack', ...labNeeds(script).modules])
}
