/** A dump of a real cluster whose CNI plugin is not modelled: the canvas says what stands in its place. */
import { expect, type Page, test } from '@playwright/test'
import { dumpText } from '../../src/engine/kubernetes/test-dump.ts'
import { dropFile, openApp } from './app-page.ts'
import { axeFinds } from './axe.ts'

const DUMP = (agent: { readonly name: string; readonly label: string }): string => dumpText({ nodes: 2, pods: 4, services: 1, agent })
const CALICO = DUMP({ name: 'calico-node', label: 'k8s-app: calico-node' })
const FLANNEL = DUMP({ name: 'kube-flannel-ds', label: 'app: flannel' })
const POLICY = `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
`

const badge = (page: Page) => page.getByText('calico, simulated as bridge')

for (const width of [1440, 1024]) {
  test(`Calico: a badge on the canvas and a problem in the list, ${width} px`, async ({ page }) => {
    await page.setViewportSize({ width, height: 800 })
    await openApp(page)
    await expect(badge(page)).toHaveCount(0)
    await dropFile(page, 'dump.yaml', CALICO + POLICY)
    await expect(badge(page)).toBeVisible()
    await expect(badge(page)).toBeInViewport({ ratio: 1 })
    await expect(badge(page)).toHaveAttribute('title', /CNI plugin is not modelled; bridge stands in its place/)
    const problems = page.getByRole('region', { name: 'Problems' })
    await expect(problems).toContainText('2 warnings')
    expect(await axeFinds(page)).toEqual([])
  })
}

test('Flannel is modelled: no badge', async ({ page }) => {
  await openApp(page)
  await dropFile(page, 'dump.yaml', FLANNEL)
  await expect(page.getByTestId(/kube-flannel-ds-0/).first()).toBeAttached()
  await expect(page.getByText(/simulated as bridge/)).toHaveCount(0)
})
