import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { parseScenario } from './manifest.ts'
import type { Scenario } from './scenario.ts'

const POD =
  'apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]}\n'
const service = (spec: string): string => `apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: ${spec}\n`
const cluster = (spec: string): string => `apiVersion: packetwalk.dev/v1alpha1\nkind: Cluster\nmetadata: {name: c}\nspec: ${spec}\n`
const walk = (from: string, to: string): string =>
  `apiVersion: packetwalk.dev/v1alpha1\nkind: Walk\nmetadata: {name: w}\nspec: {from: ${from}, to: '${to}'}\n`
const workload = (kind: string, labels: string): string =>
  `apiVersion: apps/v1\nkind: ${kind}\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: ${labels}}\n    spec: {containers: [{name: c, image: i}]}\n`

/** 'severity line code', in text order. */
const said = (scenario: Scenario): string[] => scenario.diagnostics.map((d) => `${d.severity} ${d.range.line} ${d.code}`)

function expectRangesInside(scenario: Scenario): void {
  for (const { range } of scenario.diagnostics) {
    expect(range.from).toBeGreaterThanOrEqual(0)
    expect(range.to).toBeLessThanOrEqual(scenario.text.length)
    expect(range.from).toBeLessThanOrEqual(range.to)
    expect(range.line).toBeGreaterThan(0)
    expect(range.column).toBeGreaterThan(0)
  }
}

/** Applies the fix of the only diagnostic of a code. */
function fixed(text: string, code: string): string {
  const fix = parseScenario(text).diagnostics.find((d) => d.code === code)?.fix
  if (!fix) throw new Error(`no fix for ${code}`)
  return [...fix.changes]
    .sort((a, b) => b.from - a.from)
    .reduce((t, change) => t.slice(0, change.from) + change.insert + t.slice(change.to), text)
}

describe('bad input is located and explained', () => {
  it.each<[name: string, text: string, diagnostics: string[]]>([
    ['not YAML', 'kind: [1, 2\nfoo', ['error 2 yaml-syntax', 'error 2 yaml-syntax']],
    ['plain words', 'hello world', ['error 1 not-an-object']],
    ['a list', '- a\n- b\n', ['error 1 not-an-object']],
    ['a tab', 'apiVersion: v1\nkind: Pod\nmetadata:\n\tname: web\n', ['error 4 yaml-tab']],
    ['a key twice', `${POD}kind: Pod\n`, ['error 5 duplicate-key']],
    ['a name twice', `${POD}---\n${POD}`, ['error 8 duplicate-name']],
    ['no kind', 'apiVersion: v1\nmetadata: {name: x}\n', ['error 1 missing-field']],
    ['no apiVersion', 'kind: Pod\nmetadata: {name: x}\n', ['error 1 missing-field']],
    ['no name', 'apiVersion: v1\nkind: Pod\nspec: {containers: [{name: c, image: i}]}\n', ['error 1 missing-field']],
    ['no spec', 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n', ['error 1 missing-field']],
    ['an unknown kind', 'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: x}\n', ['info 2 unknown-kind']],
    ['a slip in a known kind', 'apiVersion: apps/v1\nkind: Deploymnet\nmetadata: {name: x}\n', ['error 2 unknown-kind']],
    [
      'an old version',
      `apiVersion: extensions/v1beta1\n${workload('Deployment', '{app: web}').split('\n').slice(1).join('\n')}`,
      ['error 1 wrong-api-version'],
    ],
    ['a bad name', POD.replace('name: web', 'name: Web_1'), ['error 3 bad-name']],
    ['a bad label', POD.replace('app: web', 'app: "no spaces"'), ['error 3 bad-label']],
    ['a label that is a number', POD.replace('app: web', 'app: 1'), ['error 3 wrong-type']],
    [
      'a field of the wrong type',
      POD.replace('[{name: c', '{name: c').replace('8080}]}]', '8080}]}'),
      ['error 4 missing-field', 'error 4 wrong-type'],
    ],
    ['port 0', POD.replace('8080', '0'), ['error 4 bad-port']],
    ['port 70000', POD.replace('8080', '70000'), ['error 4 bad-port']],
    ['a port in quotes', POD.replace('8080', '"8080"'), ['error 4 wrong-type']],
    ['a port name of 16 letters', POD.replace('name: http', 'name: abcdefghijklmnop'), ['error 4 bad-name']],
    ['an unknown field', POD.replace('containers', 'contianers'), ['error 4 missing-field', 'warning 4 unknown-field']],
    ['a protocol that is none', POD.replace('8080', '8080, protocol: tcp'), ['error 4 unsupported-value']],
    [
      'a selector that matches nothing',
      `${POD}---\n${service('{selector: {app: wep}, ports: [{port: 80}]}')}`,
      ['warning 9 selector-matches-nothing'],
    ],
    [
      'a targetPort nobody has',
      `${POD}---\n${service('{selector: {app: web}, ports: [{port: 80, targetPort: htp}]}')}`,
      ['warning 9 target-port-missing'],
    ],
    [
      'a targetPort nobody listens on',
      `${POD}---\n${service('{selector: {app: web}, ports: [{port: 80, targetPort: 81}]}')}`,
      ['warning 9 target-port-missing'],
    ],
    ['a Service without ports', service('{selector: {app: web}}'), ['error 4 missing-field']],
    ['two ports without names', service('{ports: [{port: 80}, {port: 81}]}'), ['error 4 missing-field', 'error 4 missing-field']],
    ['a nodePort out of range', service('{type: NodePort, ports: [{port: 80, nodePort: 80}]}'), ['error 4 bad-port']],
    ['a nodePort without NodePort', service('{ports: [{port: 80, nodePort: 30080}]}'), ['error 4 unsupported-value']],
    ['a clusterIP that is none', service('{clusterIP: 10.96.0.300, ports: [{port: 80}]}'), ['error 4 bad-address']],
    [
      'a clusterIP outside the CIDR',
      service('{clusterIP: 192.0.2.1, ports: [{port: 80}]}'),
      ['warning 3 no-endpoints-written', 'warning 4 ip-outside-cidr'],
    ],
    ['a node outside its network', cluster('{nodes: [{name: a, ip: 10.0.0.1}]}'), ['warning 4 ip-outside-cidr']],
    ['two Clusters', `${cluster('{}')}---\n${cluster('{}').replace('name: c', 'name: d')}`, ['error 8 two-clusters']],
    ['a CNI that is not built', cluster('{cni: cilium}'), ['error 4 not-built']],
    ['a mode that is not built', cluster('{kubeProxy: {mode: nftables}}'), ['error 4 not-built']],
    ['too many nodes', cluster('{nodes: 1000}'), ['error 4 bad-count']],
    ['a selector that misses its template', workload('Deployment', '{app: other}'), ['error 5 selector-not-in-template']],
    ['a node that is not there', POD.replace('spec: {', 'spec: {nodeName: worker-9, '), ['warning 3 unknown-node']],
    [
      'an unknown network',
      'apiVersion: packetwalk.dev/v1alpha1\nkind: Host\nmetadata: {name: h}\nspec: {network: laan}\n',
      ['error 3 unknown-network'],
    ],
    ['a walk from nowhere', `${POD}---\n${walk('pod/wep', 'http://web/')}`, ['error 9 unknown-target']],
    ['a walk to nothing', `${POD}---\n${walk('pod/web', 'ftp://web/')}`, ['error 9 bad-reference']],
    ['a cyclic anchor', 'a: &a [*a]\n', ['error 1 missing-field', 'error 1 missing-field', 'error 1 alias-cycle']],
    ['an alias to nothing', `a: *b\n${POD}`, ['error 1 unknown-alias']],
    ['a key that is a number', `${POD.replace('labels: {app: web}', 'labels: {1: web}')}`, ['warning 3 key-not-a-string']],
    ['a key that is a mapping', `? {a: b}\n: c\n${POD}`, ['error 1 key-not-a-string']],
    [
      'a policy that nothing enforces',
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\nspec: {podSelector: {}}\n',
      ['warning 3 policy-not-enforced'],
    ],
    [
      'documents glued together',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n',
      ['warning 4 glued-separator'],
    ],
    ['an empty document', '---\n---\n# nothing\n', []],
    ['nothing', '', []],
  ])('%s', (_, text, diagnostics) => {
    const scenario = parseScenario(text)
    expectRangesInside(scenario)
    expect(said(scenario).sort()).toEqual([...diagnostics].sort())
    for (const { message } of scenario.diagnostics) expect(message).toMatch(/[.?]$/)
  })

  it('reports everything, not only the first', () => {
    const scenario = parseScenario(
      `${POD.replace('8080', '0')}---\n${service('{type: NodPort, ports: [{port: 99999}]}')}---\n${cluster('{cni: x}')}`,
    )
    expect(said(scenario)).toEqual(['error 4 bad-port', 'error 9 unsupported-value', 'error 9 bad-port', 'error 14 not-built'])
    expect(scenario.cluster).toBeNull()
  })

  it('keeps the cluster when only a walk is wrong', () => {
    const scenario = parseScenario(`${POD}---\n${walk('pod/nope', 'http://web/')}`)
    expect(scenario.cluster).not.toBeNull()
    expect(scenario.steps).toHaveLength(1)
  })

  it('mends what has a natural mend', () => {
    expect(fixed('apiVersion: v1\nkind: Pod\nmetadata:\n\tname: web\n', 'yaml-tab')).toContain('\n  name: web')
    expect(fixed(POD.replace('8080', '"8080"'), 'wrong-type')).toBe(POD)
    expect(fixed(POD.replace('containers', 'contianers'), 'unknown-field')).toBe(POD)
    expect(fixed(POD.replace('name: web', 'name: Web_1'), 'bad-name')).toContain('name: web-1')
    expect(fixed('apiVersion: apps/v1\nkind: Deploymnet\nmetadata: {name: x}\n', 'unknown-kind')).toContain('kind: Deployment')
    const nobody = `${POD}---\n${service('{selector: {app: wep}, ports: [{port: 80, targetPort: http}]}')}`
    expect(parseScenario(fixed(nobody, 'selector-matches-nothing')).diagnostics).toEqual([])
    const misnamed = `${POD}---\n${service('{selector: {app: web}, ports: [{port: 80, targetPort: htp}]}')}`
    expect(parseScenario(fixed(misnamed, 'target-port-missing')).diagnostics).toEqual([])
  })
})

describe('absurd input', () => {
  const elapsed = (text: string): number => {
    const start = performance.now()
    expectRangesInside(parseScenario(text))
    return performance.now() - start
  }

  it('reads 10,000 lines in little more time than the YAML parser takes for them', () => {
    const text = Array.from(
      { length: 770 },
      (_, i) =>
        `apiVersion: v1\nkind: Service\nmetadata:\n  name: svc-${i}\n  labels:\n    app: a\nspec:\n  selector:\n    app: a\n  ports:\n    - name: http\n      port: 80\n      targetPort: 8080\n`,
    ).join('---\n')
    /** CPU time, since other work on the machine must not decide. */
    const cost = (work: () => void): number => {
      const start = process.cpuUsage()
      work()
      const { user, system } = process.cpuUsage(start)
      return user + system
    }
    const best = (work: () => void): number => Math.min(...Array.from({ length: 4 }, () => cost(work)))
    expect(best(() => expectRangesInside(parseScenario(text)))).toBeLessThan(4 * best(() => parseAllDocuments(text)))
  })

  it.each([
    ['1 MB of one line', `a: ${'x'.repeat(1_000_000)}`],
    ['1 MB of brackets', '['.repeat(1_000_000)],
    ['1 MB of dashes', '- '.repeat(500_000)],
    ['1 MB of question marks', '? '.repeat(500_000)],
    [
      'an alias bomb',
      `${['a: &a [x, x, x, x, x, x, x, x, x]', ...'bcdefghi'.split('').map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefghi'[i]}`).join(', ')}]`)].join('\n')}\n`,
    ],
  ])('%s is refused quickly', (_, text) => {
    expect(elapsed(text)).toBeLessThan(2000)
    expect(parseScenario(text).cluster).toBeNull()
  })
})

describe('what is read', () => {
  it('takes JSON, lists and silent kinds', () => {
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } },
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
      ],
    }
    const scenario = parseScenario(`${JSON.stringify(list, null, '\t')}\n---\n${POD}`)
    expect(scenario.diagnostics).toEqual([])
    expect(scenario.documents.map((d) => `${d.index} ${d.ref}`)).toEqual(['0 configmap/default/a', '0 namespace/shop', '1 pod/default/web'])
    expect(scenario.cluster?.namespaces.map((n) => n.name)).toContain('shop')
  })

  it('gives a text without Cluster the default one', () => {
    const { cluster: built } = parseScenario('')
    expect(built?.nodes.map((n) => [n.meta.name, n.interfaces[0]?.addresses[0]?.address, n.podCIDR.address])).toEqual([
      ['worker-1', 0xac12000b, 0x0af40100],
      ['worker-2', 0xac12000c, 0x0af40200],
    ])
    expect(built?.networks.map((n) => n.meta.name)).toEqual(['lan', 'internet'])
    expect(built?.cni.plugin).toBe('bridge')
  })

  it('lets v1 Nodes replace the default ones', () => {
    const node = (name: string): string => `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}}\n`
    const { cluster: built } = parseScenario(`${node('a')}---\n${node('b')}---\n${node('c')}`)
    expect(built?.nodes.map((n) => n.meta.name)).toEqual(['a', 'b', 'c'])
  })

  it('names nodes as kind does, and keeps pods off its control plane', () => {
    const text = `kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n- role: control-plane\n- role: worker\n- role: worker\n---\n${POD}`
    const { cluster: built, diagnostics } = parseScenario(text)
    expect(diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual(['info simulated-as'])
    expect(built?.nodes.map((n) => n.meta.name)).toEqual(['kind-control-plane', 'kind-worker', 'kind-worker2'])
    expect(built?.pods[0]?.nodeName).toBe('kind-worker')
  })

  it('merges anchors into mappings', () => {
    const text = POD.replace(
      'metadata: {name: web, labels: {app: web}}',
      'metadata: {name: web, labels: {<<: {app: web, tier: front}, tier: back}}',
    )
    expect(parseScenario(text).cluster?.pods[0]?.meta.labels).toEqual({ app: 'web', tier: 'back' })
  })

  it('makes a container without ports listen where Services send', () => {
    const text = `${POD.replace(', ports: [{name: http, containerPort: 8080}]', '')}---\n${service('{selector: {app: web}, ports: [{port: 80, targetPort: 9000}]}')}`
    const scenario = parseScenario(text)
    expect(said(scenario)).toEqual(['info 3 container-without-ports'])
    expect(scenario.cluster?.pods[0]?.containers[0]?.ports.map((p) => p.containerPort)).toEqual([9000])
  })
})
