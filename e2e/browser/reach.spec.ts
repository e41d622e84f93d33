/** The matrix of who reaches whom, and rules in plain words. */
import { expect, test } from '@playwright/test'
import { openApp, replaceText, rewind } from './app-page.ts'

const TEXT = `apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: lonely}
spec: {selector: {app: nobody}, ports: [{port: 80}]}
`

test('a cell says how it went and opens its walk', async ({ page }) => {
  await openApp(page)
  await replaceText(page, TEXT)
  await expect(page.getByTestId('pod/default/client')).toBeVisible()
  await page.getByRole('button', { name: 'Reach', exact: true }).click()
  const table = page.getByRole('dialog', { name: 'Who reaches whom' })
  await expect(table.getByRole('button', { name: 'client to web tcp 80: delivered' })).toBeVisible()
  await table.getByRole('button', { name: 'To pods' }).click()
  await expect(table.getByRole('button', { name: 'client to web tcp 80: delivered' })).toBeVisible()
  await table.getByRole('button', { name: 'To Services' }).click()
  await table.getByRole('button', { name: 'client to lonely tcp 80: rejected' }).click()
  await expect(table).toBeHidden()
  await expect(page.getByRole('combobox', { name: 'To', exact: true })).toHaveValue('tcp://svc/default/lonely:80')
  await page.getByRole('heading', { name: 'Walk', exact: true }).click()
  await page.keyboard.press('End')
  await expect(page.getByRole('region', { name: 'Verdict' })).toContainText(/lonely has no endpoints/)
})

test('the command menu finds it', async ({ page }) => {
  await openApp(page)
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('dialog', { name: 'Command menu' })).toBeVisible()
  await page.keyboard.type('who reaches')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog', { name: 'Who reaches whom' })).toBeVisible()
})

test('a rule of a node is explained and leads to its Service', async ({ page }) => {
  await openApp(page)
  await replaceText(page, TEXT)
  await expect(page.getByTestId('pod/default/client')).toBeVisible()
  await rewind(page)
  await page.keyboard.press('w')
  await page.keyboard.press('Home')
  await page
    .getByTestId('node/worker-1')
    .first()
    .click({ position: { x: 24, y: 18 } })
  const chosen = page.getByRole('region', { name: 'Chosen: node/worker-1' })
  await chosen.getByText('iptables-save -c').click()
  await chosen.getByRole('button', { name: /-j DNAT .*--to-destination 10\.244\.1\.\d+:80$/ }).click()
  await expect(chosen).toContainText(/Here the destination changes from port http of Service web to the endpoint 10\.244\.1\.\d+:80\./)
  await chosen.getByRole('button', { name: /Service web, port http, line 11/ }).click()
  await expect(page.getByRole('region', { name: 'Problems' })).toContainText('Line 11 · Service web')
})

test('a pair whose NetworkPolicy nothing enforces is marked, and told below', async ({ page }) => {
  const policy = `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny}
spec: {podSelector: {matchLabels: {app: web}}}
`
  await openApp(page)
  await replaceText(page, TEXT + policy)
  await expect(page.getByTestId('pod/default/client')).toBeVisible()
  await page.getByRole('button', { name: 'Reach', exact: true }).click()
  const table = page.getByRole('dialog', { name: 'Who reaches whom' })
  await expect(table.getByRole('button', { name: 'client to web tcp 80: delivered, NetworkPolicy not enforced' })).toBeVisible()
  await expect(table.getByRole('region', { name: 'NetworkPolicies that are not enforced' })).toContainText(
    'NetworkPolicy default/deny selects web for ingress',
  )
})
