/** What the tests do with the page, in the user's words. */
import { expect, type Locator, type Page } from '@playwright/test'

/** The steps of the walk, in words. */
export function steps(page: Page): Locator {
  return page.getByRole('log')
}

/** The step that is shown now. */
export function currentStep(page: Page): Locator {
  return steps(page).locator('[aria-current="step"]')
}

/** Opens the app and waits until the picture stands and a walk is in it. */
export async function openApp(page: Page, address = './'): Promise<void> {
  await page.goto(address)
  await expect(page.locator('[data-testid^="node/"]').first()).toBeVisible()
  await expect(steps(page).getByRole('button').first()).toBeVisible()
}

/** Waits until the full editor is there. */
export async function editorReady(page: Page): Promise<void> {
  await expect(page.locator('.monaco-editor .view-lines').first()).toBeVisible({ timeout: 20_000 })
}

/** Replaces the text in the editor as a user would: everything selected, then typed over. */
export async function replaceText(page: Page, text: string): Promise<void> {
  await editorReady(page)
  await page.locator('.monaco-editor .view-lines').first().click()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.insertText(text)
}

/** Drops a file on the page. */
export async function dropFile(page: Page, name: string, text: string): Promise<void> {
  await page.evaluate(
    ([title, content]) => {
      const data = new DataTransfer()
      data.items.add(new File([content ?? ''], title ?? 'file.yaml'))
      document.dispatchEvent(new DragEvent('drop', { dataTransfer: data, cancelable: true }))
    },
    [name, text],
  )
}

/** A work of the user's own: one pod, `lonely`. */
export async function dropLonelyPod(page: Page): Promise<void> {
  await dropFile(page, 'lonely.yaml', 'apiVersion: v1\nkind: Pod\nmetadata: {name: lonely}\nspec: {containers: [{name: c, image: c}]}\n')
  await expect(page.getByTestId('pod/default/lonely')).toBeVisible()
}

/** The text of the user's work that was kept last. */
export function keptText(page: Page): Promise<string | null> {
  return page.evaluate(() => {
    const works: { id: string; changedMs: number }[] = JSON.parse(localStorage.getItem('packetwalk.works') ?? '[]')
    const last = works.sort((a, b) => b.changedMs - a.changedMs)[0]
    return last ? localStorage.getItem(`packetwalk.work.${last.id}`) : null
  })
}

/** Stops playing and goes to the beginning. */
export async function rewind(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Walk', exact: true }).click()
  await page.keyboard.press('Home')
}

/** "3 / 24" of the transport: the moment on screen. */
export async function moment(page: Page): Promise<number> {
  const text = await page
    .getByText(/^\s*\d+ \/ \d+/)
    .first()
    .innerText()
  return Number.parseInt(text, 10)
}
