/** Drawing and typing through the store, with the engine in the same thread: picture and text agree after each step, and undo returns to the start. */
import fc from 'fast-check'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { DrawnKind, Gesture } from '../../engine/kubernetes/drawing/gesture.ts'
import { parseScenario } from '../../engine/kubernetes/manifest.ts'
import type { Topology } from '../../engine/simulation/topology.ts'
import { type Client, createClient } from '../../protocol/client.ts'
import { createServer } from '../../protocol/server.ts'
import { type Draw, documentsOf, gesture } from './drawing.ts'
import { connectEngine, receive, store } from './store.ts'

let client: Client
const draw: Draw = (text, made) => client.ask('draw', { text, gesture: made })

/** A server that answers in this thread, as soon as the page has done what it is doing. */
function startServer(): Client {
  let answer: (response: Parameters<typeof receive>[0]) => void = () => {}
  const server = createServer({ post: (response) => answer(response), later: (task) => queueMicrotask(task), pageRecords: 100_000 })
  return createClient({ post: (request) => server.receive(request), listen: (hear) => (answer = hear) }, receive)
}

/** Until the engine has answered for the text on screen. */
async function settled(): Promise<void> {
  await vi.advanceTimersByTimeAsync(200)
  for (let turns = 0; turns < 20 && store.getState().engine !== 'ready'; turns++) await vi.advanceTimersByTimeAsync(10)
}

beforeEach(async () => {
  vi.useFakeTimers()
  client = startServer()
  connectEngine({ open: client.open, walk: client.walk, cancel: client.cancel })
  await open('')
})

async function open(text: string): Promise<void> {
  store.getState().openText(text, { title: 'x.yaml', source: 'own' })
  await settled()
}

const add = (what: DrawnKind, on: string | null = null): Gesture => ({ kind: 'add', what, on })
async function drawAll(...gestures: readonly Gesture[]): Promise<void> {
  for (const made of gestures) {
    await gesture(made, draw)
    await settled()
  }
}

describe('a gesture', () => {
  it('changes the text, chooses what it made, and is taken back as one step', async () => {
    await drawAll(add('node'), add('pod', 'node/worker-1'))
    expect(store.getState()).toMatchObject({ selected: 'pod/default/web' })
    expect(store.getState().topology?.machines.flatMap(({ pods }) => pods.map(({ ref }) => ref))).toContain('pod/default/web')
    store.getState().undo()
    store.getState().undo()
    expect(store.getState().text).toBe('')
    store.getState().redo()
    expect(store.getState().text).toMatch(/^apiVersion: v1\nkind: Node\n/)
  })

  it('that makes a Walk starts it', async () => {
    await drawAll(add('pod'), add('service', 'pod/default/web'), { kind: 'connect', from: 'pod/default/web', to: 'service/default/web' })
    expect(store.getState().walk).toMatchObject({ name: 'web-to-web', status: 'done', outcome: { outcome: 'delivered' } })
  })

  it('is worked out again when somebody types meanwhile', async () => {
    let typed = false
    await gesture(add('node'), async (text, made) => {
      const drawn = await draw(text, made)
      if (!typed) store.getState().edit([{ from: 0, to: 0, insert: '# mine\n' }], 'typed')
      typed = true
      return drawn
    })
    expect(store.getState().text).toMatch(/^# mine\n(---\n)?apiVersion: v1\nkind: Node\n/)
  })

  it('that cannot be carried out says why and changes nothing', async () => {
    await open('kind: Pod\n  broken: [')
    await drawAll(add('node'))
    expect(store.getState().text).toBe('kind: Pod\n  broken: [')
    expect(store.getState().toasts.at(-1)).toMatchObject({ kind: 'error', text: expect.stringContaining('mend it first') })
  })

  it('changes nothing in another text that was opened meanwhile', async () => {
    await gesture(add('node'), async (text, made) => {
      const drawn = await draw(text, made)
      store.getState().openText('', { title: 'y.yaml', source: 'own' })
      return drawn
    })
    expect(store.getState().text).toBe('')
  })
})

describe('undo and redo', () => {
  it('take typing and drawing in the order they happened', async () => {
    await drawAll(add('node'))
    const drawn = store.getState().text
    for (const [at, letter] of [...'# x'].entries()) store.getState().edit([{ from: at, to: at, insert: letter }], 'typed')
    store.getState().undo()
    store.getState().undo()
    expect(store.getState().text).toBe(drawn)
    store.getState().undo()
    expect(store.getState().text).toBe('')
  })

  it('begin afresh with another text', async () => {
    await drawAll(add('node'))
    await open('# other\n')
    store.getState().undo()
    expect(store.getState().text).toBe('# other\n')
  })
})

describe('several shapes', () => {
  it('are chosen one by one and let go one by one', () => {
    const { selectAll, toggleSelected } = store.getState()
    selectAll(['a', 'b'])
    toggleSelected('c')
    expect(store.getState()).toMatchObject({ selected: 'c', alsoSelected: ['a', 'b'] })
    toggleSelected('b')
    expect(store.getState()).toMatchObject({ selected: 'c', alsoSelected: ['a'] })
    store.getState().select(null)
    expect(store.getState()).toMatchObject({ selected: null, alsoSelected: [] })
  })

  it('are copied as their documents', async () => {
    await drawAll(add('node'), add('deployment'))
    const pods = store.getState().topology?.machines.flatMap((machine) => machine.pods) ?? []
    const refs = [...pods.filter(({ workload }) => workload !== null).map(({ ref }) => ref), 'node/worker-1']
    expect(documentsOf(refs, store.getState())).toMatch(
      /^apiVersion: v1\nkind: Node\nmetadata:\n {2}name: worker-1\n---\napiVersion: apps\/v1\nkind: Deployment\n[\s\S]*80\n$/,
    )
    expect(documentsOf(['service/default/none'], store.getState())).toBe('')
  })
})

const START = `# keep: the cluster
apiVersion: packetwalk.dev/v1alpha1
kind: Cluster
metadata: {name: lab}
spec:
  nodes: 2   # keep: two are enough
---
# keep: the database
apiVersion: v1
kind: Pod
metadata:
  name: kept   # keep: its name
  labels: {app: kept}
spec:
  containers:
    - name: db    # keep: odd   spacing
      image: 'mysql'
      ports: [{containerPort: 3306}]
---
apiVersion: v1
kind: Service
metadata: {name: kept}
spec:
  # keep: who it selects
  selector: {app: kept}
  ports:
    - {port: 3306}   # keep: its port
# keep: the end
`
const MARKERS = START.match(/# keep: .*/g) ?? []

/** What a picture can be asked for: everything but the three documents whose comments are watched may be deleted. */
function gestureOn(topology: Topology | null, pick: (count: number) => number): Gesture {
  const pods = topology?.machines.flatMap((machine) => machine.pods.map(({ ref }) => ref)) ?? []
  const machines = topology?.machines.map(({ ref }) => ref) ?? []
  const services = topology?.services.map(({ ref }) => ref) ?? []
  const networks = topology?.networks.map(({ ref }) => ref) ?? []
  const all = [...pods, ...machines, ...services, ...networks]
  const one = (refs: readonly string[]): string => refs[pick(refs.length)] ?? 'pod/default/kept'
  const what = KINDS[pick(KINDS.length)] ?? 'pod'
  const made: readonly Gesture[] = [
    add(what, pick(2) === 0 ? null : one(all)),
    { kind: 'connect', from: one(all), to: one(all) },
    { kind: 'place', pod: one(pods), node: one(machines) },
    { kind: 'rename', ref: one(all.filter((ref) => !ref.endsWith('/kept'))), name: `n${pick(30)}` },
    { kind: 'duplicate', refs: [one(all), one(pods)] },
    { kind: 'delete', refs: [one(all.filter((ref) => (!ref.endsWith('/kept') && ref.startsWith('pod/')) || ref.startsWith('host/')))] },
    { kind: 'paste', text: 'apiVersion: v1\nkind: Pod\nmetadata: {name: pasted}\nspec: {containers: [{name: a, image: a}]}\n' },
  ]
  return made[pick(made.length)] ?? add('pod')
}

const KINDS: readonly DrawnKind[] = [
  ...(['node', 'pod', 'deployment', 'service', 'host', 'bridge', 'network', 'networkpolicy', 'ingress', 'walk', 'script'] as const),
]

/** Something typed: a comment, a letter that breaks the YAML and goes again, blanks at the end. */
async function typeSomething(pick: (count: number) => number): Promise<void> {
  const { text, edit } = store.getState()
  const lines = text.split('\n')
  const at = lines.slice(0, pick(lines.length)).reduce((sum, line) => sum + line.length + 1, 0)
  const kind = pick(3)
  if (kind === 0) edit([{ from: text.length, to: text.length, insert: `${text.endsWith('\n') ? '' : '\n'}# typed ${pick(99)}\n` }], 'typed')
  else if (kind === 1) {
    for (const [index, letter] of [...'# so'].entries())
      edit([{ from: text.length + index, to: text.length + index, insert: letter }], 'typed')
    edit([{ from: text.length + 4, to: text.length + 4, insert: '\n' }], 'typed')
  } else {
    edit([{ from: at, to: at, insert: '}' }], 'typed')
    await settled()
    edit([{ from: at, to: at + 1, insert: '' }], 'typed')
  }
}

/** What the text says there is. */
function saidBy(text: string) {
  const { cluster } = parseScenario(text)
  return {
    pods: cluster?.pods.map(({ meta, nodeName }) => `pod/${meta.namespace}/${meta.name} on ${nodeName}`).sort(),
    services: cluster?.services.map(({ meta }) => `service/${meta.namespace}/${meta.name}`).sort(),
    hosts: cluster?.hosts.map(({ meta }) => `host/${meta.name}`).sort(),
    nodes: cluster?.nodes.map(({ meta }) => `node/${meta.name}`).sort(),
  }
}

/** What the picture shows. */
function shownBy(topology: Topology | null) {
  const of = (kind: string) =>
    topology?.machines
      .filter((machine) => machine.kind === kind)
      .map(({ ref }) => ref)
      .sort()
  const pods = topology?.machines.flatMap((machine) => machine.pods.map(({ ref }) => `${ref} on ${machine.name}`))
  return { pods: pods?.sort(), services: topology?.services.map(({ ref }) => ref).sort(), hosts: of('host'), nodes: of('node') }
}

it('200 random gestures and edits: picture and text agree after each, comments stay, undo returns to the start byte for byte', {
  timeout: 300_000,
}, async () => {
  const random = fc.sample(fc.nat(), { numRuns: 4_000, seed: 7 })
  let next = 0
  const pick = (count: number): number => (random[next++ % random.length] ?? 0) % Math.max(1, count)
  await open(START)
  let carriedOut = 0
  for (let step = 0; step < 200; step++) {
    const before = store.getState().text
    if (pick(5) === 0) await typeSomething(pick)
    else await gesture(gestureOn(store.getState().topology, pick), draw)
    await settled()
    const { text, topology, topologyStale } = store.getState()
    if (text !== before) carriedOut += 1
    expect(topologyStale).toBe(false)
    expect(shownBy(topology)).toEqual(saidBy(text))
    for (const marker of MARKERS) expect(text).toContain(marker)
  }
  expect(carriedOut).toBeGreaterThan(120)
  const end = store.getState().text
  while (store.getState().history.past.length > 0) store.getState().undo()
  expect(store.getState().text).toBe(START)
  while (store.getState().history.future.length > 0) store.getState().redo()
  expect(store.getState().text).toBe(end)
})
