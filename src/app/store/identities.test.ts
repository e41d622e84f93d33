import { expect, it } from 'vitest'
import { dealIdentities, identityOf } from './identities.ts'
import { recordsOf, smallTopology, WALK } from './walk.fixture.ts'

const identities = dealIdentities(smallTopology(), recordsOf(WALK))

it.each([
  ['10.244.1.2', 'id-1', 'circle', 'pod/default/webapp-k2xvp'],
  ['10.96.40.7', 'id-svc', 'diamond', 'service/default/webapp-sql1'],
  ['10.244.2.3', 'id-2', 'circle', 'pod/default/mysql-1'],
  ['172.18.0.11', 'id-node', 'square', 'node/worker-1'],
  ['10.244.1.1', 'id-node', 'square', 'node/worker-1'],
])('%s is %s, a %s', (address, hue, glyph, ref) => {
  expect(identityOf(identities, address, 'pod/default/webapp-k2xvp')).toMatchObject({ hue, glyph, ref })
})

it('takes loopback for the namespace it is seen in', () => {
  expect(identityOf(identities, '127.0.0.1', 'pod/default/webapp-k2xvp').ref).toBe('pod/default/webapp-k2xvp')
})

it('deals the first hue again after the last', () => {
  const lines = Array.from(
    { length: 6 },
    (_, index) => `packet ${index} tcp 192.0.2.${index + 1}:1 192.0.2.${index + 1}:2 SYN\nhost/x send`,
  )
  const dealt = dealIdentities(null, recordsOf(lines.join('\n')))
  expect([...dealt.byAddress.values()].map((identity) => identity.hue)).toEqual(['id-1', 'id-2', 'id-3', 'id-4', 'id-5', 'id-1'])
})
