import { describe, expect, it } from 'vitest'
import type { BranchesAnswer } from './branches-answer.ts'
import { LAB } from './lab.fixture.ts'
import type { LabAnswer } from './lab-answer.ts'
import type { AnswerTo, NamespaceState, Question, QuestionKind, Request, Response } from './messages.ts'
import { CREDITS, createServer } from './server.ts'

/** A server with its tasks held back until `turn` or `settle` lets them run. */
function world() {
  const responses: Response[] = []
  const tasks: (() => void)[] = []
  const server = createServer({
    post: (response) => responses.push(structuredClone(response)),
    later: (task) => tasks.push(task),
    pageRecords: 10,
  })
  const turn = () => tasks.shift()?.()
  const settle = () => {
    while (tasks.length > 0) turn()
  }
  return {
    responses,
    receive: server.receive,
    turn,
    settle,
    of: <T extends Response['type']>(type: T) =>
      responses.filter((response): response is Extract<Response, { type: T }> => response.type === type),
  }
}

/** The tables of an answer about a namespace. */
function sectionsOf(answer: AnswerTo<QuestionKind> | undefined) {
  return answer && 'sections' in answer ? answer.sections : []
}

const across: Request = { type: 'walk', id: 1, revision: 1, walk: { name: 'across' }, seed: 0, branch: null }

describe('createServer', () => {
  it('answers hello with its version', () => {
    const { receive, responses } = world()
    receive({ type: 'hello', version: 1 })
    expect(responses).toEqual([{ type: 'ready', version: 1 }])
  })

  it('opens a text: documents, walks, picture', () => {
    const { receive, settle, of } = world()
    receive({ type: 'open', revision: 1, text: LAB })
    settle()
    const [scenario] = of('scenario')
    expect(scenario).toMatchObject({ revision: 1, walks: [{ name: 'across', from: 'pod/client', line: 11 }] })
    expect(scenario?.topology?.machines.map(({ ref }) => ref)).toEqual(expect.arrayContaining(['node/worker-1', 'node/worker-2']))
  })

  it('opens only the last of the texts that are waiting', () => {
    const { receive, settle, of } = world()
    receive({ type: 'open', revision: 1, text: LAB })
    receive({ type: 'open', revision: 2, text: 'kind: [' })
    settle()
    expect(of('scenario').map(({ revision, topology }) => [revision, topology])).toEqual([[2, null]])
    expect(of('scenario')[0]?.diagnostics[0]?.severity).toBe('error')
  })

  it('walks: pages of records with a sentence each, then the outcome', () => {
    const { receive, settle, of } = world()
    receive({ type: 'open', revision: 1, text: LAB })
    receive(across)
    settle()
    for (let i = 0; i < 100; i++) {
      receive({ type: 'credit', id: 1 })
      settle()
    }
    const records = of('page').flatMap((page) => page.records)
    expect(records.length).toBeGreaterThan(50)
    expect(records.map(({ n }) => n)).toEqual(records.map((_, index) => index))
    expect(of('page').every((page) => page.sentences.length === page.records.length && page.records.length <= 10)).toBe(true)
    expect(of('walked')).toMatchObject([
      {
        id: 1,
        revision: 1,
        outcome: { outcome: 'delivered', server: 'pod/default/server:80' },
        summary: expect.stringContaining('client reaches server'),
      },
    ])
  })

  it('sends a long walk in pages that grow, and its words behind it', () => {
    const rules = Array.from({ length: 900 }, (_, index) => `    -A FORWARD -m comment --comment "rule ${index}"`).join('\n')
    const script = `apiVersion: packetwalk.dev/v1alpha1\nkind: Script\nmetadata: {name: many}\nspec:\n  on: node/worker-1\n  run: |\n    iptables-restore --noflush <<'END'\n    *mangle\n${rules}\n    COMMIT\n    END\n`
    const { receive, settle, of } = world()
    receive({
      type: 'open',
      revision: 1,
      text: LAB.replace('apiVersion: packetwalk.dev/v1alpha1\nkind: Walk', (walk) => `${script}---\n${walk}`),
    })
    receive(across)
    settle()
    for (let i = 0; i < 200; i++) {
      receive({ type: 'credit', id: 1 })
      settle()
    }
    const records = of('page').flatMap((page) => page.records)
    expect(records.length).toBeGreaterThan(5000)
    expect(records.map(({ n }) => n)).toEqual(records.map((_, index) => index))
    expect(of('page').length).toBeLessThan(110)
    const [first = [], ...others] = of('page').map((page) => page.sentences)
    expect(first).toHaveLength(10)
    expect(others.at(-1)).toEqual([])
    const sentences = [...of('page'), ...of('sentences')].flatMap((answer) => answer.sentences)
    expect(sentences).toHaveLength(records.length)
    expect(sentences.at(-1)).not.toBe('')
    expect(of('walked')).toHaveLength(1)
  })

  it('stops at a cancel between two pages', () => {
    const { receive, turn, settle, of } = world()
    receive({ type: 'open', revision: 1, text: LAB })
    receive(across)
    turn()
    turn()
    receive({ type: 'cancel', id: 1 })
    settle()
    expect(of('page').length).toBe(1)
    expect(of('walked')).toEqual([])
  })

  it('a newer walk makes the older one void', () => {
    const { receive, settle, of } = world()
    receive({ type: 'open', revision: 1, text: LAB })
    receive(across)
    receive({ ...across, id: 2 })
    settle()
    expect(new Set(of('page').map(({ id }) => id))).toEqual(new Set([2]))
  })

  it('refuses a walk of a text that has changed, of a broken text, and of no such name', () => {
    const { receive, settle, of } = world()
    receive({ type: 'open', revision: 2, text: LAB })
    receive(across)
    settle()
    receive({ ...across, id: 2, revision: 2, walk: { name: 'nothing' } })
    settle()
    receive({ type: 'open', revision: 3, text: ':' })
    receive({ ...across, id: 3, revision: 3 })
    settle()
    expect(of('failed').map(({ about, id, message }) => [about, id, message])).toEqual([
      ['walk', 1, 'The text has changed since this walk was asked for.'],
      ['walk', 2, 'no Walk is called "nothing"'],
      ['walk', 3, 'Nothing new can walk: the text has errors.'],
    ])
  })

  it('shows the tables of a namespace before and after a walk', () => {
    const { receive, settle, of } = world()
    receive({ type: 'open', revision: 1, text: LAB })
    receive(across)
    settle()
    receive({ type: 'ask', request: 7, question: { kind: 'namespaceState', id: 1, n: -1, where: 'pod/default/client' } })
    receive({ type: 'ask', request: 8, question: { kind: 'namespaceState', id: 1, n: 1_000_000, where: 'pod/default/client' } })
    receive({ type: 'ask', request: 9, question: { kind: 'namespaceState', id: 1, n: 0, where: 'pod/default/nobody' } })
    settle()
    const neighbours = of('answer').map(({ answer }) => sectionsOf(answer).find(({ command }) => command === 'ip neigh')?.lines ?? [])
    expect(neighbours[0]).toEqual([])
    expect(neighbours[1]?.join()).toContain('10.244.1.1')
    expect(of('failed')).toMatchObject([{ about: 'ask', id: 9 }])
  })

  it('shows the hooks of a namespace at a moment', () => {
    const { receive, settle, of } = world()
    receive({ type: 'open', revision: 1, text: LAB })
    receive(across)
    settle()
    receive({ type: 'ask', request: 7, question: { kind: 'kernelView', id: 1, n: 1_000_000, where: 'node/worker-1', open: null } })
    settle()
    expect(of('answer')).toMatchObject([{ request: 7, answer: { where: 'node/worker-1', conntrack: 'ESTABLISHED' } }])
  })

  it('turns gestures into changes of a text, and says why where it cannot', () => {
    const { receive, settle, of } = world()
    receive({
      type: 'ask',
      request: 1,
      question: { kind: 'draw', text: LAB, gesture: { kind: 'rename', ref: 'pod/default/client', name: 'me' } },
    })
    receive({ type: 'ask', request: 2, question: { kind: 'draw', text: LAB, gesture: { kind: 'delete', refs: ['gateway'] } } })
    settle()
    expect(of('answer')).toMatchObject([{ request: 1, answer: { select: 'pod/default/me' } }])
    expect(of('failed')).toMatchObject([{ about: 'ask', id: 2 }])
  })

  it('says which end of a walk is wrong', () => {
    const { receive, settle, of } = world()
    receive({ type: 'open', revision: 1, text: LAB })
    for (const [from, to] of [
      ['pod/nobody', 'http://pod/server/'],
      ['svc/nothing', 'http://pod/server/'],
      ['pod/client', 'http://pod/nobody/'],
      ['pod/client', 'htp:/x'],
    ] as const) {
      receive({ ...across, walk: { from, to } })
      settle()
    }
    expect(of('failed').map((failed) => failed.about === 'walk' && failed.end)).toEqual(['from', 'from', 'to', 'to'])
  })

  it('goes on showing the tables of the walk on screen while the text has errors, and while the next walk is on its way', () => {
    const { receive, settle, of } = world()
    receive({ type: 'open', revision: 1, text: LAB })
    receive(across)
    settle()
    const inspect = (request: number) => {
      receive({ type: 'ask', request, question: { kind: 'namespaceState', id: 1, n: 10, where: 'pod/default/client' } })
      settle()
      return of('answer').find((answer) => answer.request === request)?.answer
    }
    const before = inspect(1)
    receive({ type: 'open', revision: 2, text: ':' })
    const [waiting, broken] = [inspect(2), inspect(3)]
    receive({ type: 'open', revision: 3, text: LAB.replace('name: across', 'name: other') })
    receive({ ...across, id: 2, revision: 3, walk: { name: 'other' } })
    settle()
    expect(sectionsOf(before).length).toBeGreaterThan(3)
    expect([waiting, broken, inspect(4)]).toEqual([before, before, before])
    receive({ ...across, id: 3, revision: 3, walk: { name: 'other' } })
    settle()
    expect(inspect(5)).toBeUndefined()
  })

  it('sends no more pages than it has credit for', () => {
    const { receive, settle, of } = world()
    receive({ type: 'open', revision: 1, text: LAB })
    receive(across)
    settle()
    expect(of('page').length).toBe(CREDITS)
    receive({ type: 'credit', id: 1 })
    receive({ type: 'credit', id: 1 })
    settle()
    expect(of('page').length).toBe(CREDITS + 2)
    expect(of('walked')).toEqual([])
  })
})

describe('answers', () => {
  const SERVICE = `apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: c, image: curl}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`
  /** What is answered to a question after a walk from the client to the Service. */
  function asked(question: (id: number) => Question, text = SERVICE) {
    const page = world()
    page.receive({ type: 'open', revision: 1, text })
    page.receive({ type: 'walk', id: 5, revision: 1, walk: { from: 'pod/client', to: 'http://web/' }, seed: 0, branch: null })
    page.settle()
    page.receive({ type: 'ask', request: 1, question: question(5) })
    page.settle()
    return { ...page, answer: page.of('answer')[0]?.answer }
  }

  it('every way a walk can go, each of which can be walked and looked into', () => {
    const { answer, receive, settle, of } = asked((id) => ({ kind: 'branches', id }))
    const { branches, unlisted } = answer as BranchesAnswer
    const servers = branches.map(({ outcome }) => outcome.server)
    expect(new Set(servers).size).toBe(3)
    expect(branches.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1)
    expect(unlisted).toBe(0)
    for (const [index, { taken, outcome, path, returnPath }] of branches.entries()) {
      const id = 10 + index
      receive({ type: 'walk', id, revision: 1, walk: { from: 'pod/client', to: 'http://web/' }, seed: 0, branch: taken })
      settle()
      for (let page = 0; page < 100; page++) {
        receive({ type: 'credit', id })
        settle()
      }
      expect(of('walked').at(-1)?.outcome).toEqual(outcome)
      expect([path[0], path.at(-1)]).toEqual(['pod/default/client', outcome.server?.replace(/:80$/, '')])
      expect(returnPath).toEqual(path.toReversed())
      const where = path.at(-1) ?? ''
      receive({ type: 'ask', request: id, question: { kind: 'namespaceState', id, n: 1_000_000, where } })
      settle()
      const state = of('answer').find(({ request }) => request === id)?.answer as NamespaceState
      expect(state.sections.find(({ command }) => command === 'ip neigh')?.lines.length).toBeGreaterThan(0)
    }
  })

  it('the text as a script for real Linux, with what it needs', () => {
    const walk =
      '---\napiVersion: packetwalk.dev/v1alpha1\nkind: Walk\nmetadata: {name: one}\nspec: {from: pod/client, to: "http://web/"}\n'
    const { answer } = asked(() => ({ kind: 'lab', text: SERVICE + walk, walk: { from: 'pod/client', to: 'ping svc/web' } }))
    const { script, needs, machines, walks } = answer as LabAnswer
    expect(script).toMatch(/^#!\/usr\/bin\/env bash\n/)
    expect(script).toContain('iptables-restore')
    expect(needs.tools).toEqual(expect.arrayContaining(['ip', 'python3', 'iptables-restore']))
    expect(needs.modules).toEqual(expect.arrayContaining(['veth', 'bridge', 'xt_statistic']))
    expect(machines).toEqual(expect.arrayContaining(['node/worker-1', 'node/worker-2']))
    expect(walks).toEqual(['one', 'pod/client → ping svc/web'])
  })

  it.each([
    ['a text with errors', 'kind: [', 'There is no script: the text has errors.'],
    [
      'a Walk from nowhere',
      SERVICE +
        '---\napiVersion: packetwalk.dev/v1alpha1\nkind: Walk\nmetadata: {name: one}\nspec: {from: pod/nobody, to: "http://web/"}\n',
      'there is no pod "nobody"',
    ],
  ])('no script of %s, and why', (_, text, why) => {
    const { of } = asked(() => ({ kind: 'lab', text, walk: null }))
    expect(of('failed')).toMatchObject([{ about: 'ask', id: 1, message: expect.stringContaining(why) }])
  })
})
