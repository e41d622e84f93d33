import { describe, expect, it } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { reach, reachFrom } from './reach.ts'

const TEXT = `apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 8000, targetPort: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: lonely}
spec: {selector: {app: nobody}, ports: [{port: 80}]}
`

describe('what a sender reaches', () => {
  it('is told for each target in turn', () => {
    const ends = reachFrom(parseScenario(TEXT), 'pod/default/client', [
      'tcp://svc/default/web:8000',
      'tcp://svc/default/lonely:80',
      'tcp://pod/default/web:81',
      'tcp://svc/default/none:1',
    ])
    expect(ends?.map(({ outcome }) => outcome)).toEqual(['delivered', 'rejected', 'refused', 'problem'])
    expect(ends?.[0]).toMatchObject({ server: 'pod/default/web:80' })
    expect(ends?.[3]).toMatchObject({ by: null, reason: expect.stringContaining('none') })
  })

  it('is told together with the NetworkPolicies that would have a say and are not enforced', () => {
    const policy = `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny}
spec: {podSelector: {matchLabels: {app: web}}}
`
    const scenario = parseScenario(TEXT + policy)
    const ends = reachFrom(scenario, 'pod/default/client', ['tcp://svc/default/web:8000', 'tcp://svc/default/lonely:80'])
    expect(ends?.map(({ remarks }) => remarks?.map(({ object }) => object) ?? [])).toEqual([['networkpolicy/default/deny'], []])
    const rows = reach(scenario, { to: 'services', probes: [] })
    if ('problem' in rows) throw new Error(rows.problem)
    const marked = rows.filter(({ remarks }) => remarks !== undefined).map(({ from, to }) => `${from} ${to}`)
    expect(marked).toContain('pod/default/client svc/default/web')
    expect(marked.filter((one) => one.includes('lonely'))).toEqual([])
  })

  it('is nothing without a cluster', () => {
    expect(reachFrom(parseScenario('kind: ['), 'pod/a', [])).toBeNull()
  })
})
