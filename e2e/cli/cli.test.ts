import { execSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { file, packetwalk } from './packetwalk.ts'

const COMMANDS = ['check', 'walk', 'reach', 'compare', 'exec', 'test', 'build', 'lab', 'rules', 'share', 'batch']

describe('packetwalk', () => {
  it('lists every command', () => {
    const { code, stdout } = packetwalk(['--help'])
    expect(code).toBe(0)
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'))
  })

  it.each(COMMANDS)('%s --help explains it, and help does too', (command) => {
    const { code, stdout, stderr } = packetwalk([command, '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.startsWith(`Usage: packetwalk ${command} `)).toBe(true)
    expect(stdout).toMatch(/\nExit(, as diff does)?: 0 /)
    expect(packetwalk(['help', command]).stdout).toBe(stdout)
  })

  it.each([
    [[], ''],
    [['wlak'], 'there is no command "wlak"'],
    [['check'], 'FILE is missing'],
    [['check', '--jsn', 'x.yaml'], "Unknown option '--jsn'"],
    [['check', '/nowhere/x.yaml'], 'cannot read /nowhere/x.yaml: no such file'],
    [['check', '/'], 'it is a directory'],
    [['walk'], 'FILE is missing'],
    [['walk', 'a.yaml', 'b.yaml'], '"b.yaml" is too much'],
    [['walk', 'a.yaml', '--from', 'pod/a'], '--to is missing'],
    [['walk', 'a.yaml', '--walk', 'w', '--from', 'pod/a'], 'exclude each other'],
    [['walk', 'a.yaml', '--seed', 'x'], '--seed is not a number'],
    [['walk', 'a.yaml', '--seed', '1', '--all-branches'], 'exclude each other'],
    [['exec', 'a.yaml', 'node/worker-1'], 'the command is missing'],
    [['exec', 'a.yaml'], 'TARGET is missing'],
    [['build', 'a.yaml'], '--stage is missing'],
    [['build', 'a.yaml', '--stage', 'house'], 'there is no stage "house"'],
    [['test', 'a.yaml', '--reporter', 'loud'], 'there is no reporter "loud"'],
    [['compare', 'a.yaml', '--walk', 'w', '--from', 'pod/a', '--proxy', 'ipvs'], 'exclude each other'],
    [['compare', 'a.yaml', '--to', 'pod/a', '--proxy', 'ipvs'], '--from is missing'],
    [['reach', 'a.yaml', '--to', 'moon'], '--to is pods, services or all'],
    [['reach', 'a.yaml', '--port', '0'], '--port is 1 to 65535'],
    [['reach', 'a.yaml', '--to', 'services', '--port', '81'], '--protocol and --port go with --to pods'],
    [['reach', 'a.yaml', '--to', 'all', '--protocol', 'udp'], 'with --to all every port is asked that there is'],
    [['rules'], '--packet is missing'],
    [['rules', '--packet', '{'], '--packet is not JSON'],
    [['share', 'a.yaml', '--base', 'here'], '--base is not a URL'],
    [['share', 'a.yaml', '--frame', '-1'], '--frame'],
    [['batch', 'a'], 'batch reads the standard input'],
  ])('%j is a usage error', (words, message) => {
    const { code, stdout, stderr } = packetwalk(words)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
  })

  it('reads - as the standard input', () => {
    expect(packetwalk(['check', '-'], 'kind: [\n').stderr).toMatch(/^<stdin>:\d+:\d+: error: /)
  })

  it.each([
    ['not YAML', 'a: b: c\n\t- {'],
    ['a tab', 'kind: Pod\n\tmetadata: {}\n'],
    ['no mapping', '- 1\n- 2\n'],
    ['an alias to nothing', 'a: *b\n'],
    [
      'a name twice',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: i}]}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: i}]}\n',
    ],
    ['a port of 0', 'apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 0}]}\n'],
    ['a binary file', '\u0000\u0001\u0002\ufffd'],
  ])('check names file, line and column of %s', (_, text) => {
    const path = file(text)
    const { code, stderr } = packetwalk(['check', path])
    expect(code).toBe(1)
    expect(stderr.split('\n')[0]).toMatch(/^.*lab\.yaml:[1-9]\d*:[1-9]\d*: error: .+ \[[a-z0-9-]+\]$/)
    expect(packetwalk(['walk', path, '--from', 'pod/a', '--to', 'ping 1.1.1.1']).code).toBe(1)
  })

  it('stops quietly when the reader of its output goes away', () => {
    const path = file('apiVersion: packetwalk.dev/v1alpha1\nkind: Cluster\nmetadata: {name: many}\nspec: {nodes: 100}\n')
    const out = execSync(`"${process.execPath}" dist/node/cli/packetwalk.js build "${path}" --stage scripts | head -1`, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    expect(out).toMatch(/^# ==== /)
  })
})
