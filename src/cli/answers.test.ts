/** What check, test and share answer, and with which exit code. */
import { describe, expect, it } from 'vitest'
import { check } from './check.ts'
import type { CliCommand, Streams } from './command.ts'
import { share } from './share.ts'
import { test } from './test.ts'

const POD = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}\n'
const step = (kind: string, spec: string): string =>
  `---\napiVersion: packetwalk.dev/v1alpha1\nkind: ${kind}\nmetadata: {name: one}\nspec:\n${spec}`
const WALK = step('Walk', '  from: node/worker-1\n  to: tcp://pod/web:80\n')

interface Answer {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function type(command: CliCommand, argv: readonly string[], text: string): Promise<Answer> {
  let out = ''
  let err = ''
  const streams: Streams = {
    read: async () => text,
    write: async () => {},
    isDirectory: async () => false,
    makeDirectory: async () => {},
    lines: async function* () {},
    out: (more) => {
      out += more
    },
    err: (more) => {
      err += more
    },
  }
  const code = await command.run(argv, streams)
  return { code, out, err }
}

describe('check', () => {
  it('runs the Scripts and says at their line what fails', async () => {
    const text = `${POD}${step('Script', '  on: node/worker-1\n  run: |\n    ip link set eth0 mtu 1400\n    ip link set eth7 up\n')}`
    expect(await type(check, ['lab.yaml'], text)).toEqual({
      code: 0,
      out: 'lab.yaml: 2 objects, 0 errors, 1 warning\n',
      err: 'lab.yaml:13:1: warning: On node/worker-1, "ip link set eth7 up" failed: Cannot find device "eth7" [command-failed]\n',
    })
    const { out } = await type(check, ['--json', 'lab.yaml'], text)
    expect(JSON.parse(out)).toMatchObject({ files: [{ ok: true, diagnostics: [{ code: 'command-failed', range: { line: 13 } }] }] })
  })

  it('says only what is wrong with a text that cannot be built', async () => {
    const answer = await type(check, ['lab.yaml'], POD.replace('name: web', 'name: Web'))
    expect(answer).toMatchObject({ code: 1, out: 'lab.yaml: 1 object, 1 error, 0 warnings\n' })
  })
})

describe('test', () => {
  it('of a file that expects nothing is no success', async () => {
    expect(await type(test, ['lab.yaml'], `${POD}${WALK}`)).toEqual({
      code: 1,
      out: '0 passed, 0 failed\n',
      err: 'packetwalk test: lab.yaml has no Walk with an expectation: write spec.expect\n',
    })
  })

  it.each([
    ['delivered', 0, '1 passed, 0 failed'],
    ['timeout', 1, '0 passed, 1 failed'],
  ])('%s: exit code %i', async (outcome, code, last) => {
    const answer = await type(test, ['lab.yaml'], `${POD}${WALK}  expect: {outcome: ${outcome}}\n`)
    expect(answer).toMatchObject({ code, err: '' })
    expect(answer.out).toContain(last)
  })
})

describe('share', () => {
  it('of a Walk that is not there is refused', async () => {
    expect(await type(share, ['lab.yaml', '--walk', 'nope'], `${POD}${WALK}`)).toEqual({
      code: 1,
      out: '',
      err: 'packetwalk share: lab.yaml has no Walk called "nope"\n',
    })
  })

  it('of one that is there names it in the link', async () => {
    const { code, out } = await type(share, ['lab.yaml', '--walk', 'one'], `${POD}${WALK}`)
    expect(code).toBe(0)
    expect(out.trim()).toMatch(/&walk=one$/)
  })
})
