/** Nothing the user makes is lost: works, links, Back, two tabs. */
import { expect, type Page, test } from '@playwright/test'
import { currentStep, dropFile, editorReady, openApp, replaceText } from './app-page.ts'

const pod = (name: string) => `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name} }\nspec: { containers: [{ name: c, image: i }] }\n`

async function fileMenu(page: Page, entry: string | RegExp): Promise<void> {
  await page.getByRole('button', { name: /^Scenario:/ }).click()
  await page.getByRole('menuitem', { name: entry }).click()
}

test('works are listed, renamed, duplicated, deleted and brought back', async ({ page }) => {
  await openApp(page)
  for (const name of ['one', 'two']) {
    await dropFile(page, `${name}.yaml`, pod(name))
    await expect(page.getByTestId(`pod/default/${name}`)).toBeVisible()
  }
  await fileMenu(page, /^Rename, duplicate, delete|^All \d+ works/)
  const dialog = page.getByRole('dialog', { name: 'Your works' })
  await dialog.getByRole('button', { name: 'Rename one.yaml' }).click()
  await dialog.getByRole('textbox', { name: 'New name of one.yaml' }).fill('first.yaml')
  await page.keyboard.press('Enter')
  await dialog.getByRole('button', { name: 'Duplicate first.yaml' }).click()
  await expect(dialog.getByRole('button', { name: /^first 2\.yaml/ })).toBeVisible()
  await dialog.getByRole('button', { name: 'Delete first.yaml' }).click()
  await expect(dialog.getByText('first.yaml is deleted.')).toBeVisible()
  await dialog.getByRole('button', { name: 'Undo' }).click()
  await dialog.getByRole('button', { name: /^first\.yaml/ }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByTestId('pod/default/one')).toBeVisible()
  await page.goBack()
  await expect(page.getByTestId('pod/default/two')).toBeVisible()
})

test('Back returns from a link; what was typed a moment before is there', async ({ page }) => {
  await openApp(page)
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Share' }).click()
  await expect(page.getByText(/Link copied/)).toBeVisible()
  const link = await page.evaluate(() => navigator.clipboard.readText())
  await replaceText(page, pod('mine'))
  await page.evaluate((address) => {
    location.hash = new URL(address).hash
  }, link)
  await expect(page.getByRole('note')).toContainText('Opened from a link')
  await page.goBack()
  await expect(page.getByTestId('pod/default/mine')).toBeVisible()
})

test('two tabs with one work: each shows what the other has typed', async ({ page }) => {
  await openApp(page)
  await dropFile(page, 'one.yaml', pod('one'))
  await expect(page.getByTestId('pod/default/one')).toBeVisible()
  const other = await page.context().newPage()
  await other.goto('./')
  await expect(other.getByTestId('pod/default/one')).toBeVisible()
  await replaceText(other, pod('changed'))
  await editorReady(page)
  await expect(page.getByTestId('pod/default/changed')).toBeVisible()
  await other.close()
  await page.reload()
  await expect(page.getByTestId('pod/default/changed')).toBeVisible()
})

test('pasting another text starts its own walk, with nothing wrong under the fields', async ({ page }) => {
  await openApp(page)
  const service = 'apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { selector: { app: web }, ports: [{ port: 80 }] }\n'
  const web = pod('web').replace('name: web }', 'name: web, labels: { app: web } }')
  await replaceText(page, [pod('client'), web, service].join('---\n'))
  await expect(page.getByRole('combobox', { name: 'From', exact: true })).toHaveValue('pod/client')
  await expect(page.getByRole('combobox', { name: 'To', exact: true })).toHaveValue('http://web')
  await expect(page.getByRole('form', { name: 'Walk' }).getByRole('alert')).toHaveCount(0)
  await expect(currentStep(page)).toBeVisible()
  await page.getByRole('heading', { name: 'Walk', exact: true }).click()
  await page.keyboard.press('End')
  await expect(page.getByRole('region', { name: 'Verdict' })).toContainText('Delivered')
})
