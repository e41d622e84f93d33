import { describe, expect, it } from 'vitest'
import { categorizeEndpoints } from './categorize-endpoints.ts'
import type { ProxyEndpoint } from './service-ports.ts'

/** 'a' ready, 'a~' serving and terminating, 'a!' not serving, 'a*' on this node; '@z' hinted for zone z, '%n' for node n. */
function endpoints(text: string): ProxyEndpoint[] {
  return text
    .split(' ')
    .filter(Boolean)
    .map((word) => {
      const name = word[0] ?? ''
      const terminating = word.includes('~')
      return {
        ip: name,
        port: 80,
        text: name,
        isLocal: word.includes('*'),
        ready: !terminating && !word.includes('!'),
        serving: !word.includes('!'),
        terminating,
        zoneHints: /@(\w+)/.exec(word)?.slice(1) ?? [],
        nodeHints: /%(\w+)/.exec(word)?.slice(1) ?? [],
      }
    })
}

/** Policies: i internal Local, e external Local, x reachable from outside, h hints, n those for nodes first. */
function categorize(policies: string, text: string): string {
  const has = (letter: string): boolean => policies.includes(letter)
  const port = {
    internalPolicyLocal: has('i'),
    externalPolicyLocal: has('e'),
    externallyAccessible: has('x'),
    usesTopologyHints: has('h') || has('n'),
    prefersSameNode: has('n'),
    endpoints: endpoints(text),
  }
  const got = categorizeEndpoints(port, { 'topology.kubernetes.io/zone': 'z', 'kubernetes.io/hostname': 'n' })
  const names = (list: readonly ProxyEndpoint[]): string => list.map((e) => e.ip).join('')
  return `${names(got.cluster)}/${names(got.local)}${got.hasInternal ? ' internal' : ''}${got.hasExternal ? ' external' : ''}`
}

describe('which endpoints are used', () => {
  it.each([
    ['', '', '/'],
    ['', 'a b*', 'ab/ internal external'],
    ['', 'a!', '/'],
    ['', 'a~ b!', 'a/ internal external'],
    ['', 'a~ b', 'b/ internal external'],
    ['i', 'a b*', '/b internal external'],
    ['i', 'a', '/ external'],
    ['i', '', '/'],
    ['i', 'a b~*', '/b internal external'],
    ['ix', 'a b*', 'ab/b internal external'],
    ['ex', 'a b*', 'ab/b internal external'],
    ['ex', 'a', 'a/ internal'],
    ['ex', 'a b~*', 'a/b internal external'],
    ['e', 'a b*', 'ab/ internal'],
    ['iex', 'a', 'a/'],
    ['h', 'a@z b@y', 'a/ internal external'],
    ['h', 'a@z b', 'ab/ internal external'],
    ['h', 'a@y b@y', 'ab/ internal external'],
    ['h', 'a@z b@y c~', 'a/ internal external'],
    ['hex', 'a@z b@y*', 'a/b internal external'],
  ])('policies "%s", endpoints "%s": cluster/local %s', (policies, text, expected) => {
    expect(categorize(policies, text)).toBe(expected)
  })
})
