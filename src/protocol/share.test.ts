import { cpuUsage } from 'node:process'
import fc from 'fast-check'
import { deflateSync, strToU8 } from 'fflate'
import { describe, expect, it } from 'vitest'
import { decodeShare, encodeShare, LONG_FRAGMENT, MAX_FRAGMENT, MAX_INFLATED } from './share.ts'

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
const linkOf = (json: string) => `#v1.d.${base64url(deflateSync(strToU8(json), { level: 9 }))}`

function fragmentOf(yaml: string): string {
  const encoded = encodeShare({ yaml })
  if (!encoded.ok) throw new Error(encoded.error.message)
  return encoded.fragment
}

/** Text that does not compress: a fixed linear congruential sequence. */
function noise(length: number): string {
  let seed = 1
  return Array.from({ length }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return String.fromCharCode(33 + ((seed >>> 16) % 94))
  }).join('')
}

describe('encodeShare and decodeShare', () => {
  it('give back any text, view and further field', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.dictionary(fc.stringMatching(/^[a-z]+$/), fc.jsonValue()),
        (yaml, view, more) => {
          const scenario = JSON.parse(JSON.stringify({ ...more, yaml, view })) as { yaml: string }
          const encoded = encodeShare(scenario)
          if (!encoded.ok) throw new Error(encoded.error.message)
          expect(decodeShare(encoded.fragment)).toEqual({ ok: true, scenario, keys: new Map() })
        },
      ),
    )
  })

  it('give back lone surrogates', () => {
    expect(decodeShare(fragmentOf('a\ud800b'))).toMatchObject({ ok: true, scenario: { yaml: 'a\ud800b' } })
  })

  it('give back readable keys, unknown ones too, in order', () => {
    const keys = new Map([
      ['walk', 'web to db & back'],
      ['frame', '17'],
      ['zoom', '2=3'],
    ])
    const encoded = encodeShare({ yaml: 'a: 1' }, keys)
    if (!encoded.ok) throw new Error(encoded.error.message)
    expect(encoded.fragment).toMatch(/^#v1\.d\.[A-Za-z0-9_-]+&walk=web%20to%20db%20%26%20back&frame=17&zoom=2%3D3$/)
    const decoded = decodeShare(encoded.fragment)
    expect(decoded.ok && [...decoded.keys]).toEqual([...keys])
  })

  it('reads what another encoder wrote', () => {
    expect(decodeShare(linkOf('{"yaml":"kind: Pod\\n","view":{"theme":"dark"},"future":1}'))).toEqual({
      ok: true,
      scenario: { yaml: 'kind: Pod\n', view: { theme: 'dark' }, future: 1 },
      keys: new Map(),
    })
  })

  it('reads a link without its hash sign, with padding and with blanks around it', () => {
    const fragment = fragmentOf('a: 1')
    expect(decodeShare(` ${fragment.slice(1)}=\n`).ok).toBe(true)
  })

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `#v1.d.${text}`),
          fc.base64String().map((text) => `v1.d.${text}`),
        ),
        (text) => {
          expect(decodeShare(text).ok).toBeTypeOf('boolean')
        },
      ),
    )
  })
})

/** The shortest of five runs, ms of the processor that this process has used: what other programs do does not count. */
function fastest(run: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const before = cpuUsage()
    run()
    const { user, system } = cpuUsage(before)
    return (user + system) / 1000
  })
  return Math.min(...times)
}

describe('decodeShare refuses', () => {
  const whole = fragmentOf('apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n'.repeat(3))
  const brokenUtf8 = `#v1.d.${base64url(deflateSync(new Uint8Array([0x22, 0xff, 0x22])))}`
  it.each([
    ['an empty fragment', '#', 'not-a-link'],
    ['another program’s fragment', '#pako:eNpVj', 'not-a-link'],
    ['a later version', '#v2.d.AAAA', 'version'],
    ['another packing', '#v1.z.AAAA', 'version'],
    ['a bare prefix', '#v1.d.', 'truncated'],
    ['a cut prefix', '#v1.d', 'truncated'],
    ['a link cut in the middle', whole.slice(0, whole.length / 2), 'truncated'],
    ['a link without its last four characters', whole.slice(0, -4), 'truncated'],
    ['foreign characters', '#v1.d.abc!def', 'base64'],
    ['bytes that are not deflate', `#v1.d.${base64url(new Uint8Array([255, 255, 255, 255, 255]))}`, 'deflate'],
    ['bytes that are not UTF-8', brokenUtf8, 'deflate'],
    ['text that is not JSON', linkOf('yaml: x'), 'json'],
    ['JSON without a text', linkOf('{"view":{}}'), 'no-yaml'],
    ['a text that is no string', linkOf('{"yaml":7}'), 'no-yaml'],
    ['JSON null', linkOf('null'), 'no-yaml'],
    ['a fragment over the cap', `#v1.d.${'A'.repeat(MAX_FRAGMENT)}`, 'too-long'],
    ['a zip bomb', `#v1.d.${base64url(deflateSync(new Uint8Array(64 * 1024 * 1024), { level: 9 }))}`, 'too-big'],
  ])('%s', (_, fragment, code) => {
    const decoded = decodeShare(fragment)
    expect(decoded).toMatchObject({ ok: false, error: { code } })
    expect(!decoded.ok && decoded.error.message).toMatch(/^This (link|is) .*\.$|^This is not a Packetwalk link/)
  })

  it('a zip bomb without unfolding it', () => {
    const linkOfSize = (mebibytes: number) => `#v1.d.${base64url(deflateSync(new Uint8Array(mebibytes * 1024 * 1024), { level: 9 }))}`
    const [bomb, largest] = [linkOfSize(140), linkOfSize(4)]
    expect(decodeShare(bomb)).toMatchObject({ ok: false, error: { code: 'too-big' } })
    const ms = fastest(() => decodeShare(bomb))
    expect(ms).toBeLessThan(500)
    // Unfolding all of it would take 35 times as long as what is allowed.
    expect(ms).toBeLessThan(8 * fastest(() => decodeShare(largest)))
  })
})

describe('encodeShare', () => {
  it('warns when a link is long for chat programs', () => {
    const encoded = encodeShare({ yaml: noise(LONG_FRAGMENT) })
    expect(encoded.ok && encoded.warning).toContain('chat programs')
    expect(encodeShare({ yaml: 'a: 1' })).toMatchObject({ ok: true, warning: null })
  })

  it('refuses what no link can hold', () => {
    expect(encodeShare({ yaml: noise(MAX_FRAGMENT) })).toMatchObject({ ok: false, error: { code: 'too-long' } })
    expect(encodeShare({ yaml: 'a'.repeat(MAX_INFLATED) })).toMatchObject({ ok: false, error: { code: 'too-big' } })
  })
})
