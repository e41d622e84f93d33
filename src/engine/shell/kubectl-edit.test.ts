/** What `kubectl patch` and manifests make of objects: RFC 7386, strategic merge (patchMergeKey in the API's types), lists. */
import { describe, expect, test } from 'vitest'
import type { KubeApi } from './command.ts'
import { testTerminal } from './test-machine.ts'

/** What the API server is asked to apply, and what is seen. */
function typed(line: string, more: Partial<KubeApi> = {}): { readonly applied: readonly unknown[]; readonly seen: string } {
  const applied: unknown[] = []
  const kube: KubeApi = {
    list: (resource, namespace) =>
      resource === 'pods' && namespace !== 'shop' ? [OBJECT] : resource === 'nodes' && namespace === null ? [NODE] : [],
    change: (change) => {
      if (change.verb === 'apply') applied.push(JSON.parse(change.text))
      return { ok: true, done: 'configured' }
    },
    ...more,
  }
  return { applied, seen: testTerminal(kube).see(line) }
}

const NODE = { kind: 'Node', metadata: { name: 'n' } }
const X = { name: 'x', image: 'a', ports: [{ containerPort: 80, name: 'web' }] }
const Y = { name: 'y', image: 'b' }
const OBJECT = {
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default' },
  spec: { containers: [X, Y], ports: [80, { port: 81 }], args: ['1'], tolerations: [{ key: 'k' }], deep: { a: { b: 1, c: 2 }, d: 'e' } },
}

describe('kubectl patch', () => {
  test.each<[patch: string, type: string, spec: object]>([
    ['{deep: {a: {b: 3}}}', 'strategic', { deep: { a: { b: 3, c: 2 }, d: 'e' } }],
    ['{deep: {a: {b: 3}}}', 'merge', { deep: { a: { b: 3, c: 2 }, d: 'e' } }],
    ['{deep: {a: null}}', 'merge', { deep: { d: 'e' } }],
    ['{deep: {a: 5}}', 'strategic', { deep: { a: 5, d: 'e' } }],
    ['{deep: {d: {f: 1}}}', 'merge', { deep: { a: { b: 1, c: 2 }, d: { f: 1 } } }],
    ['{fresh: {a: {b: null, c: 1}}}', 'merge', { fresh: { a: { c: 1 } } }],
    ['{args: ["2"]}', 'strategic', { args: ['2'] }],
    ['{tolerations: [{key: z}]}', 'strategic', { tolerations: [{ key: 'z' }] }],
    ['{containers: [{name: y, image: c}]}', 'strategic', { containers: [X, { ...Y, image: 'c' }] }],
    ['{containers: [{name: y, image: c}]}', 'merge', { containers: [{ name: 'y', image: 'c' }] }],
    ['{containers: [{name: z, image: c}]}', 'strategic', { containers: [X, Y, { name: 'z', image: 'c' }] }],
    ['{containers: [{image: c}]}', 'strategic', { containers: [{ image: 'c' }] }],
    ['{containers: [{name: y, image: c}, {image: d}]}', 'strategic', { containers: [{ name: 'y', image: 'c' }, { image: 'd' }] }],
    ['{containers: [7]}', 'strategic', { containers: [7] }],
    ['{containers: {a: 1}}', 'strategic', { containers: { a: 1 } }],
    [
      '{containers: [{name: x, ports: [{containerPort: 80, name: w}, {containerPort: 81}]}]}',
      'strategic',
      { containers: [{ ...X, ports: [{ containerPort: 80, name: 'w' }, { containerPort: 81 }] }, Y] },
    ],
    [
      '{containers: [{name: x, ports: [{containerPort: 81}]}]}',
      'strategic',
      { containers: [{ ...X, ports: [...X.ports, { containerPort: 81 }] }, Y] },
    ],
    ['{ports: [{port: 81, name: a}, {port: 82}]}', 'strategic', { ports: [80, { port: 81, name: 'a' }, { port: 82 }] }],
    ['{ports: [{port: 81, name: a}, {port: 81, name: b}]}', 'strategic', { ports: [80, { port: 81, name: 'b' }] }],
    ['{deep: {containers: [{name: x}]}}', 'strategic', { deep: { ...OBJECT.spec.deep, containers: [{ name: 'x' }] } }],
  ])('%s (%s)', (patch, type, spec) => {
    expect(typed(`kubectl patch pod p --type=${type} -p '{spec: ${patch}}'`)).toEqual({
      applied: [{ ...OBJECT, spec: { ...OBJECT.spec, ...spec } }],
      seen: 'pod/p patched\n',
    })
  })

  test.each([
    ["kubectl patch pod p -p '{'", /^error: unable to parse "\{": yaml: invalid\n=> 1\n$/],
    ["kubectl patch pod p -p '[1]'", /^error: unable to parse "\[1\]": yaml: not a mapping\n=> 1\n$/],
    ['kubectl patch pod p -p x', /^error: unable to parse "x": yaml: not a mapping\n=> 1\n$/],
    ['kubectl patch pod p -p null', /^error: unable to parse "null": yaml: not a mapping\n=> 1\n$/],
    ["kubectl -n shop patch pod p -p '{a: 1}'", /^Error from server \(NotFound\): pods "p" not found\n=> 1\n$/],
    ["kubectl -n shop patch node n -p '{a: 1}'", /^node\/n patched\n$/],
  ])('%s', (line, seen) => {
    expect(typed(line).seen).toMatch(seen)
  })
})

describe('an API server', () => {
  test('that changes nothing says so', () => {
    const line = (command: string) => testTerminal({ list: () => [OBJECT] }).see(command)
    expect(line('kubectl label pod p a=b')).toBe('error: this API server only answers questions\n=> 1\n')
    expect(line('kubectl delete pod p')).toBe('error: this API server only answers questions\n=> 1\n')
    expect(line('kubectl scale pod p --replicas=2')).toBe('error: this API server only answers questions\n=> 1\n')
    expect(line('echo "{kind: Pod, apiVersion: v1}" | kubectl apply -f -')).toBe('error: this API server only answers questions\n=> 1\n')
  })

  test('that refuses is quoted', () => {
    const refusing: Partial<KubeApi> = { change: () => ({ ok: false, message: 'Error from server (Forbidden): no' }) }
    expect(typed('kubectl label pod p a=b', refusing).seen).toBe('Error from server (Forbidden): no\n=> 1\n')
    expect(typed('kubectl scale pod p --replicas=1', refusing).seen).toBe('Error from server (Forbidden): no\n=> 1\n')
    expect(typed('kubectl delete pod p --ignore-not-found', refusing).seen).toBe('Error from server (Forbidden): no\n=> 1\n')
  })

  test('that does not know a resource', () => {
    expect(testTerminal({ list: () => null }).see('kubectl get pods')).toBe(
      'error: the server doesn\'t have a resource type "pods"\n=> 1\n',
    )
    expect(testTerminal({ list: () => null }).see('kubectl delete pods --all')).toBe('No resources found\n')
    expect(testTerminal(null).see('kubectl get pods')).toMatch(/^The connection to the server localhost:8080 was refused/)
  })

  test('is told to delete at once only with --force', () => {
    const forced: boolean[] = []
    const change: KubeApi['change'] = (_change, force) => {
      forced.push(force)
      return { ok: true, done: 'deleted' }
    }
    for (const more of ['', ' --force', ' --grace-period=0', ' --force --grace-period=0', ' --force=false'])
      typed(`kubectl delete pod p${more}`, { change })
    typed('echo "{kind: Pod, apiVersion: v1, metadata: {name: a}}" | kubectl apply -f -', { change })
    typed('kubectl scale pod p --replicas=2', { change })
    typed('kubectl label pod p a=b', { change })
    expect(forced).toEqual([false, true, false, true, false, false, false, false])
  })
})

describe('kubectl apply', () => {
  const one = (kind: string, more: object = {}) => ({ apiVersion: 'v1', kind, metadata: { name: 'n', ...more } })
  test.each<[manifest: string, applied: readonly object[], seen: string]>([
    ['{apiVersion: v1, kind: Pod, metadata: {name: n}}', [one('Pod', { namespace: 'default' })], 'pod/n configured\n'],
    ['{apiVersion: v1, kind: Pod, metadata: {name: n, namespace: shop}}', [one('Pod', { namespace: 'shop' })], 'pod/n configured\n'],
    ['{apiVersion: v1, kind: Node, metadata: {name: n}}', [one('Node')], 'node/n configured\n'],
    ['{apiVersion: v1, kind: ConfigMap, metadata: {name: n}}', [one('ConfigMap', { namespace: 'default' })], 'configmap/n configured\n'],
    [
      '{apiVersion: apps/v1, kind: Deployment}',
      [{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace: 'default' } }],
      'deployment.apps/ configured\n',
    ],
    [
      '{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Node, metadata: {name: n}}, {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Node, metadata: {name: n}}]}]}',
      [one('Node'), one('Node')],
      'node/n configured\nnode/n configured\n',
    ],
    ['{apiVersion: v1, kind: List, metadata: {name: n}}', [one('List', { namespace: 'default' })], 'list/n configured\n'],
    ['[1]', [], 'error: no objects passed to apply\n=> 1\n'],
    ['x', [], 'error: no objects passed to apply\n=> 1\n'],
    ['null', [], 'error: no objects passed to apply\n=> 1\n'],
    [
      '{a: 1}',
      [],
      'error: error validating "STDIN": error validating data: [apiVersion not set, kind not set]; if you choose to ignore these errors, turn validation off with --validate=false\n=> 1\n',
    ],
    [
      '{apiVersion: null, kind: Pod}',
      [],
      'error: error validating "STDIN": error validating data: apiVersion not set; if you choose to ignore these errors, turn validation off with --validate=false\n=> 1\n',
    ],
    ['{a: ', [], 'error: error parsing STDIN: Flow map must end with a } at line 1, column 5:\n=> 1\n'],
  ])('%s', (manifest, applied, seen) => {
    expect(typed(`echo '${manifest}' | kubectl apply -f -`)).toEqual({ applied, seen })
  })

  test('a file is named in complaints', () => {
    expect(typed("echo '{a: 1}' > /root/f; kubectl apply -f /root/f").seen).toMatch(/^error: error validating "\/root\/f": error/)
    expect(typed("echo '{a: ' > /root/f; kubectl apply -f /root/f").seen).toMatch(/^error: error parsing \/root\/f: Flow map/)
    expect(typed('echo "{apiVersion: v1, kind: Node, metadata: {name: n}}" > /root/f; kubectl delete -f /root/f').seen).toBe(
      'node "n" deleted\n',
    )
  })
})

describe('a label selector that is none', () => {
  test.each(['get pods', 'delete pods', 'label pods x=1', 'describe pods', 'get pods,nodes -o yaml'])('%s', (words) => {
    expect(typed(`kubectl ${words} -l a=b=c`)).toEqual({
      applied: [],
      seen: 'Error from server (BadRequest): Unable to find {"" "v1" "pods"} that match label selector "a=b=c"\n=> 1\n',
    })
  })
})

describe('kubectl logs of a workload', () => {
  const service = (app: string) => ({ kind: 'Service', metadata: { name: app }, spec: { selector: { app } } })
  const pod = (name: string, app: string) => ({ kind: 'Pod', metadata: { name, labels: { app } }, spec: { containers: [{ name: 'x' }] } })
  const list: KubeApi['list'] = (resource) =>
    resource === 'services'
      ? [service('one'), service('two'), service('none')]
      : resource === 'pods'
        ? [pod('a', 'one'), pod('b', 'two'), pod('c', 'two')]
        : []
  test.each([
    ['svc/one', 'log of a\n'],
    ['svc/two', 'log of b\nFound 2 pods, using pod/b\n'],
    ['svc/none', 'error: timed out waiting for the condition\n=> 1\n'],
    ['svc', 'error: error from server (NotFound): pods "svc" not found in namespace "default"\n=> 1\n'],
    ['pods/c', 'log of c\n'],
  ])('%s', (name, seen) => {
    expect(typed(`kubectl logs ${name}`, { list, logs: (_namespace, of) => `log of ${of}\n` }).seen).toBe(seen)
  })
})
