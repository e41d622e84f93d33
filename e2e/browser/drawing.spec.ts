/** From an empty canvas to a packet that arrives, by gestures alone; and the text that they leave. */
import { expect, type Locator, type Page, test } from '@playwright/test'
import { editorReady, keptText, moment, openApp, steps } from './app-page.ts'
import { axeFinds } from './axe.ts'

test.use({ actionTimeout: 15_000 })

const shape = (page: Page, ref: string): Locator => page.getByTestId(ref)
const tool = (page: Page, name: string): Locator =>
  page.getByRole('toolbar', { name: 'Draw' }).getByRole('button', { name: `Add ${name}`, exact: true })

interface Point {
  readonly x: number
  readonly y: number
}

async function middleOf(element: Locator, at: Point = { x: 0.5, y: 0.5 }): Promise<Point> {
  const box = await element.boundingBox()
  if (box === null) throw new Error(`${element} is not on the page`)
  return { x: box.x + box.width * at.x, y: box.y + box.height * at.y }
}

/** Drags as a hand does: some way at a time. */
async function drag(page: Page, from: Point, to: Point): Promise<void> {
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 })
  await page.mouse.move(to.x, to.y, { steps: 4 })
  await page.mouse.up()
}

/** Header of a rack: nothing lies above it there. */
const HEADER: Point = { x: 0.6, y: 0.06 }

async function dragTool(page: Page, name: string, to: Locator, at?: Point): Promise<void> {
  await drag(page, await middleOf(tool(page, name)), await middleOf(to, at))
}

async function dragHandle(page: Page, from: string, to: string): Promise<void> {
  await shape(page, from).hover()
  const handle = shape(page, from).locator('[data-handle]')
  await expect(handle).toBeVisible()
  await drag(page, await middleOf(handle), await middleOf(shape(page, to)))
}

async function emptyCanvas(page: Page): Promise<void> {
  await openApp(page)
  await editorReady(page)
  await page.getByRole('button', { name: /^Scenario:/ }).click()
  await page.getByRole('menuitem', { name: 'New', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'No cluster yet' })).toBeVisible()
  await expect(page.getByRole('toolbar', { name: 'Draw' })).toBeVisible()
}

/** The walk begins by itself; `hurry`: what a person does who does not want to see all of it. */
async function expectDelivered(page: Page, hurry: () => Promise<unknown>, summary: string): Promise<void> {
  await expect(steps(page).getByRole('button').first()).toBeVisible()
  const start = await moment(page)
  await expect.poll(() => moment(page), { timeout: 15_000 }).toBeGreaterThan(start)
  await hurry()
  await expect(page.getByRole('region', { name: 'Verdict' })).toContainText(summary, { timeout: 90_000 })
}

const NODES = ['worker-1', 'worker-2'].map((name) => `apiVersion: v1\nkind: Node\nmetadata:\n  name: ${name}\n`)
const pod = (name: string, app: string, node: string): string => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  labels: {app: ${app}}
spec:
  nodeName: ${node}
  containers:
    - name: ${name}
      image: nginx
      ports:
        - containerPort: 80
`
const service = (name: string, app: string): string => `apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  selector: {app: ${app}}
  ports:
    - port: 80
`
const walk = (name: string, from: string, to: string): string => `apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata:
  name: ${name}
spec:
  from: ${from}
  to: ${to}
`

test('by mouse alone: two nodes, three pods, a Service, and a packet that reaches it', async ({ page }) => {
  test.setTimeout(180_000)
  await emptyCanvas(page)
  expect(await axeFinds(page)).toEqual([])
  const began = Date.now()
  await dragTool(page, 'Node', page.getByRole('heading', { name: 'No cluster yet' }))
  await expect(shape(page, 'node/worker-1')).toBeVisible()
  await tool(page, 'Node').click()
  await expect(shape(page, 'node/worker-2')).toBeVisible()
  await dragTool(page, 'Pod', shape(page, 'node/worker-1'), HEADER)
  await expect(shape(page, 'pod/default/web')).toBeVisible()
  await dragTool(page, 'Pod', shape(page, 'node/worker-2'), HEADER)
  await expect(shape(page, 'pod/default/web-2')).toBeVisible()
  await dragTool(page, 'Pod', shape(page, 'node/worker-2'), HEADER)
  await expect(shape(page, 'pod/default/web-3')).toBeVisible()
  await dragTool(page, 'Service', shape(page, 'pod/default/web-2'))
  await expect(shape(page, 'service/default/web-2')).toBeVisible()
  await dragHandle(page, 'service/default/web-2', 'pod/default/web-3')
  await expect(shape(page, 'service/default/web-2')).toHaveAttribute('aria-label', /2 endpoints/)
  await dragHandle(page, 'pod/default/web', 'service/default/web-2')
  await expectDelivered(page, () => page.getByRole('combobox', { name: 'Speed' }).selectOption('4'), 'web reaches web-')
  const seconds = (Date.now() - began) / 1000
  test.info().annotations.push({ type: 'drawn and delivered', description: `${seconds.toFixed(0)} s` })
  expect(seconds).toBeLessThan(120)
  await expect
    .poll(() => keptText(page))
    .toBe(
      [
        ...NODES,
        pod('web', 'web', 'worker-1'),
        pod('web-2', 'web-2', 'worker-2'),
        pod('web-3', 'web-2', 'worker-2'),
        service('web-2', 'web-2'),
        walk('web-to-web-2', 'pod/web', 'http://web-2:80/'),
      ].join('---\n'),
    )
  await expect(page.getByText('No problems')).toBeVisible()
  expect(await axeFinds(page)).toEqual([])
})

async function choose(page: Page, key: string, words: string): Promise<void> {
  await page.keyboard.press(key)
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.type(words)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toBeHidden()
}

const focusedShape = (page: Page): Promise<string | null> =>
  page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? null)

test('by keyboard alone: the same, with a name and a mistake taken back', async ({ page }) => {
  test.setTimeout(180_000)
  await openApp(page)
  await editorReady(page)
  await choose(page, 'Control+k', 'New scenario')
  await expect(page.getByRole('heading', { name: 'No cluster yet' })).toBeVisible()
  for (const name of ['worker-1', 'worker-2']) {
    await choose(page, 'a', 'node')
    await expect.poll(() => focusedShape(page)).toBe(`node/${name}`)
  }
  await choose(page, 'Control+k', 'node/worker-1')
  await choose(page, 'a', 'pod')
  await expect.poll(() => focusedShape(page)).toBe('pod/default/web')
  await page.keyboard.press('F2')
  await expect(page.getByRole('textbox', { name: 'New name of pod/web' })).toBeFocused()
  await page.keyboard.type('client')
  await page.keyboard.press('Enter')
  await expect.poll(() => focusedShape(page)).toBe('pod/default/client')
  await page.keyboard.press('Escape')
  await choose(page, 'a', 'pod')
  await expect.poll(() => focusedShape(page)).toBe('pod/default/web')
  await page.keyboard.press('Control+d')
  await expect.poll(() => focusedShape(page)).toBe('pod/default/web-2')
  await page.keyboard.press('Delete')
  await expect(shape(page, 'pod/default/web-2')).toHaveCount(0)
  await page.keyboard.press('Control+z')
  await expect(shape(page, 'pod/default/web-2')).toBeVisible()
  await shape(page, 'pod/default/web').focus()
  await page.keyboard.press('Shift+F10')
  await expect(page.getByRole('menu')).toBeVisible()
  expect(await axeFinds(page)).toEqual([])
  await page.keyboard.type('Add a Service')
  await expect(page.getByRole('menuitem', { name: /^Add a Service/ })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect.poll(() => focusedShape(page)).toBe('service/default/web')
  await expect(shape(page, 'service/default/web')).toHaveAttribute('aria-label', /2 endpoints/)
  await shape(page, 'pod/default/client').focus()
  await page.keyboard.press('Enter')
  await choose(page, 'x', 'service/web')
  await expect(page.getByRole('combobox', { name: 'To', exact: true })).toHaveValue('http://web:80/')
  await expectDelivered(page, () => page.keyboard.press('End'), 'client reaches web')
  await expect.poll(() => keptText(page)).toContain(walk('client-to-web', 'pod/client', 'http://web:80/'))
  const text = await keptText(page)
  expect(text?.match(/^kind: .*/gm)).toEqual([
    ...['kind: Node', 'kind: Node', 'kind: Pod', 'kind: Pod', 'kind: Pod', 'kind: Service', 'kind: Walk'],
  ])
  await expect(page.getByText('No problems')).toBeVisible()
  expect(await axeFinds(page)).toEqual([])
})

test('one history: typing and drawing are taken back in their order, from the editor and from the picture', async ({ page }) => {
  test.setTimeout(120_000)
  await emptyCanvas(page)
  await tool(page, 'Node').click()
  await expect(shape(page, 'node/worker-1')).toBeVisible()
  await page.locator('.monaco-editor .view-lines').first().click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type('# mine')
  await expect.poll(() => keptText(page)).toMatch(/worker-1\n# mine$/)
  await tool(page, 'Pod').click()
  await expect(shape(page, 'pod/default/web')).toBeVisible()
  await page.locator('.monaco-editor .view-lines').first().click()
  await page.keyboard.press('Control+z')
  await expect(shape(page, 'pod/default/web')).toHaveCount(0)
  await page.keyboard.press('Control+z')
  await page.keyboard.press('Control+z')
  await expect.poll(() => keptText(page)).toMatch(/worker-1\n$/)
  await page.keyboard.press('Control+y')
  await page.keyboard.press('Control+Shift+z')
  await expect.poll(() => keptText(page)).toMatch(/worker-1\n# mine$/)
  await shape(page, 'node/worker-1').focus()
  await page.keyboard.press('Control+Shift+z')
  await expect(shape(page, 'pod/default/web')).toBeVisible()
  await page.getByRole('toolbar', { name: 'Draw' }).getByRole('button', { name: 'Undo' }).click()
  await expect(shape(page, 'pod/default/web')).toHaveCount(0)
})

test('pods move between racks; several are chosen, copied as text, pasted, deleted', async ({ page, context }) => {
  test.setTimeout(120_000)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await emptyCanvas(page)
  for (const name of ['worker-1', 'worker-2']) {
    await tool(page, 'Node').click()
    await expect(shape(page, `node/${name}`)).toBeVisible()
  }
  for (const name of ['web', 'web-2']) {
    await dragTool(page, 'Pod', shape(page, 'node/worker-1'), HEADER)
    await expect(shape(page, `pod/default/${name}`)).toBeVisible()
  }
  await drag(page, await middleOf(shape(page, 'pod/default/web')), await middleOf(shape(page, 'node/worker-2')))
  await expect(shape(page, 'pod/default/web')).toHaveAttribute('aria-label', /on worker-2/)
  await shape(page, 'pod/default/web').click()
  await shape(page, 'pod/default/web-2').click({ modifiers: ['Shift'] })
  for (const name of ['web', 'web-2']) await expect(shape(page, `pod/default/${name}`)).toHaveAttribute('aria-pressed', 'true')
  await page.keyboard.press('Control+c')
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    [pod('web', 'web', 'worker-2'), pod('web-2', 'web-2', 'worker-1')].join('---\n'),
  )
  await page.keyboard.press('Control+v')
  await expect(shape(page, 'pod/default/web-4')).toBeVisible()
  const [start, end] = [
    await middleOf(shape(page, 'node/worker-1'), { x: -0.02, y: -0.04 }),
    await middleOf(shape(page, 'node/worker-2'), { x: 1.02, y: 1.04 }),
  ]
  await page.keyboard.down('Shift')
  await drag(page, start, end)
  await page.keyboard.up('Shift')
  await expect(page.locator('[data-shape][aria-pressed="true"]')).toHaveCount(7)
  await shape(page, 'pod/default/web').click()
  await page.keyboard.press('Delete')
  await expect(shape(page, 'pod/default/web')).toHaveCount(0)
  await shape(page, 'pod/default/web-2').click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await expect(shape(page, 'pod/default/web-2')).toHaveCount(0)
})
