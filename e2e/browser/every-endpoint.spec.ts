/** What chance decides, and what a real kernel would say. */
import { expect, test } from '@playwright/test'
import { dropFile, openApp } from './app-page.ts'
import { axeFinds } from './axe.ts'

const WEB = `apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { containers: [{ name: c, image: i }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: c, image: i, ports: [{ containerPort: 80 }] }] } }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
`

test('every endpoint is listed with its odds; choosing one plays it', async ({ page }) => {
  await openApp(page)
  await dropFile(page, 'web.yaml', WEB)
  await expect(page.getByRole('combobox', { name: 'From', exact: true })).toHaveValue('pod/client')
  await page.getByRole('button', { name: 'Every endpoint' }).click()
  const list = page.getByRole('region', { name: 'Every way it can go' })
  await expect(list.getByRole('button')).toHaveCount(3)
  for (const branch of await list.getByRole('button').all()) await expect(branch).toContainText(/^33\.\d %/)
  await expect(list.locator('[aria-current]')).toHaveCount(1)
  const last = list.getByRole('button').last()
  const server = /web-(\w+)/.exec(await last.innerText())?.[1] ?? 'no server'
  await last.click()
  await expect(last).toHaveAttribute('aria-current', 'true')
  await page.getByRole('heading', { name: 'Walk', exact: true }).click()
  await page.keyboard.press('End')
  await expect(page.getByRole('region', { name: 'Verdict' })).toContainText(server)
  expect(await axeFinds(page, 'section[aria-label="Every way it can go"]')).toEqual([])
})

test('the script for real Linux can be read, copied and downloaded', async ({ page }) => {
  await openApp(page)
  await page.getByRole('button', { name: 'Take it elsewhere' }).click()
  await page.getByRole('menuitem', { name: 'Run this on real Linux…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Run this on real Linux' })
  await expect(dialog.getByRole('textbox', { name: 'Script' })).toHaveValue(/^#!\/usr\/bin\/env bash\n/)
  await expect(dialog).toContainText('iptables-restore')
  const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: /^Download/ }).click()])
  expect(download.suggestedFilename()).toBe('web-and-mysql.sh')
  expect(await axeFinds(page, '[role="dialog"]')).toEqual([])
})
