/** Labs in a User-Mode-Linux kernel: for scenarios that need what this machine's kernel lacks (IPVS, IPIP, dummy devices). */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
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
    ...(needs.modules.includes('sch_netem') && !hasNetem() ? ['netem'] : []),
  ]
}

/** Exit code of `uml/run.sh` where there is no such kernel. */
const NO_KERNEL = 125
/** Longest a lab may take, seconds: a process starts some fifty times slower than here. */
const LAB_SECONDS = 600

/** No User-Mode-Linux here: why. */
export class NoUml extends Error {}

/** Guests at once: each has a processor of its own, as far as there are some. */
const SLOTS = 2
let running = 0
const waiting: (() => void)[] = []

async function inSlot<T>(work: () => Promise<T>): Promise<T> {
  if (running >= SLOTS) await new Promise<void>((next) => waiting.push(next))
  else running++
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}

/** Runs a bash script inside and returns what it printed. Rejects with its own words when it fails. */
export function runUml(script: string, modules: readonly string[]): Promise<string> {
  return inSlot(() => runGuest(script, modules))
}

function runGuest(script: string, modules: readonly string[]): Promise<string> {
  return new Promise((done, fail) => {
    const runner = resolve('e2e/kernel/uml/run.sh')
    const child = spawn('bash', [runner, '-t', String(LAB_SECONDS), '-m', modules.join(' ')], { stdio: ['pipe', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', fail)
    child.on('close', (code) => {
      if (code === 0) done(stdout)
      else fail(code === NO_KERNEL ? new NoUml(stderr.trim()) : new Error(`the script ended with ${code}: ${stderr.trim()}`))
    })
    child.stdin.on('error', () => {})
    child.stdin.end(script)
  })
}

/** Runs a lab inside. The modules it needs are loaded first, since some of their sysctls are set before their first use. */
export async function runLabUnderUml(script: string): Promise<string> {
  const { tools, modules } = labNeeds(script)
  for (const tool of tools) if (spawnSync('which', [tool]).status !== 0) throw new NoUml(`${tool} is not installed`)
  return runUml(script, ['overlay', 'nf_conntrack', ...modules])
}
