/** Every failed walk opens with its cause, its place, a line of YAML and a fix: walked, not made up. */
import { describe, expect, it } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { builtWorld } from '../simulation/checkpoints.ts'
import { topologyOf } from '../simulation/topology-of.ts'
import { walk } from '../simulation/walk.ts'
import { narratorContext } from './context.ts'
import { type Why, whyFailed, whyText } from './why.ts'

const PODS = `apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {nodeName: worker-1, containers: [{name: main, image: example}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, labels: {app: web}}
spec: {nodeName: worker-2, containers: [{name: main, image: example, ports: [{containerPort: 8080}]}]}
---
`
const service = (spec: string, name = 'web', namespace = 'default'): string =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: {${spec}}\n---\n`
const WEB = service('selector: {app: web}, ports: [{port: 80, targetPort: 8080}]')
const script = (on: string, ...lines: readonly string[]): string =>
  `apiVersion: packetwalk.dev/v1alpha1\nkind: Script\nmetadata: {name: fault}\nspec:\n  on: ${on}\n  run: |\n    ${lines.join('\n    ')}\n---\n`
const walkTo = (to: string, from = 'pod/client'): string =>
  `apiVersion: packetwalk.dev/v1alpha1\nkind: Walk\nmetadata: {name: w}\nspec: {from: ${from}, to: "${to}", expect: {outcome: timeout}}\n`

function whyOf(text: string): { why: Why | null; lineText: string } {
  const scenario = parseScenario(text)
  const world = builtWorld(scenario)
  const trace = walk(scenario, { name: 'w' })
  if (!world || 'problem' in trace) throw new Error('no walk')
  const why = whyFailed(scenario, trace, narratorContext(topologyOf(world, world.cluster)))
  return { why, lineText: text.split('\n')[(why?.line ?? 0) - 1]?.trim() ?? '' }
}

function mended(text: string, why: Why | null): string {
  const changes = [...(why?.fix?.changes ?? [])].sort((a, b) => b.from - a.from)
  return changes.reduce((all, { from, to, insert }) => all.slice(0, from) + insert + all.slice(to), text)
}

/** Text, what the sentence holds, the code, what the line holds; null line: none can be named. Where there is a fix, the walk arrives after it. */
const ROWS: readonly (readonly [string, string, string, string | null, string | null])[] = [
  [
    'a selector with a slip',
    PODS + service('selector: {app: wbe}, ports: [{port: 80, targetPort: 8080}]') + walkTo('tcp://web:80'),
    'No pod in namespace default has the labels app=wbe',
    'selector-matches-nothing',
    'selector: {app: wbe}',
  ],
  [
    'a target port nobody listens on',
    PODS + service('selector: {app: web}, ports: [{port: 80, targetPort: 88}]') + walkTo('tcp://svc/web:80'),
    'Nothing in the selected pods listens on 88/TCP',
    'target-port-missing',
    'targetPort: 88',
  ],
  [
    'a pod that is not ready',
    PODS.replace(/---\n$/, 'status: {conditions: [{type: Ready, status: "False"}]}\n---\n') + WEB + walkTo('tcp://svc/web:80'),
    'No endpoint of this Service is ready (web-1)',
    'endpoints-not-ready',
    'selector: {app: web}',
  ],
  [
    'policy Local on the wrong node',
    PODS +
      service(
        'type: NodePort, externalTrafficPolicy: Local, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]',
      ) +
      walkTo('tcp://node/worker-1:30080', 'internet'),
    'externalTrafficPolicy is Local and worker-1 has no ready endpoint',
    'local-policy-without-endpoints',
    'externalTrafficPolicy: Local',
  ],
  [
    'a name of another namespace',
    PODS.replace('name: web-1', 'name: web-1, namespace: shop') +
      service('selector: {app: web}, ports: [{port: 80, targetPort: 8080}]', 'web', 'shop') +
      walkTo('tcp://web:80'),
    '"web" is looked for in the sender\'s namespace default; Service web is in shop',
    'name-of-other-namespace',
    'to: "tcp://web:80"',
  ],
  [
    'a wrong protocol',
    PODS + WEB + walkTo('udp://web:80'),
    'Service web has port 80 for TCP, and the walk sends UDP',
    'wrong-protocol',
    'to: "udp://web:80"',
  ],
  [
    'the targetPort instead of the port',
    PODS + WEB + walkTo('tcp://svc/web:8080'),
    '8080 is the targetPort',
    'port-not-in-service',
    'to: "tcp://svc/web:8080"',
  ],
  [
    'an ExternalName that leads nowhere',
    PODS + WEB + service('type: ExternalName, externalName: web.shop.svc.cluster.local', 'alias') + walkTo('tcp://alias:80'),
    'There is no Service web in namespace shop',
    'external-name-nowhere',
    'externalName',
  ],
  [
    'a rule of a Script',
    PODS + WEB + script('node/worker-1', 'iptables -L', 'iptables -I FORWARD -p tcp --dport 8080 -j DROP') + walkTo('tcp://svc/web:80'),
    'A rule on worker-1 drops the packet',
    null,
    'iptables -I FORWARD -p tcp --dport 8080 -j DROP',
  ],
  [
    'a setting of a Script',
    PODS + WEB + script('node/worker-2', 'sysctl -w net.ipv4.ip_forward=0', 'true') + walkTo('tcp://svc/web:80'),
    'worker-2 does not forward packets',
    null,
    'sysctl -w net.ipv4.ip_forward=0',
  ],
  [
    'a policy of a Script, its only line',
    PODS + WEB + script('node/worker-1', 'iptables -P FORWARD DROP') + walkTo('tcp://pod/web-1:8080'),
    'worker-1 drops what no rule of FORWARD accepted',
    null,
    'iptables -P FORWARD DROP',
  ],
  ['a port that nobody listens on', PODS + walkTo('tcp://pod/web-1:81'), 'Nothing listens on port 81 of web-1', null, null],
]

describe('why a walk failed', () => {
  it.each(ROWS)('%s', (_, text, sentence, code, line) => {
    const { why, lineText } = whyOf(text)
    expect(why?.sentence).toContain(sentence)
    expect(why?.code).toBe(code)
    if (line === null) expect(why?.line).toBeNull()
    else expect(lineText).toContain(line)
    if (why?.fix) expect(whyOf(mended(text, why)).why).toBeNull()
    if (why) expect(whyText(why)).toMatch(why.fix ? / Fix: .*\.$/ : /[.\]]$/)
  })

  it('has a fix for most', () => {
    expect(ROWS.filter(([, text]) => whyOf(text).why?.fix != null)).toHaveLength(10)
  })

  it('has nothing to say of a walk that arrived', () => {
    expect(whyOf(PODS + WEB + walkTo('tcp://web:80')).why).toBeNull()
  })

  it('does not blame a Service for what this walk never met', () => {
    const two = service('selector: {app: web}, ports: [{name: a, port: 80, targetPort: 8080}, {name: b, port: 81, targetPort: 88}]')
    const { why } = whyOf(
      PODS + two + script('node/worker-2', 'iptables -A FORWARD -j DROP', 'iptables -I FORWARD -j DROP') + walkTo('tcp://svc/web:80'),
    )
    expect(why?.code).toBeNull()
    expect(why?.sentence).toContain('A rule on worker-2 drops the packet')
  })

  it('blames the rule that dropped the packet, not another one like it', () => {
    const other = 'iptables -I FORWARD -p tcp --dport 9090 -j DROP'
    const longer =
      'iptables -I FORWARD -p tcp --dport 80808 -j DROP -m comment --comment x || iptables -I FORWARD -p tcp --dport 8080 -j DROP'
    const guilty = 'iptables -I FORWARD -p tcp --dport 8080 -j DROP'
    const text = PODS + WEB + script('node/worker-1', other, `: ${longer}`, guilty, 'true') + walkTo('tcp://svc/web:80')
    const { why, lineText } = whyOf(text)
    expect(lineText).toBe(guilty)
    expect(why?.fix?.title).toBe(`Take out ${guilty}`)
    expect(mended(text, why)).toBe(text.replace(`\n    ${guilty}\n`, '\n'))
  })

  it('blames the machine and the Script that the packet met', () => {
    const rule = 'iptables -I FORWARD -p tcp --dport 8080 -j DROP'
    const elsewhere = script('node/worker-3', rule, 'true').replace('name: fault', 'name: elsewhere')
    const three = 'apiVersion: packetwalk.dev/v1alpha1\nkind: Cluster\nspec: {nodes: 3}\n---\n'
    const text = three + PODS + WEB + elsewhere + script('node/worker-1', rule, 'true') + walkTo('tcp://svc/web:80')
    const { why } = whyOf(text)
    expect(why?.line).toBe(text.slice(0, text.lastIndexOf(rule)).split('\n').length)
    expect(whyOf(mended(text, why)).why).toBeNull()
  })

  it.each([
    ['shares its line', ['true; iptables -I FORWARD -j DROP', 'true'], 0],
    ['is continued', ['iptables -I FORWARD \\', '  -j DROP', 'true'], 0],
    ['reads the lines below it', ["iptables-restore -n <<'EOF'", '*filter', '-I FORWARD -j DROP', 'COMMIT', 'EOF', 'true'], 0],
  ])('takes out no command that %s', (_, lines, row) => {
    const { why, lineText } = whyOf(PODS + WEB + script('node/worker-1', ...lines) + walkTo('tcp://svc/web:80'))
    expect(lineText).toBe(lines[row]?.trim())
    expect(why?.fix).toBeNull()
  })

  it('blames the last command that set a policy there', () => {
    const policy = 'iptables -P FORWARD DROP'
    const back = 'iptables -P FORWARD ACCEPT'
    const text = PODS + WEB + script('node/worker-1', policy, back, policy) + walkTo('tcp://pod/web-1:8080')
    const { why } = whyOf(text)
    expect(why?.line).toBe(text.slice(0, text.lastIndexOf(policy)).split('\n').length)
    expect(whyOf(mended(text, why)).why).toBeNull()
  })
})
