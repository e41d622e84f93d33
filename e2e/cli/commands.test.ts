import { inflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { PASSING, RULES, TWO_PODS, WEB_AND_MYSQL } from './lab.ts'
import { file, packetwalk } from './packetwalk.ts'

const json = (text: string) => JSON.parse(text)

describe('check', () => {
  it('counts objects and problems', () => {
    const path = file(WEB_AND_MYSQL)
    expect(packetwalk(['check', path])).toMatchObject({ code: 0, stdout: `${path}: 4 objects, 0 errors, 0 warnings\n` })
    expect(json(packetwalk(['check', '--json', path]).stdout)).toMatchObject({ files: [{ file: path, ok: true, objects: 4 }] })
  })
})

describe('walk', () => {
  it('tells the way from the web pod to the database by its Service name', () => {
    const { code, stdout, stderr } = packetwalk(
      ['walk', '-', '--from', 'deploy/webapp', '--to', 'http://webapp-sql1:3306', '--json'],
      WEB_AND_MYSQL,
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [walk] = json(stdout).walks
    expect(walk).toMatchObject({
      outcome: 'delivered',
      reason: null,
      by: null,
      server: expect.stringMatching(/^pod\/default\/mysql-[a-z0-9-]+:3306$/),
      masqueraded: false,
      status: 200,
    })
    const steps: { at: string; [field: string]: unknown }[] = walk.hops.flatMap((hop: { steps: unknown[] }) => hop.steps)
    const rules = steps.filter(({ at }) => at === 'ipt_rule').map(({ chain, verdict }) => `${chain} ${verdict}`)
    expect(rules).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^KUBE-SERVICES jump KUBE-SVC-/),
        expect.stringMatching(/^KUBE-SVC-\w+ jump KUBE-SEP-/),
        expect.stringMatching(/^KUBE-SEP-\w+ DNAT/),
      ]),
    )
    expect(steps).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ at: 'nat_manip', manip: 'destination', reply: false }),
        expect.objectContaining({ at: 'nat_manip', manip: 'source', reply: true }),
        expect.objectContaining({ at: 'neigh_resolve', action: 'request' }),
        expect.objectContaining({ at: 'fib_lookup', route: expect.stringContaining('10.244.') }),
      ]),
    )
    const client = walk.hops.find((hop: { where: string }) => hop.where.startsWith('pod/default/webapp-'))
    expect(walk.seenFrom).toBe(client.steps[0].packet.source)
  })

  it('shows the masquerade of a NodePort reached from the internet', () => {
    const { stdout } = packetwalk(['walk', '-', '--from', 'internet', '--to', 'http://node/worker-1:30080/', '--json'], WEB_AND_MYSQL)
    expect(json(stdout).walks[0]).toMatchObject({
      outcome: 'delivered',
      masqueraded: true,
      server: expect.stringMatching(/^pod\/default\/webapp-.*:80$/),
    })
  })

  it('narrates: every line of an event is a sentence, then the outcome', () => {
    const { code, stdout } = packetwalk(['walk', '-', '--walk', 'right'], TWO_PODS)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^right: pod\/client → http:\/\/pod\/server\/\n/)
    expect(stdout).toContain('client sends a SYN to 10.244.2.')
    expect(stdout).toMatch(/\ndelivered: client reaches server on port 80 and gets 200\./)
    for (const line of stdout.split('\n').filter((one) => /^ +\d+ {2}/.test(one))) expect(line).toMatch(/[.?]$/)
  })

  it('runs all Walks of a file; a failed expectation is exit 1', () => {
    const { code, stdout, stderr } = packetwalk(['walk', '-', '--json'], TWO_PODS)
    expect(code).toBe(1)
    expect(json(stdout).walks.map(({ walk, outcome }: { walk: string; outcome: string }) => [walk, outcome])).toEqual([
      ['right', 'delivered'],
      ['wrong & "odd"', 'refused'],
    ])
    expect(stderr).toContain('outcome: expected delivered, got refused')
  })

  it('a walk of one’s own that fails is still an answer', () => {
    expect(packetwalk(['walk', '-', '--from', 'pod/client', '--to', 'tcp://pod/server:81'], TWO_PODS).code).toBe(0)
  })

  it('a delivered walk notes the NetworkPolicy that nothing enforces, as text and as JSON', () => {
    const policy = `${TWO_PODS.trimEnd()}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny}
spec: {podSelector: {}, policyTypes: [Ingress]}
`
    const walk = ['walk', '-', '--from', 'pod/client', '--to', 'http://pod/server/']
    const line = policy.split('\n').indexOf('kind: NetworkPolicy')
    expect(packetwalk(walk, policy).stdout).toMatch(
      new RegExp(
        `\\n {2}note: The CNI plugin bridge does not enforce NetworkPolicies: NetworkPolicy default/deny selects server .* \\[line ${line}\\]\\n`,
      ),
    )
    const told = (text: string) => JSON.parse(packetwalk([...walk, '--json'], text).stdout).walks[0].remarks
    expect(told(policy)).toEqual([
      { code: 'policy-not-enforced', sentence: expect.stringContaining('server for ingress'), object: 'networkpolicy/default/deny', line },
    ])
    expect(told(TWO_PODS)).toBe(undefined)
  })

  it('lists all branches with their odds', () => {
    const { stdout } = packetwalk(
      ['walk', '-', '--from', 'deploy/mysql', '--to', 'http://webapp/', '--all-branches', '--json'],
      WEB_AND_MYSQL,
    )
    const { walks } = json(stdout)
    expect(new Set(walks.map(({ server }: { server: string }) => server)).size).toBe(2)
    expect(walks.reduce((sum: number, { probability }: { probability: number }) => sum + probability, 0)).toBeCloseTo(1, 6)
  })

  it('the same seed gives the same walk', () => {
    const run = () =>
      packetwalk(['walk', '-', '--from', 'deploy/mysql', '--to', 'http://webapp/', '--seed', '7', '--json'], WEB_AND_MYSQL).stdout
    expect(run()).toBe(run())
  })

  it.each([
    [['--walk', 'nobody'], 'no Walk is called "nobody"'],
    [['--from', 'pod/nobody', '--to', 'ping 1.1.1.1'], 'nobody'],
    [['--from', 'pod/client', '--to', 'nonsense'], 'nonsense'],
  ])('%j cannot begin', (words, message) => {
    const { code, stderr } = packetwalk(['walk', '-', ...words], TWO_PODS)
    expect(code).toBe(1)
    expect(stderr).toContain(message)
  })
})

describe('reach', () => {
  it('is a matrix of rows, as text and as JSON', () => {
    const { rows } = json(packetwalk(['reach', '-', '--json'], TWO_PODS).stdout)
    expect(
      rows.filter(({ from, to }: { from: string; to: string }) => from.startsWith('pod/default') && to.startsWith('pod/default')),
    ).toEqual([
      { from: 'pod/default/client', to: 'pod/default/server', protocol: 'tcp', port: 80, outcome: 'delivered', by: null, reason: null },
      expect.objectContaining({ from: 'pod/default/server', to: 'pod/default/client', outcome: 'refused', reason: 'ECONNREFUSED' }),
    ])
    const words = rows.map(({ from, to, port, outcome }: Readonly<Record<string, string>>) => [from, to, `${port}/tcp`, outcome])
    const text = packetwalk(['reach', '-'], TWO_PODS).stdout.trimEnd().split('\n').slice(1)
    expect(text.map((line) => line.split(/ +/).slice(0, 4))).toEqual(words)
    expect(packetwalk(['reach', '-', '--port', '81'], TWO_PODS).stdout).toMatch(
      /^FROM +TO +PORT +OUTCOME +WHY\npod\/default\/client +pod\/default\/server +81\/tcp +refused/,
    )
  })
})

describe('reach, the matrix', () => {
  it('has a table, its failures, Markdown, CSV and JSON', () => {
    const text = packetwalk(['reach', '-', '--to', 'all'], TWO_PODS).stdout
    expect(text).toMatch(/^FROM \\ TO +.*pod\/server:80 +internet:80\npod\/client +.*yes +yes\n/)
    expect(text).toContain('internet → pod/server:80: rejected, EHOSTUNREACH at internet: unreachable 10.244.0.0/16')
    expect(packetwalk(['reach', '-', '--to', 'all', '--md'], TWO_PODS).stdout).toMatch(/^\| FROM \\ TO \|.*\|\n\| --- \|/)
    expect(packetwalk(['reach', '-', '--to', 'all', '--csv'], TWO_PODS).stdout).toMatch(
      /^from,to,protocol,port,outcome,reached,of,reason,where,rule,not enforced\r\n.*\r?\n?pod\/default\/client,pod\/default\/server,tcp,80,delivered,1,1,,,,\r\n/,
    )
    const { rows } = json(packetwalk(['reach', '-', '--to', 'all', '--json'], TWO_PODS).stdout)
    expect(rows).toContainEqual({
      ...{ from: 'pod/default/client', to: 'pod/default/server', protocol: 'tcp', port: 80, outcome: 'delivered', reached: 1, of: 1 },
      ...{ reason: null, by: null, walk: { from: 'pod/default/client', to: 'tcp://pod/default/server:80' } },
    })
  })

  it.each([
    [['--md', '--csv'], '--json, --md and --csv exclude each other'],
    [['--md', '--to', 'pods'], '--md and --csv print the matrix: say --to all'],
    [['--csv'], '--md and --csv print the matrix: say --to all'],
  ])('refuses %j', (words, message) => {
    expect(packetwalk(['reach', '-', ...words], TWO_PODS)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
  })
})

describe('a walk that fails', () => {
  const TYPO = `${TWO_PODS}---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: nobody}\n  ports: [{port: 80}]\n`

  it('opens with its cause, line and fix; --json has them', () => {
    const words = ['walk', '-', '--from', 'pod/client', '--to', 'tcp://svc/web:80']
    expect(packetwalk(words, TYPO).stdout).toMatch(
      /^pod\/client → tcp:\/\/svc\/web:80\nNo pod in namespace default has the labels app=nobody: .* \[line \d+\]/,
    )
    const [walk] = json(packetwalk([...words, '--json'], TYPO).stdout).walks
    expect(walk).toMatchObject({
      why: { code: 'selector-matches-nothing', where: 'node/worker-1', sentence: expect.stringContaining('app=nobody') },
      path: ['pod/default/client', 'node/worker-1'],
      returnPath: ['node/worker-1', 'pod/default/client'],
    })
  })
})

describe('exec', () => {
  it('types a command at a node and in a pod', () => {
    expect(packetwalk(['exec', '-', 'node/worker-1', '--', 'iptables-save', '-t', 'nat'], WEB_AND_MYSQL).stdout).toMatch(
      /\*nat\n[\s\S]*-A KUBE-SERVICES .*webapp-sql1.* -j KUBE-SVC-/,
    )
    expect(packetwalk(['exec', '-', 'pod/client', '--', 'ip route'], TWO_PODS).stdout).toMatch(/^default via 10\.244\.1\.1 dev eth0/)
  })

  it('keeps several words apart, and one word whole', () => {
    expect(packetwalk(['exec', '-', 'node/worker-1', '--', 'echo', 'a  b', "it's"], TWO_PODS).stdout).toBe("a  b it's\n")
    expect(packetwalk(['exec', '-', 'node/worker-1', '--', 'echo a; echo b'], TWO_PODS).stdout).toBe('a\nb\n')
  })

  it('sees what a walk has left behind', () => {
    const run = (words: readonly string[]) => packetwalk(['exec', '-', 'pod/client', ...words, '--', 'ip neigh'], TWO_PODS).stdout
    expect(run([])).toBe('')
    expect(run(['--after', 'right'])).toContain('10.244.1.1 dev eth0 lladdr')
  })

  it('lets time pass for curl', () => {
    expect(packetwalk(['exec', '-', 'deploy/webapp', '--', 'curl', '-s', 'http://webapp/'], WEB_AND_MYSQL)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('webapp'),
    })
  })

  it('a command that fails is exit 1, with its code in JSON', () => {
    expect(packetwalk(['exec', '-', 'node/worker-1', '--', 'nonsense'], TWO_PODS)).toMatchObject({
      code: 1,
      stderr: 'bash: nonsense: command not found\n',
    })
    expect(json(packetwalk(['exec', '-', 'node/worker-1', '--json', '--', 'nonsense'], TWO_PODS).stdout)).toMatchObject({
      stdout: '',
      code: 127,
    })
    expect(packetwalk(['exec', '-', 'node/nobody', '--', 'ls'], TWO_PODS)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nobody'),
    })
  })
})

describe('test', () => {
  it('passes and fails as the expectations do', () => {
    expect(packetwalk(['test', '-'], PASSING)).toMatchObject({ code: 0, stdout: expect.stringContaining('1 passed, 0 failed') })
    const { code, stdout } = packetwalk(['test', '-'], TWO_PODS)
    expect(code).toBe(1)
    expect(stdout).toMatch(/✓ right\n {2}✗ wrong & "odd"\n +-:\d+: outcome: expected delivered, got refused/)
  })

  it('reports as TAP, JUnit and JSON', () => {
    const run = (reporter: string) => packetwalk(['test', file(TWO_PODS), '--reporter', reporter]).stdout
    expect(run('tap')).toMatch(/^TAP version 14\n1\.\.2\nok 1 - .*right\nnot ok 2 - /)
    expect(run('junit')).toMatch(
      /<testsuites tests="2" failures="1">[\s\S]*name="wrong &amp; &quot;odd&quot;"[\s\S]*<failure message="outcome: /,
    )
    expect(json(run('json'))).toMatchObject({
      passed: 1,
      failed: 1,
      tests: [
        { name: 'right', ok: true, errors: [] },
        { ok: false, line: 16 },
      ],
    })
  })

  it('a file with errors fails', () => {
    expect(packetwalk(['test', file('kind: [')])).toMatchObject({ code: 1, stdout: expect.stringContaining('0 passed, 1 failed') })
  })
})

describe('build', () => {
  it('prints the cluster with addresses as text', () => {
    const cluster = json(packetwalk(['build', '-', '--stage', 'cluster'], WEB_AND_MYSQL).stdout)
    expect(cluster).toMatchObject({ podCIDR: '10.244.0.0/16', nodes: [{ address: '172.18.0.11', podCIDR: '10.244.1.0/24' }, {}] })
    expect(cluster.pods.every(({ podIP }: { podIP: string }) => /^10\.244\.\d+\.\d+$/.test(podIP))).toBe(true)
  })

  it('prints the scripts of one node: bridge, routes, kube-proxy’s rules', () => {
    const { stdout } = packetwalk(['build', '-', '--stage', 'scripts', '--node', 'worker-1'], WEB_AND_MYSQL)
    expect(stdout).toMatch(/^# ==== node\/worker-1\n/)
    expect(stdout).not.toContain('# ==== node/worker-2')
    expect(stdout).toMatch(/iptables-restore.*<<'EOF'\n[\s\S]*-A KUBE-SVC-[\s\S]*\nEOF\n/)
  })

  it('prints the world, where no command has failed', () => {
    const { code, stdout, stderr } = packetwalk(['build', '-', '--stage', 'world', '--json'], WEB_AND_MYSQL)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { namespaces, failed } = json(stdout)
    expect(failed).toEqual([])
    expect(namespaces.map(({ where }: { where: string }) => where)).toEqual(
      expect.arrayContaining(['node/worker-1', 'node/worker-2', 'gateway', 'internet']),
    )
  })

  it('names the machines when there is no such node', () => {
    expect(packetwalk(['build', '-', '--stage', 'scripts', '--node', 'worker-9'], TWO_PODS)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('node/worker-1'),
    })
  })
})

describe('rules', () => {
  const ask = (packet: object, more: readonly string[] = ['--json']) =>
    packetwalk(
      [
        'rules',
        '--packet',
        JSON.stringify({ in: 'eth0', source: '10.1.1.1', protocol: 'tcp', sourcePort: 4000, destinationPort: 80, ...packet }),
        '--nodes',
        '["192.168.0.2"]',
        ...more,
      ],
      RULES,
    )

  it('gives every branch with its odds', () => {
    const { code, stdout } = ask({ destination: '10.96.0.10' })
    expect(code).toBe(0)
    expect(json(stdout).branches).toMatchObject([
      { probability: 0.5, outcome: 'accepted', destination: '10.244.1.2:8080', masquerade: false },
      { probability: 0.5, outcome: 'accepted', destination: '10.244.2.2:8080', masquerade: true },
    ])
  })

  it.each([
    ['10.9.1.1', 'dropped'],
    ['10.8.1.1', 'rejected'],
    ['10.7.1.1', 'accepted'],
  ])('%s is %s', (destination, outcome) => {
    expect(json(ask({ destination }).stdout).branches).toMatchObject([{ probability: 1, outcome }])
  })

  it('says in words which rule decided', () => {
    expect(ask({ destination: '10.9.1.1' }, []).stdout).toContain('-A FORWARD -d 10.9.0.0/16 -j DROP')
  })

  it('says where pasted rules are wrong', () => {
    const { code, stderr } = packetwalk(
      ['rules', '--packet', '{"in":"eth0","source":"1.1.1.1","destination":"2.2.2.2","protocol":"tcp","destinationPort":80}'],
      '*nat\n-A NOWHERE -j FLY\nCOMMIT\n',
    )
    expect(code).toBe(1)
    expect(stderr).toMatch(/2/)
  })
})

describe('share', () => {
  it('prints a link that holds the text', () => {
    const walk = '---\napiVersion: packetwalk.dev/v1alpha1\nkind: Walk\nmetadata: {name: a b}\nspec: {from: internet, to: "ping 8.8.8.8"}\n'
    const text = `${WEB_AND_MYSQL}${walk}`
    const { code, stdout } = packetwalk(['share', file(text), '--base', 'https://example.org/p/', '--walk', 'a b', '--frame', '3'])
    expect(code).toBe(0)
    const link = /^https:\/\/example\.org\/p\/#v1\.d\.([\w-]+)&walk=a%20b&frame=3\n$/.exec(stdout)
    expect(json(inflateRawSync(Buffer.from(link?.[1] ?? '', 'base64url')).toString())).toEqual({ yaml: text })
    expect(stdout.length).toBeLessThan(1500)
  })

  it('refuses a text that no link can hold', () => {
    const noise = Array.from({ length: 200_000 }, (_, index) =>
      String.fromCharCode(0x4e00 + ((index * 7919 + ((index * index) % 8011)) % 20_000)),
    ).join('')
    expect(packetwalk(['share', '-'], noise)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('characters') })
  })
})

describe('batch', () => {
  it('answers every line, whatever it holds, and ends with the input', () => {
    const lines = [
      { id: 1, command: 'exec', scenario: TWO_PODS, target: 'node/worker-1', run: 'hostname' },
      { id: 'two', command: 'walk', scenario: TWO_PODS, from: 'pod/default/client', to: 'http://pod/server/' },
      { id: 3, command: 'reach', scenario: TWO_PODS, probes: [{ protocol: 'tcp', port: 80 }] },
      {
        id: 4,
        command: 'rules',
        rules: RULES,
        node: { addresses: ['192.168.0.2'] },
        packet: { in: 'eth0', source: '1.1.1.1', destination: '10.7.0.1', protocol: 'udp', sourcePort: 1, destinationPort: 53 },
        allBranches: true,
      },
      {
        id: 5,
        command: 'rules',
        scenario: WEB_AND_MYSQL,
        on: 'node/worker-1',
        packet: { in: 'eth0', source: '1.1.1.1', destination: '172.18.0.11', protocol: 'tcp', sourcePort: 1, destinationPort: 30080 },
      },
      { id: 6, command: 'fly' },
      { id: 7, command: 'walk', scenario: 'kind: [' },
      { id: 8, command: 'exec', scenario: TWO_PODS, target: 7, run: 'ls' },
      { id: 9, command: 'test', scenario: TWO_PODS },
      { id: 10, command: 'check', scenario: 'kind: [' },
      { id: 11, command: 'share', scenario: 'a: 1\u2028' },
      { id: 12, command: 'build', scenario: TWO_PODS, stage: 'scripts' },
    ].map((request) => JSON.stringify(request))
    const { code, stdout, stderr } = packetwalk(['batch'], [...lines, 'nonsense', '', '[1]'].join('\n'))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const answers = stdout.trimEnd().split('\n').map(json)
    expect(answers.map(({ id, ok }) => [id, ok])).toEqual([
      [1, true],
      ['two', true],
      [3, true],
      [4, true],
      [5, true],
      [6, false],
      [7, false],
      [8, false],
      [9, true],
      [10, true],
      [11, true],
      [12, true],
      [null, false],
      [null, false],
    ])
    expect(answers[0].value).toEqual({ stdout: 'worker-1\n', stderr: '', code: 0 })
    expect(answers[1].value.walks[0].outcome).toBe('delivered')
    expect(answers[2].value.rows.length).toBeGreaterThanOrEqual(2)
    expect(answers[3].value.branches).toMatchObject([
      { outcome: 'accepted', destination: '10.7.0.1:53', masquerade: false, probability: 1 },
    ])
    expect(answers[4].value.branches.map(({ masquerade }: { masquerade: boolean }) => masquerade)).toEqual([true, true])
    expect(answers[5].error.message).toContain('there is no command "fly"')
    expect(answers[6].error.message).toMatch(/the scenario has errors: \d+:\d+: /)
    expect(answers[7].error.message).toBe('"target" must be a text')
    expect(answers[8].value).toMatchObject({ passed: 1, failed: 1 })
  })
})
