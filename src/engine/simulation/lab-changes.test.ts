/** kubectl in Scripts of a lab: which commands, on which machine, in which order. That they do what the simulator does is e2e/kernel's to say. */
import { describe, expect, it } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { scenarioLab } from './lab-scenario.ts'
import { cluster, pod, service } from './service-behaviours.fixture.ts'

const WEB = service('web', 'selector: {app: web}, ports: [{port: 80, targetPort: 8080}]')
const BASE = cluster('nodes: 2') + pod('client', 'app: client', 'worker-1', '') + pod('web', 'app: web', 'worker-2') + WEB
const script = (run: string, more = ''): string => `---
apiVersion: packetwalk.dev/v1alpha1
kind: Script
metadata: {name: change}
spec: {on: node/worker-1, run: ${JSON.stringify(run)}${more}}
`
const WALK = `---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: meanwhile}
spec: {from: pod/client, to: "tcp://10.9.9.9:80"}
`

/** Each step in a line: commands without their input. */
function steps(yaml: string): string[] {
  const scenario = parseScenario(yaml)
  if (scenario.cluster === null) throw new Error('no cluster')
  const lab = scenarioLab(scenario, scenario.cluster)
  if ('problem' in lab) return [lab.problem]
  const commands = (run: string): string =>
    run
      .replace(/ <<'PACKETWALK'\n[\s\S]*?\nPACKETWALK/g, '')
      .trim()
      .replaceAll('\n', '; ')
      .replace(/cni-[\w-]+/g, 'NETNS')
      .replace(/veth\w+/g, 'VETH')
  return lab.steps.flatMap((step) => {
    if ('kind' in step)
      return step.scripts.map((one) => `${one.timeMs} ms: ${'run' in one ? `${one.on} ${commands(one.run)}` : 'configure'}`)
    if ('stop' in step) return [`stop ${step.stop}`]
    if ('configure' in step) return [`configure ${step.configure}`]
    return 'programs' in step ? [`start ${step.on} ${step.programs.map(({ program }) => program)}`] : [`${step.on} ${commands(step.run)}`]
  })
}

describe('kubectl in the Scripts of a lab', () => {
  it('leads to what the components of each node run; what else the Script says stays where it was', () => {
    expect(steps(BASE + script('ip route show; ip neigh show\nkubectl delete svc web && kubectl get svc\nip link set eth0 down'))).toEqual([
      'node/worker-1 ip route show; ip neigh show',
      'node/worker-1 iptables-restore -w --noflush --counters',
      'node/worker-2 iptables-restore -w --noflush --counters',
      'node/worker-1 ip link set eth0 down',
    ])
  })

  it('a pod that leaves: its programs end, then its namespace goes', () => {
    const lines = steps(BASE + script('kubectl delete pod web --force'))
    expect(lines.indexOf('stop pod/default/web')).toBe(lines.findIndex((line) => line.includes('ip netns del')) - 1)
    expect(lines.join('\n')).toContain('node/worker-2 iptables-restore')
  })

  it('a pod that comes: its programs start when its namespace is there', () => {
    const made = JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'new', labels: { app: 'web' } } },
      spec: { nodeName: 'worker-1', containers: [{ name: 'main', image: 'example', ports: [{ containerPort: 8080 }] }] },
    })
    const lines = steps(BASE + script(`kubectl apply -f - <<E\n${made}\nE\nkubectl get pods`))
    const started = lines.indexOf('start pod/default/new http-server')
    expect(started).toBeGreaterThan(lines.findIndex((line) => line.includes('ip netns add NETNS')))
    expect(lines.filter((line) => line.startsWith('start'))).toHaveLength(1)
  })

  it.each([
    ['a name by an index', 'kubectl scale deployment/many --replicas=0', 'kubectl scale deployment/many --replicas=1'],
    [
      'a name that is given back',
      'kubectl delete pod web',
      `kubectl apply -f - <<E\n${pod('web', 'app: web', 'worker-2').replace('---\n', '')}\nE`,
    ],
  ])('a pod that comes again, %s: its programs start again', (_what, away, back) => {
    const deployment = `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: many}
spec:
  replicas: 1
  selector: {matchLabels: {app: many}}
  template:
    metadata: {labels: {app: many}}
    spec: {nodeName: worker-2, containers: [{name: main, image: example, ports: [{containerPort: 8080}]}]}
`
    const lines = steps(BASE + deployment + script(`${away}\n${back}\n${away}\n${back}`))
    const comings = lines.filter((line) => /^(stop|start) pod/.test(line))
    expect(comings).toEqual([0, 1].flatMap(() => [expect.stringMatching(/^stop /), expect.stringMatching(/^start .* http-server$/)]))
    expect(comings[0]?.split(' ')[1]).toBe(comings[1]?.split(' ')[1])
  })

  it.each([
    ['&& after a kubectl that did it', 'kubectl get svc web && ip link set eth0 down', ['ip link set eth0 down']],
    ['&& after one that failed', 'kubectl get svc nothing && ip link set eth0 down', []],
    ['all that follows && with it', 'kubectl get svc nothing && ip link set a up && ip link set b up\nip neigh', ['ip neigh']],
    ['|| after one that did it', 'kubectl get svc web || ip link set eth0 down', []],
    ['|| after one that failed', 'kubectl get svc nothing || ip link set eth0 down', ['ip link set eth0 down']],
    ['what || does with a failure', 'kubectl get svc nothing && ip link set a up || ip neigh && ip route', ['ip neigh && ip route']],
    ['sudo', 'sudo kubectl get svc nothing && ip neigh', []],
  ])('the answer of kubectl decides what runs: %s', (_what, run, then) =>
    expect(steps(BASE + script(run))).toEqual(then.map((line) => `node/worker-1 ${line}`)),
  )

  it('commands that do not depend on kubectl keep their operators and their input, and fail as they would', () => {
    const run =
      'grep -q 9 /etc/hosts && ip link set eth0 down\nip link show none || cat <<E && ip neigh; kubectl get svc; ip route || ip rule\na\nE'
    expect(steps(BASE + script(run))).toEqual([
      "node/worker-1 grep -q 9 /etc/hosts && ip link set eth0 down; ip link show none || cat <<'EOF' && ip neigh; a; EOF",
      'node/worker-1 ip route || ip rule',
    ])
  })

  it('Scripts without kubectl stay as they are also where another one has it, in the world that is followed too', () => {
    const given = pod('late', 'app: web', 'worker-1').replace('---\n', '')
    const before = script(`ip link show none && ip neigh || cat > /tmp/late <<E\n${given}E`).replace('change', 'before')
    const lines = steps(BASE + before + script('kubectl apply -f /tmp/late'))
    expect(lines[0]).toContain('ip link show none && ip neigh || cat > /tmp/late <<E; apiVersion: v1; kind: Pod')
    expect(lines).toContain('start pod/default/late http-server')
    expect(steps(BASE + script('ip link show $DEVICE').replace('change', 'before') + script('kubectl get svc'))).toEqual([
      'node/worker-1 ip link show $DEVICE',
    ])
  })

  it('inside a walk: commands at their moment; pods can neither come nor go there', () => {
    const at = ', at: {walk: meanwhile, timeMs: 50}'
    expect(steps(BASE + WALK + script('kubectl delete svc web', at))).toEqual([
      '50 ms: node/worker-1 iptables-restore -w --noflush --counters',
      '50 ms: node/worker-2 iptables-restore -w --noflush --counters',
    ])
    expect(steps(BASE + WALK + script('kubectl delete pod web', at))).toEqual([
      'script/change: pods come or go while a walk runs: a lab can do that between walks only',
    ])
  })

  it.each([
    [
      'ip link show none || kubectl delete svc web',
      'script/change: whether kubectl delete svc web runs depends on ip link show none, which a lab does not know before it runs: put kubectl on a line of its own',
    ],
    ['kubectl get svc && ip link show none && kubectl delete svc web', 'whether kubectl delete svc web runs depends on ip link show none'],
    ["bash -c 'kubectl delete svc web'", "script/change: a lab does not see the kubectl inside bash -c 'kubectl delete svc web'"],
    ['kubectl get "pods', 'script/change: bash: unexpected EOF while looking for matching'],
  ])('%s: is refused in words', (run, words) => expect(steps(BASE + script(run)).join()).toContain(words))

  it('without kubectl Scripts stay as they are, what bash alone understands included', () => {
    expect(steps(BASE + script('for i in 1 2; do ip link show; done'))).toEqual(['node/worker-1 for i in 1 2; do ip link show; done'])
  })
})
