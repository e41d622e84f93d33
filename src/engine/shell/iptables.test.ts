import { describe, expect, it } from 'vitest'
import { createNetNs } from '../linux/create-netns.ts'
import { splitWords } from '../linux/netfilter/split-words.ts'
import errors from '../linux/netfilter/testdata/iptables-1.8.9-errors.json' with { type: 'json' }
import rules from '../linux/netfilter/testdata/iptables-1.8.9-rules.json' with { type: 'json' }
import type { NetNs } from '../linux/netns.ts'
import type { Command, CommandResult, ShellContext } from './command.ts'
import { ipset } from './ipset.ts'
import { iptables } from './iptables.ts'
import { iptablesRestore } from './iptables-restore.ts'
import { iptablesSave } from './iptables-save.ts'

const COMMANDS: Readonly<Record<string, Command>> = { ipset, iptables, 'iptables-restore': iptablesRestore, 'iptables-save': iptablesSave }
/** The sets that were there when the tool was asked. */
const SETS =
  'create s1 hash:ip\ncreate s2 hash:ip,port\ncreate s3 hash:ip,port,ip\ncreate l1 list:set\ncreate n1 hash:net\ncreate sk hash:ip skbinfo\ncreate st hash:ip timeout 60'

const kernel = { nowMs: 0, chooser: { choose: () => 0, pick: () => 0 }, nextPacketId: 1 }

function node(): (line: string, stdin?: string) => CommandResult {
  const netns: NetNs = createNetNs('node', { ...kernel })
  const machine = { name: 'node', hostname: 'node', root: netns, netns: new Map(), netnsNames: new Map(), files: new Map<string, string>() }
  const run = (line: string, stdin = ''): CommandResult => {
    const context: ShellContext = { machine, netns, stdin, origin: null, lineOrigins: null, kube: null, spawn: null }
    const argv = splitWords(line)
    return COMMANDS[argv[0] ?? '']?.(argv, context) ?? { stdout: '', stderr: 'no such command', code: 127, effects: [] }
  }
  run('ipset restore', SETS)
  return run
}

describe('rules that iptables 1.8.9 was given', () => {
  it.each(rules)('$input', ({ table, input, saved, numeric, names }) => {
    const run = node()
    const text = `*${table}\n:FOO - [0:0]\n:BAR - [0:0]\n${input}\nCOMMIT\n`
    expect(run('iptables-restore', text)).toMatchObject({ stderr: '', code: 0 })
    const line = (out: string) => out.split('\n').filter((each) => each !== '' && !/^(Chain|target)/.test(each))[0]
    expect(
      run(`iptables-save -t ${table}`)
        .stdout.split('\n')
        .find((each) => each.startsWith('-A')),
    ).toBe(saved)
    expect(line(run(`iptables -t ${table} -L -n`).stdout)).toBe(numeric)
    expect(line(run(`iptables -t ${table} -L`).stdout)).toBe(names.replace(/owner UID match daemon/, 'owner UID match 1'))
  })
})

describe('text that iptables-restore 1.8.9 refused', () => {
  it.each(errors)('$input', ({ table, input, code, stderr }) => {
    const run = node()
    const result = run('iptables-restore', `*${table}\n:FOO - [0:0]\n:BAR - [0:0]\n${input}\nCOMMIT\n`)
    expect(result.stderr.trim()).toBe(stderr.replace('line: 5', 'line: 4').trim())
    expect(result.code).toBe(code)
    expect(run('iptables-save').stdout).toBe('')
  })
})
