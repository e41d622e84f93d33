/** axe on every screen, both themes: it finds nothing. */
import { expect, type Page, test } from '@playwright/test'
import { dropLonelyPod, openApp, replaceText, rewind } from './app-page.ts'
import { axeFinds } from './axe.ts'

interface Screen {
  readonly name: string
  readonly show: (page: Page) => Promise<unknown>
  /** Back to the picture. */
  readonly leave: (page: Page) => Promise<unknown>
}

const focusPage = (page: Page) => page.getByRole('heading', { name: 'Walk', exact: true }).click()
const pressEscape = (page: Page) => page.keyboard.press('Escape')
const dialog = (page: Page) => expect(page.getByRole('dialog')).toBeVisible()
const stay = async () => {}

async function keys(page: Page, ...pressed: string[]): Promise<void> {
  await focusPage(page)
  for (const key of pressed) await page.keyboard.press(key)
}

const SCREENS: readonly Screen[] = [
  { name: 'network', show: (page) => keys(page, 'n'), leave: stay },
  { name: 'network, path in focus', show: (page) => keys(page, 'f'), leave: (page) => keys(page, 'f') },
  { name: 'verdict', show: (page) => keys(page, 'End'), leave: stay },
  { name: 'overview', show: (page) => keys(page, '1'), leave: (page) => keys(page, '2') },
  {
    name: 'kernel level',
    show: async (page) => {
      await keys(page, 'Home', 'n', '3')
      await expect(page.getByRole('main', { name: 'Kernel' }).getByRole('heading').first()).toBeVisible()
    },
    leave: (page) => keys(page, '2'),
  },
  {
    name: 'inspector of a node',
    show: async (page) => {
      await page.getByTestId('node/worker-1').click({ position: { x: 24, y: 18 } })
      const tables = page.locator('section[aria-label^="Chosen"]')
      await tables.getByText('iptables-save -c').click()
      await expect(tables.getByRole('button', { name: /KUBE-/ }).first()).toBeVisible()
    },
    leave: pressEscape,
  },
  {
    name: 'menu of a shape',
    show: (page) => page.getByTestId('node/worker-1').click({ button: 'right', position: { x: 24, y: 18 } }),
    leave: pressEscape,
  },
  {
    name: 'terminal drawer',
    show: async (page) => {
      await keys(page, 't')
      await expect(page.getByRole('tabpanel').getByRole('textbox')).toBeFocused()
      await page.keyboard.type('ip route')
      await page.keyboard.press('Enter')
    },
    leave: (page) => page.getByRole('button', { name: 'Terminal', exact: true }).click(),
  },
  {
    name: 'compare panel',
    show: async (page) => {
      await keys(page, 'v')
      await expect(page.getByRole('region', { name: 'Compare' }).getByRole('status')).not.toBeEmpty()
    },
    leave: (page) => keys(page, 'v'),
  },
  {
    name: 'minimap',
    show: async (page) => {
      for (let times = 0; times < 3; times++) await page.getByRole('button', { name: 'Zoom in' }).click()
      await expect(page.getByTestId('minimap')).toBeVisible()
    },
    leave: (page) => keys(page, '0'),
  },
  { name: 'reach', show: (page) => keys(page, 'r').then(() => dialog(page)), leave: pressEscape },
  { name: 'help', show: (page) => keys(page, '?').then(() => dialog(page)), leave: pressEscape },
  { name: 'command menu', show: (page) => keys(page, 'Control+k').then(() => dialog(page)), leave: pressEscape },
  { name: 'add a shape', show: (page) => keys(page, 'a').then(() => dialog(page)), leave: pressEscape },
  {
    name: 'works',
    show: async (page) => {
      await page.getByRole('button', { name: /^Scenario:/ }).click()
      await page.getByRole('menuitem', { name: /^Rename, duplicate, delete|^All \d+ works/ }).click()
      await dialog(page)
    },
    leave: pressEscape,
  },
  { name: 'gallery', show: (page) => command(page, /^Scenarios…/), leave: pressEscape },
  { name: 'settings', show: (page) => command(page, /^Settings…/), leave: pressEscape },
  { name: 'run on real Linux', show: (page) => command(page, /^Run this on real Linux…/), leave: pressEscape },
  {
    name: 'marks of the timeline',
    show: (page) => page.getByRole('button', { name: /^Marks/ }).click(),
    leave: pressEscape,
  },
  {
    name: 'where playing halts',
    show: async (page) => {
      await page.getByRole('button', { name: /^Stop at/ }).click()
      await expect(page.getByRole('menu')).toBeVisible()
    },
    leave: pressEscape,
  },
  {
    name: 'connect a shape',
    show: async (page) => {
      await page.getByTestId('service/default/webapp-sql1').click()
      await page.keyboard.press('x')
      await dialog(page)
    },
    leave: pressEscape,
  },
  {
    name: 'name of a shape, typed in its place',
    show: async (page) => {
      await page.getByTestId('service/default/webapp-sql1').click()
      await page.keyboard.press('F2')
      await expect(page.getByRole('textbox', { name: /^New name of/ })).toBeFocused()
    },
    leave: pressEscape,
  },
  {
    name: 'link to copy by hand',
    show: async (page) => {
      await page.evaluate(() => {
        navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'))
      })
      await page.getByRole('button', { name: 'Share', exact: true }).click()
      await dialog(page)
    },
    leave: pressEscape,
  },
  {
    name: 'list of documents',
    show: async (page) => {
      await keys(page, 'g', 'd')
      await expect(page.getByRole('region', { name: 'Documents' })).toBeVisible()
      await page.keyboard.press('ArrowDown')
    },
    leave: stay,
  },
  {
    name: 'problems, with errors',
    show: async (page) => {
      await replaceText(page, 'apiVersion: v1\nkind: Service\nmetadata: {name: bad}\nspec: {ports: [{port: 0}]}\n')
      await expect(page.getByRole('region', { name: 'Problems' }).getByRole('listitem').first()).toBeVisible()
    },
    leave: stay,
  },
]

async function command(page: Page, name: RegExp): Promise<void> {
  await keys(page, 'Control+k')
  await page.getByRole('option', { name }).first().click()
  await dialog(page)
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe, ${colorScheme}`, async ({ page }) => {
    test.setTimeout(400_000)
    page.setDefaultTimeout(15_000)
    await page.emulateMedia({ colorScheme })
    await openApp(page)
    await rewind(page)
    // One of the user's own, so that the list of works has an entry.
    await dropLonelyPod(page)
    await page.goBack()
    await expect(page.getByTestId('service/default/webapp-sql1')).toBeVisible()
    await expect(page.getByRole('log').getByRole('button').first()).toBeVisible()
    await rewind(page)
    for (const { name, show, leave } of SCREENS) {
      await test.step(name, async () => {
        await show(page)
        expect.soft(await axeFinds(page), name).toEqual([])
        await leave(page)
        await expect(page.getByRole('dialog')).toBeHidden()
      })
    }
  })
}
