/** `packetwalk lab`: the script runs from a pipe and from a file, says what it lacks, and leaves nothing behind. Needs root on Linux. */
import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { whyNoKernel } from '../kernel/kernel.ts'
import { PING_RENAMED, TWO_PODS } from './lab.ts'
import { file, packetwalk } from './packetwalk.ts'

const why = whyNoKernel()
if (why) console.warn(`labs are not run: ${why}`)

const script = (...words: string[]): string => packetwalk(['lab', '-', ...words], TWO_PODS).stdout

/** An environment that marks the lab's processes: others may run labs meanwhile. */
const marked = (): NodeJS.ProcessEnv & { readonly LAB_OF_TEST: string } => ({ ...process.env, LAB_OF_TEST: randomUUID() })

/** Processes that have inherited the mark. */
function processesOf({ LAB_OF_TEST: mark }: { readonly LAB_OF_TEST: string }): number {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`, 'utf8').includes(mark)
    } catch {
      // It has ended in the meantime.
      return false
    }
  }).length
}

/** What a lab could leave: namespaces, files, mounts, interfaces, processes. */
function traces(env: { readonly LAB_OF_TEST: string }): string {
  const list = (folder: string): string => {
    try {
      return readdirSync(folder).sort().join(' ')
    } catch {
      return 'none'
    }
  }
  const run = (command: string): string => spawnSync('bash', ['-c', command], { encoding: 'utf8' }).stdout
  return [
    list('/run'),
    list('/run/netns'),
    list('/etc/netns'),
    run('ip -br link'),
    run('grep -c packetwalk /proc/self/mountinfo'),
    processesOf(env),
  ].join('\n')
}

describe('the script', () => {
  it('is bash, and refuses what it cannot do', () => {
    const text = script()
    expect(text).toMatch(/^#!\/usr\/bin\/env bash\n/)
    expect(spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
    const lacking = spawnSync('bash', [], { input: text.replace('for tool in ', 'for tool in no-such-tool '), encoding: 'utf8' })
    expect(lacking.status).toBe(3)
    const asUser = spawnSync('bash', [], { input: `id() { echo 1000; }\n${text}`, encoding: 'utf8' })
    expect(asUser).toMatchObject({ status: 3, stderr: 'packetwalk lab: needs root\n' })
  })

  it('is not written for a scenario with errors', () => {
    expect(packetwalk(['lab', '-'], 'kind: Pod\n')).toMatchObject({ code: 1, stdout: '' })
  })
})

describe.skipIf(why !== null)('run', () => {
  it('prints outcomes from a pipe', () => {
    const env = marked()
    const before = traces(env)
    const { status, stdout } = spawnSync('bash', [], { env, input: script(), encoding: 'utf8' })
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      walks: [
        { walk: 'right', outcome: 'delivered', server: 'pod/default/server:80', seenFrom: '10.244.1.2', answeredFrom: '10.244.2.2' },
        { walk: 'wrong & "odd"', outcome: 'refused', reason: 'ECONNREFUSED' },
      ],
    })
    expect(traces(env)).toBe(before)
  })

  it('pings as ping does: an error about a request that is not its own is none', () => {
    const text = packetwalk(['lab', '-'], PING_RENAMED).stdout
    const { stdout } = spawnSync('bash', [], { input: text, encoding: 'utf8' })
    expect(JSON.parse(stdout).walks).toMatchObject([
      { walk: 'others', outcome: 'timeout' },
      { walk: 'own', outcome: 'rejected', reason: 'EHOSTUNREACH' },
    ])
  })

  it('adds captures and tables with --probe, from a file', () => {
    const { status, stdout } = spawnSync('bash', [file(script('--probe'), 'lab.sh')], { encoding: 'utf8', maxBuffer: 1 << 26 })
    expect(status).toBe(0)
    const { namespaces } = JSON.parse(stdout)
    const client = namespaces['pod/default/client']
    expect(client.captures.eth0[0]).toMatchObject({ walk: 0, direction: 'out', bytes: expect.stringMatching(/^ffffffffffff/) })
    expect(client.captures.eth0[0].text).toContain('Request who-has 10.244.1.1 tell 10.244.1.2')
    expect(client.neighbours).toMatch(/^10\.244\.1\.1 dev eth0 lladdr /)
    expect(namespaces['node/worker-1'].conntrack).toContain('dport=80')
    expect(namespaces['node/worker-1'].rules).toMatch(/\[[1-9]\d*:\d+\] -A FORWARD/)
    expect(namespaces['node/worker-1'].fdb).toContain('master cni0')
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('leaves nothing when it gets %s', async (signal) => {
    const env = marked()
    const before = traces(env)
    // Nobody has this address: the walk lasts for seconds.
    const long = packetwalk(['lab', '-'], TWO_PODS.replace('http://pod/server/', 'http://10.244.2.200/')).stdout
    const bash = spawn('bash', [file(long, 'lab.sh')], { env, stdio: 'ignore' })
    const closed = new Promise((resolve) => bash.on('close', resolve))
    await new Promise((resolve) => setTimeout(resolve, 1200))
    expect(processesOf(env)).toBeGreaterThan(1)
    bash.kill(signal)
    const code = await closed
    expect(code).toBe({ SIGINT: 130, SIGTERM: 143, SIGKILL: null }[signal])
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(traces(env)).toBe(before)
  })

  it('leaves nothing when a command of a machine fails', () => {
    const env = marked()
    const before = traces(env)
    const broken = script().replace('ip route add 10.244.2.0/24', 'ip route add nonsense/24')
    const { status, stderr } = spawnSync('bash', [], { env, input: broken, encoding: 'utf8' })
    expect(status).toBe(1)
    expect(stderr).toContain('nonsense/24')
    expect(traces(env)).toBe(before)
  })
})
