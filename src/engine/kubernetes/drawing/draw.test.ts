import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseScenario } from '../manifest.ts'
import { draw } from './draw.ts'
import { applyChanges } from './drawing.ts'
import type { DrawnKind, Gesture } from './gesture.ts'

function drawn(text: string, ...gestures: readonly Gesture[]): string {
  return gestures.reduce((now, gesture) => {
    const result = draw(now, gesture)
    if ('problem' in result) throw new Error(result.problem)
    return applyChanges(now, result.changes)
  }, text)
}

const problemOf = (text: string, gesture: Gesture): string | null => {
  const result = draw(text, gesture)
  return 'problem' in result ? result.problem : null
}
const add = (what: DrawnKind, on: string | null = null): Gesture => ({ kind: 'add', what, on })
const gallery = (name: string): string => readFileSync(new URL(`../../../scenarios/${name}.yaml`, import.meta.url), 'utf8')
const errors = (text: string): string[] =>
  parseScenario(text)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ message }) => message)

describe('drawing on an empty canvas', () => {
  test('two nodes, three pods, a Service and a walk leave a clean text', () => {
    const text = drawn(
      '',
      add('node'),
      add('node'),
      add('pod', 'node/worker-1'),
      { kind: 'rename', ref: 'pod/default/web', name: 'client' },
      add('pod', 'node/worker-2'),
      add('pod', 'node/worker-2'),
      add('service', 'pod/default/web'),
      { kind: 'connect', from: 'service/default/web', to: 'pod/default/web-2' },
      { kind: 'connect', from: 'pod/default/client', to: 'service/default/web' },
    )
    expect(text).toMatchInlineSnapshot(`
      "apiVersion: v1
      kind: Node
      metadata:
        name: worker-1
      ---
      apiVersion: v1
      kind: Node
      metadata:
        name: worker-2
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: client
        labels: {app: client}
      spec:
        nodeName: worker-1
        containers:
          - name: client
            image: nginx
            ports:
              - containerPort: 80
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: web
        labels: {app: web}
      spec:
        nodeName: worker-2
        containers:
          - name: web
            image: nginx
            ports:
              - containerPort: 80
      ---
      apiVersion: v1
      kind: Pod
      metadata:
        name: web-2
        labels: {app: web}
      spec:
        nodeName: worker-2
        containers:
          - name: web-2
            image: nginx
            ports:
              - containerPort: 80
      ---
      apiVersion: v1
      kind: Service
      metadata:
        name: web
      spec:
        selector: {app: web}
        ports:
          - port: 80
      ---
      apiVersion: packetwalk.dev/v1alpha1
      kind: Walk
      metadata:
        name: client-to-web
      spec:
        from: pod/client
        to: http://web:80/
      "
    `)
    const { cluster, steps } = parseScenario(text)
    expect(errors(text)).toEqual([])
    expect(
      cluster?.pods.filter(({ meta }) => meta.namespace === 'default').map(({ meta, nodeName }) => `${meta.name} ${nodeName}`),
    ).toEqual(['client worker-1', 'web worker-2', 'web-2 worker-2'])
    expect(steps).toMatchObject([{ walk: { from: 'pod/client', to: 'http://web:80/' } }])
  })

  test.each(['node', 'pod', 'deployment', 'service', 'host', 'network', 'bridge', 'script'] as const)('a first %s can be built', (what) => {
    expect(errors(drawn('', add(what)))).toEqual([])
  })

  test.each(['networkpolicy', 'ingress'] as const)('a %s needs something to stand for', (what) => {
    expect(problemOf('', add(what))).toMatch(/first\.$/)
  })
})

describe('nodes', () => {
  test.each([
    ['a number', 'spec: {nodes: 2}  # two\n', 'spec: {nodes: 3}  # two\n'],
    [
      'a list',
      'spec:\n  nodes:\n    - name: a # first\n    - {name: b}\n',
      'spec:\n  nodes:\n    - name: a # first\n    - {name: b}\n    - name: worker-1\n',
    ],
    ['a short list', 'spec:\n  nodes: [{name: a}]\n', 'spec:\n  nodes: [{name: a}, {name: worker-1}]\n'],
    ['nothing', 'spec:\n  cni: bridge\n', 'spec:\n  cni: bridge\n  nodes: 3\n'],
  ])('of a Cluster with %s', (_, spec, after) => {
    const head = 'apiVersion: packetwalk.dev/v1alpha1\nkind: Cluster\n'
    expect(drawn(head + spec, add('node'))).toBe(head + after)
  })

  test('that stood there by default are written out', () => {
    const text = drawn(gallery('localhost'), add('node'))
    expect(parseScenario(text).cluster?.nodes.map(({ meta }) => meta.name)).toEqual(['worker-1', 'worker-2', 'worker-3'])
  })

  test('deleted from a list', () => {
    const text =
      'apiVersion: packetwalk.dev/v1alpha1\nkind: Cluster\nspec:\n  nodes:\n    - name: a\n    - name: b # second\n  cni: bridge\n'
    expect(drawn(text, { kind: 'delete', refs: ['node/a'] })).toBe(text.replace('    - name: a\n', ''))
  })

  test('take their pods’ binding with them', () => {
    const text = drawn('', add('node'), add('node'), add('pod', 'node/worker-2'))
    expect(drawn(text, { kind: 'delete', refs: ['node/worker-2'] })).not.toContain('nodeName')
  })
})

describe('deleting', () => {
  test('a document keeps its neighbours and their comments', () => {
    const text = gallery('web-and-mysql')
    const after = drawn(text, { kind: 'delete', refs: ['service/default/webapp'] })
    expect(errors(after)).toEqual([])
    expect(after).toContain('# Asks DNS first')
    expect(after).not.toContain('nodePort: 30080')
  })

  test('a pod of a Deployment is one replica less', () => {
    const text = gallery('web-and-mysql')
    const pod = parseScenario(text).cluster?.pods.find(({ owner, meta }) => owner !== null && meta.name.startsWith('webapp'))
    expect(drawn(text, { kind: 'delete', refs: [`pod/default/${pod?.meta.name}`] })).toBe(text.replace('replicas: 2', 'replicas: 1'))
  })

  test('an item of a List', () => {
    const text =
      'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: b}\n'
    expect(drawn(text, { kind: 'delete', refs: ['pod/default/a'] })).toBe(
      'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: b}\n',
    )
  })

  test('the last document', () => {
    expect(drawn('kind: Pod\napiVersion: v1\nmetadata: {name: a}\n', { kind: 'delete', refs: ['pod/default/a'] })).toBe('')
  })

  test.each([
    ['gateway', /cannot be deleted/],
    ['pod/kube-system/coredns-1', /Nothing in the text/],
  ])('%s is refused', (ref, reason) => {
    expect(problemOf(gallery('localhost'), { kind: 'delete', refs: [ref] })).toMatch(reason)
  })
})

describe('renaming', () => {
  test('a Service takes the Walks along', () => {
    const after = drawn(gallery('web-and-mysql'), { kind: 'rename', ref: 'service/default/webapp-sql1', name: 'db' })
    expect(after).toContain('to: http://db:3306/')
    expect(after).toContain('# name of its Service, webapp-sql1')
  })

  test('a pod takes references along', () => {
    const after = drawn(gallery('localhost'), { kind: 'rename', ref: 'pod/default/app', name: 'shop' })
    expect(errors(after)).toEqual([])
    expect(after.match(/pod\/shop/g)).toHaveLength(gallery('localhost').match(/pod\/app/g)?.length ?? 0)
  })

  test.each([
    ['Web', /no name for a Pod/],
    ['', /no name for a Pod/],
  ])('to %j is refused', (name, reason) => {
    expect(problemOf(gallery('localhost'), { kind: 'rename', ref: 'pod/default/app', name })).toMatch(reason)
  })
})

describe('lines', () => {
  const pods = drawn('', add('node'), add('pod'), add('pod'))

  test('a host gets a second cable', () => {
    const text = drawn('', add('host'), add('network'), { kind: 'connect', from: 'host/host', to: 'network/office' })
    expect(errors(text)).toEqual([])
    expect(parseScenario(text).cluster?.hosts[0]?.interfaces.map(({ network }) => network)).toEqual(['lan', 'office'])
  })

  test('from a Service whose selector matches nothing: it takes the pod’s labels', () => {
    const text = `${pods}---\napiVersion: v1\nkind: Service\nmetadata:\n  name: s\nspec:\n  selector:\n    app: typo # oops\n  ports: [{port: 80}]\n`
    expect(drawn(text, { kind: 'connect', from: 'service/default/s', to: 'pod/default/web' })).toBe(text.replace('typo', 'web'))
  })

  test('from a Service into another namespace is refused', () => {
    const text = `${pods}---\napiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: other}\nspec: {ports: [{port: 80}]}\n`
    expect(problemOf(text, { kind: 'connect', from: 'service/other/s', to: 'pod/default/web' })).toMatch(/own namespace/)
  })
})

describe('copies', () => {
  test('get the next name and leave allocated things to the API', () => {
    const after = drawn(gallery('web-and-mysql'), { kind: 'duplicate', refs: ['service/default/webapp'] })
    expect(errors(after)).toEqual([])
    expect(parseScenario(after).cluster?.services.map(({ meta }) => meta.name)).toContain('webapp-2')
  })

  test('pasting something else than YAML says so', () => {
    expect(problemOf('', { kind: 'paste', text: '{' })).toMatch(/no YAML/)
    expect(problemOf('', { kind: 'paste', text: 'hello' })).toMatch(/no Kubernetes object/)
  })
})

test('a text with a syntax error is not drawn on', () => {
  expect(problemOf('a: [\n', add('pod'))).toMatch(/syntax error in line/)
})

const COMMENTED = `# the head
apiVersion: packetwalk.dev/v1alpha1
kind: Cluster # ours
spec:
  # how many
  nodes: 2
---
# a client
apiVersion: v1
kind: Pod
metadata:
  name: client   # its name
  labels: {app: client}   # short
spec:
  containers:
    - {name: c, image: curl}
`
const comments = (text: string): string[] => text.match(/# .*/g) ?? []

/** A gesture that the present text allows, chosen by numbers. */
function gestureFor(text: string, [what, a, b]: readonly [number, number, number]): Gesture | null {
  const { cluster, documents } = parseScenario(text)
  if (!cluster) return null
  const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)]
  const pods = cluster.pods.filter(({ meta }) => meta.namespace === 'default').map(({ meta }) => `pod/default/${meta.name}`)
  const services = cluster.services.filter(({ meta }) => meta.namespace === 'default').map(({ meta }) => `service/default/${meta.name}`)
  const nodes = cluster.nodes.map(({ meta }) => `node/${meta.name}`)
  const any = pick([...pods, ...services, ...nodes], a)
  const other = pick([...pods, ...services, ...nodes, 'internet'], b)
  const kinds: readonly DrawnKind[] = [
    'node',
    'pod',
    'deployment',
    'service',
    'host',
    'network',
    'bridge',
    'walk',
    'script',
    'networkpolicy',
    'ingress',
  ]
  const documentRef = pick(
    documents.filter(({ kind }) => kind !== 'Cluster' && kind !== 'Pod'),
    a,
  )?.ref
  switch (what % 8) {
    case 0:
    case 1:
      return { kind: 'add', what: kinds[a % kinds.length] ?? 'pod', on: b % 2 === 0 ? null : (other ?? null) }
    case 2:
      return any && other ? { kind: 'connect', from: any, to: other } : null
    case 3:
      return pods.length > 0 ? { kind: 'place', pod: pick(pods, a) ?? '', node: pick(nodes, b) ?? '' } : null
    case 4:
      return any ? { kind: 'rename', ref: any, name: `n${b}` } : null
    case 5:
      return any ? { kind: 'duplicate', refs: [any] } : null
    case 6: {
      const deletable = pods.filter((ref) => ref !== documents.find(({ index }) => index === 1)?.ref)
      return deletable.length > 0 ? { kind: 'delete', refs: [pick(deletable, a) ?? ''] } : null
    }
    default:
      return documentRef ? { kind: 'delete', refs: [documentRef] } : null
  }
}

describe('laws', () => {
  const steps = fc.array(fc.tuple(fc.nat(60), fc.nat(60), fc.nat(60)), { minLength: 1, maxLength: 12 })

  test('after any gestures the text can be built, and comments survive', () => {
    fc.assert(
      fc.property(steps, (numbers) => {
        let text = COMMENTED
        for (const number of numbers) {
          const gesture = gestureFor(text, number)
          if (!gesture) continue
          const result = draw(text, gesture)
          if ('problem' in result) {
            expect(result.problem).toMatch(/\.$/)
            continue
          }
          text = applyChanges(text, result.changes)
          expect({ gesture, errors: errors(text), text }).toEqual({ gesture, errors: [], text })
        }
        expect(comments(text)).toEqual(expect.arrayContaining(comments(COMMENTED)))
      }),
      { numRuns: 60 },
    )
  })
})
