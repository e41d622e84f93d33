/** What the editor knows of a scenario: its documents, what names mean, its layout, whole documents to begin with. */
import { expect, type Page, test } from '@playwright/test'
import { dumpText } from '../../src/engine/kubernetes/test-dump.ts'
import { currentStep, editorReady, keptText, openApp, replaceText, rewind } from './app-page.ts'
import { longestTask } from './longest-task.ts'

const lines = (page: Page) => page.locator('.monaco-editor .view-lines').first()
const place = (page: Page) => page.getByRole('region', { name: 'Problems' })
const outline = (page: Page) => page.getByRole('region', { name: 'Documents' })

/** Runs a command of the command menu. */
async function command(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('dialog', { name: 'Command menu' })).toBeVisible()
  await page.keyboard.type(name)
  await page.keyboard.press('Enter')
}

/** Puts the cursor behind the first place where these words stand in the text on screen. */
async function putCursor(page: Page, words: string): Promise<void> {
  await page.keyboard.press('Control+f')
  await page.keyboard.insertText(words)
  await page.keyboard.press('Enter')
  await page.keyboard.press('Escape')
}

test('the list of documents is filtered by typing, chosen by arrows, and stays', async ({ page }) => {
  await openApp(page)
  await editorReady(page)
  await rewind(page)
  await page.keyboard.press('g')
  await page.keyboard.press('d')
  const options = outline(page).getByRole('option')
  await expect(options).toHaveCount(6)
  await expect(outline(page).getByRole('combobox')).toBeFocused()
  await page.keyboard.type('service')
  await expect(options).toHaveText([/Service.*webapp/, /Service.*webapp-sql1/])
  await page.keyboard.press('ArrowDown')
  await expect(options.nth(1)).toHaveAttribute('aria-selected', 'true')
  await page.keyboard.press('Enter')
  await expect(place(page)).toContainText('Service webapp-sql1')
  await expect(page.locator('.monaco-editor')).toHaveClass(/focused/)
  await expect(options.nth(1)).toHaveAttribute('aria-current', 'location')
  await page.keyboard.press('Control+Shift+o')
  await expect(outline(page).getByRole('combobox')).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(outline(page)).toHaveCount(0)
  await expect(page.locator('.monaco-editor')).toHaveClass(/focused/)
})

test('the list of documents by pointing; it says which have errors', async ({ page }) => {
  await openApp(page)
  await replaceText(
    page,
    'apiVersion: v1\nkind: Pod\nmetadata: {name: fine}\nspec: {containers: [{name: c, image: i}]}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: bad}\nspec: {ports: [{port: 0}]}\n',
  )
  await page.getByRole('button', { name: '2 documents' }).click()
  const bad = outline(page).getByRole('option', { name: /bad/ })
  await expect(bad.getByLabel('has errors')).toBeVisible()
  await expect(outline(page).getByRole('option', { name: /fine/ }).getByLabel('has errors')).toHaveCount(0)
  await bad.click({ button: 'right' })
  await expect(place(page)).not.toContainText(/Line 6/)
  await bad.click()
  await expect(place(page)).toContainText(/Line 6 · Service bad/)
})

test('F12 goes from a selector to its pods, and from a Walk to its Service', async ({ page }) => {
  await openApp(page)
  await editorReady(page)
  await lines(page).click()
  await putCursor(page, 'selector: {app: mysql}')
  await page.keyboard.press('F12')
  await expect(place(page)).toContainText('Deployment mysql')
  await putCursor(page, 'http://webapp-sql1')
  await page.keyboard.press('F12')
  await expect(place(page)).toContainText('Service webapp-sql1')
  await putCursor(page, 'from: deploy/webapp')
  await command(page, 'what the name under')
  await expect(place(page)).toContainText('Deployment webapp')
})

test('Ctrl and a click go there, too', async ({ page }) => {
  await openApp(page)
  await editorReady(page)
  await lines(page).click()
  await putCursor(page, 'http://webapp-sql1')
  const url = page.locator('.monaco-editor .view-lines').getByText('http://webapp-sql1:3306/').last()
  // Monaco looks once each time the pointer comes to a word; before the engine is there, it finds nothing.
  await expect(async () => {
    await place(page).hover()
    await url.hover({ modifiers: ['Control'] })
    await expect(page.locator('.goto-definition-link').first()).toBeVisible({ timeout: 3_000 })
  }).toPass()
  await url.click({ modifiers: ['Control'] })
  await expect(place(page)).toContainText('Service webapp-sql1')
})

test('formatting keeps comments and is one step of the history', async ({ page }) => {
  await openApp(page)
  const untidy =
    '# mine\napiVersion:   v1\nkind: Pod   # a pod\nmetadata: { name:   a }\nspec:\n    containers:\n        - name: c\n          image:   i\n---\n# second\napiVersion: v1\nkind: Namespace\nmetadata:\n      name: shop\n'
  const tidy =
    '# mine\napiVersion: v1\nkind: Pod # a pod\nmetadata: { name: a }\nspec:\n  containers:\n    - name: c\n      image: i\n---\n# second\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n'
  await replaceText(page, untidy)
  await expect.poll(() => keptText(page)).toBe(untidy)
  await page.keyboard.press('Shift+Alt+f')
  await expect.poll(() => keptText(page)).toBe(tidy)
  await page.keyboard.press('Control+z')
  await expect.poll(() => keptText(page)).toBe(untidy)
  await page.keyboard.press('Control+y')
  await expect.poll(() => keptText(page)).toBe(tidy)
  await command(page, 'Format the text')
  await expect(page.getByText('The text has its layout already.')).toBeVisible()
})

test('a text with a syntax error is not formatted, and the line is said', async ({ page }) => {
  await openApp(page)
  await replaceText(page, 'a: 1\nb: [1\nc: 2\n')
  await page.keyboard.press('Shift+Alt+f')
  await expect(page.getByText(/^Line \d+ has a syntax error: mend it first, then format\.$/)).toBeVisible()
})

test('a whole document is offered where one begins, and its places can be filled in', async ({ page }) => {
  await openApp(page)
  await replaceText(page, '#')
  await page.keyboard.press('Backspace')
  await page.keyboard.type('Serv')
  const widget = page.locator('.suggest-widget')
  await expect(widget.getByText('Service, NodePort')).toBeVisible()
  await page.keyboard.type('ice, Node')
  await expect(widget.locator('.monaco-list-row.focused')).toContainText('Service, NodePort')
  await page.keyboard.press('Tab')
  await page.keyboard.type('front')
  await page.keyboard.press('Tab')
  await page.keyboard.type('shop')
  await expect
    .poll(() => keptText(page))
    .toBe(
      'apiVersion: v1\nkind: Service\nmetadata:\n  name: front\nspec:\n  type: NodePort\n  selector:\n    app: shop\n  ports:\n    - port: 80\n      targetPort: 80\n      nodePort: 30080',
    )
  await page.keyboard.press('Control+End')
  await page.keyboard.press('Escape')
  await page.keyboard.type('\nPod')
  await expect(widget).toBeHidden()
  await page.keyboard.press('Control+Space')
  await expect(widget).toBeVisible()
  await expect(widget.getByText('Pod', { exact: true })).toHaveCount(0)
})

test('a snippet of the command menu stands behind the document under the cursor, under a free name', async ({ page }) => {
  await openApp(page)
  const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c, image: i}]}\n'
  const last = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n'
  await replaceText(page, `${pod}---\n${last}`)
  await page.keyboard.press('Control+Home')
  await command(page, 'Snippet: Pod')
  await expect.poll(() => keptText(page)).toContain(`${pod}---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web-2\n`)
  await expect.poll(() => keptText(page)).toMatch(/containerPort: 80\n---\napiVersion: v1\nkind: Namespace/)
  await expect(page.locator('.monaco-editor')).toHaveClass(/focused/)
  await expect(place(page)).toContainText(/Line 6 · Pod web-2/)
  await page.keyboard.press('Control+z')
  await expect.poll(() => keptText(page)).toBe(`${pod}---\n${last}`)
})

test('every document folds; each says what it is, and a line that is asked for unfolds its own', async ({ page }) => {
  await openApp(page)
  await editorReady(page)
  await rewind(page)
  await page.keyboard.press('n')
  await command(page, 'Fold every document')
  await expect(page.locator('.folded-name')).toHaveText([
    /Deployment.mysql/,
    /Deployment.webapp/,
    /Service.webapp/,
    /Service.webapp-sql1/,
    /Walk.web-to-database/,
    /Walk.internet-to-web/,
  ])
  await rewind(page)
  await page.keyboard.press('n')
  await page.keyboard.press('g')
  await page.keyboard.press('y')
  await expect(page.locator('.folded-name')).toHaveCount(5)
  await expect(lines(page)).toContainText(/name:.webapp-sql1/)
  await command(page, 'Unfold everything')
  await expect(page.locator('.folded-name')).toHaveCount(0)
})

test('folded documents keep their names while the text is edited, and take new ones', async ({ page }) => {
  await openApp(page)
  await editorReady(page)
  await rewind(page)
  await command(page, 'Fold every document')
  const names = page.locator('.folded-name')
  await expect(names).toHaveCount(6)
  await expect(page.locator('.monaco-editor')).toHaveClass(/focused/)
  await page.keyboard.press('Control+Home')
  await page.keyboard.press('Enter')
  await expect.poll(() => keptText(page)).toMatch(/^\n/)
  await expect(page.getByRole('button', { name: '6 documents' })).toBeVisible()
  await expect(names).toHaveText([
    /Deployment.mysql/,
    /Deployment.webapp/,
    /Service.webapp/,
    /Service.webapp-sql1/,
    /Walk.web-to-database/,
    /Walk.internet-to-web/,
  ])
  await page.getByTestId('service/default/webapp-sql1').click()
  await page.keyboard.press('F2')
  await page.keyboard.type('database')
  await page.keyboard.press('Enter')
  await expect(names.nth(3)).toHaveText(/Service.database/)
  await expect(names).toHaveCount(6)
})

test('two keys one after the other mean a command only when they follow closely', async ({ page }) => {
  await openApp(page)
  await editorReady(page)
  await rewind(page)
  await page.keyboard.press('g')
  await page.waitForTimeout(1_200)
  await page.keyboard.press('d')
  await expect(page.getByText('Nothing is dropped in this walk.')).toBeVisible()
  await expect(outline(page)).toHaveCount(0)
})

test('hovering a field says what it is', async ({ page }) => {
  await openApp(page)
  await editorReady(page)
  await page.locator('.monaco-editor .view-line').filter({ hasText: 'replicas' }).getByText('replicas').hover()
  await expect(page.locator('.monaco-hover').getByText(/desired pods/)).toBeVisible()
  await expect(page.locator('.monaco-hover').getByText(/Source|schema/)).toHaveCount(0)
})

const LONGEST_MS = 200

test('the dump of 20 nodes and 400 pods is pasted, listed and folded without a long block', async ({ page, context }) => {
  test.setTimeout(180_000)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const dump = dumpText({ nodes: 20, pods: 400, services: 20, agent: { name: 'kube-flannel-ds', label: 'app: flannel' } })
  await openApp(page)
  await page.evaluate((text) => navigator.clipboard.writeText(text), dump)
  await replaceText(page, '# to be replaced\n')
  await expect.poll(() => keptText(page)).toBe('# to be replaced\n')
  const pasted = async (): Promise<void> => {
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.press('ControlOrMeta+V')
    await expect(page.getByRole('button', { name: /^\d{3} documents$/ })).toBeVisible({ timeout: 60_000 })
    await page.keyboard.press('Control+Home')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('End')
    await page.keyboard.type(' # seen')
    await page.waitForTimeout(2_500)
  }
  const first = await longestTask(page, pasted)
  // Caches that another program has emptied only ever add to it.
  const longest = first <= LONGEST_MS ? first : Math.min(first, await longestTask(page, pasted))
  console.log(`Longest task of the main thread while ${(dump.length / 1e6).toFixed(1)} MB are pasted: ${Math.round(longest)} ms`)
  expect(longest).toBeLessThanOrEqual(LONGEST_MS)
  await page.keyboard.press('Control+Shift+o')
  await expect(outline(page).getByRole('combobox')).toBeFocused()
  await page.keyboard.type('service app-19')
  await page.keyboard.press('Enter')
  await expect(place(page)).toContainText('Service app-19')
  await page.keyboard.press('Control+Shift+[')
  await expect(page.locator('.folded-name')).toHaveText([/Service.app-19/])
  // A text without a Walk gets one of its own.
  await expect(currentStep(page)).toBeVisible()
})
