/** Thirty malformed or absurd texts: each is answered at its place, the text is kept, and the page never stands still. */
import { expect, type Locator, type Page, test } from '@playwright/test'
import { dropFile, editorReady, keptText, openApp } from './app-page.ts'
import { longestTask } from './longest-task.ts'

const MOST_MS = 200

const pod = (name: string, more = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name} }\nspec:\n  containers: [{ name: c, image: i }]\n${more}`
const service = (name: string, spec: string): string => `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: ${spec}\n`
const cluster = (spec: string): string => `apiVersion: packetwalk.dev/v1alpha1\nkind: Cluster\nspec: ${spec}\n`
const walk = (from: string, to: string): string =>
  `apiVersion: packetwalk.dev/v1alpha1\nkind: Walk\nmetadata: { name: w }\nspec: { from: "${from}", to: "${to}" }\n`

/** `quiet`: nothing is wrong with it, it is only absurd. */
const INPUTS: readonly { readonly name: string; readonly text: string; readonly quiet?: boolean }[] = [
  { name: 'not YAML', text: '<html><body>{{ not yaml: [ }}</body></html>\n: : :' },
  { name: 'tabs', text: 'apiVersion: v1\nkind: Pod\nmetadata:\n\tname: a\n' },
  { name: 'duplicate names', text: `${pod('a')}---\n${pod('a')}` },
  { name: 'duplicate keys', text: 'apiVersion: v1\nkind: Pod\nkind: Service\nmetadata: { name: a }\n' },
  { name: 'unknown kind', text: 'apiVersion: example.com/v7\nkind: Frobnicator\nmetadata: { name: a }\n' },
  { name: 'unknown field', text: pod('a').replace('containers:', 'contaners:') },
  {
    name: 'IP outside the CIDR',
    text: `${cluster('{ serviceCIDR: 10.96.0.0/16 }')}---\n${service('a', '{ clusterIP: 192.168.1.1, ports: [{ port: 80 }] }')}`,
  },
  { name: 'port 0', text: service('a', '{ ports: [{ port: 0 }] }') },
  { name: 'port 70000', text: service('a', '{ ports: [{ port: 70000 }] }') },
  { name: 'nodePort outside its range', text: service('a', '{ type: NodePort, ports: [{ port: 80, nodePort: 1 }] }') },
  {
    name: 'selector that matches nothing',
    text: `${pod('a')}---\n${service('b', '{ selector: { app: nothing }, ports: [{ port: 80 }] }')}`,
  },
  { name: 'cyclic anchors', text: 'a: &a\n  b: *a\napiVersion: v1\nkind: Pod\n' },
  {
    name: 'exploding anchors',
    text: `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefghij'
      .split('')
      .map((letter, index) => `${letter}: &${letter} [${Array(9).fill(`*${'abcdefghij'[index]}`).join(', ')}]`)
      .join('\n')}\n`,
  },
  { name: 'unknown alias', text: 'apiVersion: v1\nkind: Pod\nmetadata: *nowhere\n' },
  { name: '10,000 lines', text: Array.from({ length: 10_000 }, (_, n) => `line${n}: ${n}`).join('\n') },
  { name: '1 MB in one line', text: `apiVersion: v1\nkind: Pod\nmetadata: { name: "${'x'.repeat(1_000_000)}" }\n` },
  { name: '1 MB of brackets', text: '['.repeat(1_000_000) },
  { name: 'deep nesting', text: `a: ${'{ a: '.repeat(2_000)}1${' }'.repeat(2_000)}\n` },
  { name: 'binary', text: Array.from({ length: 4_000 }, (_, n) => String.fromCharCode((n * 7919) % 55_296)).join('') },
  { name: 'empty', text: '', quiet: true },
  { name: 'only separators', text: '---\n---\n---\n', quiet: true },
  {
    name: 'JSON',
    text: JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { containers: [{ name: 'c', image: 'i' }] } }),
    quiet: true,
  },
  { name: 'no name', text: 'apiVersion: v1\nkind: Pod\nmetadata: {}\nspec: { containers: [] }\n' },
  { name: 'bad name', text: pod('Not_A_Name') },
  { name: 'number for text', text: 'apiVersion: 1\nkind: 2\nmetadata: 3\n' },
  { name: 'list at the top', text: '- apiVersion: v1\n- kind: Pod\n' },
  { name: 'two clusters', text: `${cluster('{ nodes: 2 }')}---\n${cluster('{ nodes: 3 }')}` },
  { name: 'too many nodes', text: cluster('{ nodes: 100000 }') },
  {
    name: 'a billion replicas',
    text: 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: a }\nspec:\n  replicas: 1000000000\n  selector: { matchLabels: { app: a } }\n  template:\n    metadata: { labels: { app: a } }\n    spec: { containers: [{ name: c, image: i }] }\n',
  },
  { name: 'a walk from nowhere to nowhere', text: `${pod('a')}---\n${walk('pod/none', 'gopher://???')}` },
]

/** How long the page is given to come to rest when a text is answered and kept: the walk is taken and drawn then. */
const REST_MS = 600

/** Opens a text and waits until it is answered, kept, and the page is quiet; the longest task of the main thread in all that time, ms of processor time. */
async function blockedBy(page: Page, input: (typeof INPUTS)[number]): Promise<{ readonly longest: number; readonly answered: boolean }> {
  let answered = true
  const longest = await longestTask(page, async () => {
    await dropFile(page, 'absurd.yaml', input.text)
    answered = input.quiet === true || (await isAnswered(page.getByRole('region', { name: 'Problems' })))
    await expect.poll(() => keptText(page).then((kept) => kept?.length), { timeout: 8_000 }).toBe(input.text.replace(/\r\n?/g, '\n').length)
    await page.waitForTimeout(REST_MS)
  })
  return { longest, answered }
}

/** Does the list of problems come to name a line, or at least count what is there? */
function isAnswered(problems: Locator): Promise<boolean> {
  const answer = problems.getByText(/Line \d+\./).or(problems.getByText(/\d+ (notes?|warnings?|errors?)/))
  return answer
    .first()
    .waitFor({ timeout: 8_000 })
    .then(
      () => true,
      () => false,
    )
}

test('thirty of them', async ({ page }) => {
  test.setTimeout(360_000)
  expect(INPUTS).toHaveLength(30)
  await openApp(page)
  await editorReady(page)
  const wrong: string[] = []
  const longest: string[] = []
  for (const input of INPUTS) {
    const blocked = await blockedBy(page, input)
    longest.push(`${input.name} ${Math.round(blocked.longest)}`)
    if (blocked.longest > MOST_MS) wrong.push(`${input.name}: blocked ${Math.round(blocked.longest)} ms`)
    if (!blocked.answered) wrong.push(`${input.name}: no located problem`)
    if ((await keptText(page)) !== input.text.replace(/\r\n?/g, '\n')) wrong.push(`${input.name}: the text was not kept`)
  }
  console.log(`Longest task of the main thread, ms: ${longest.join(', ')}`)
  expect(wrong).toEqual([])
})
