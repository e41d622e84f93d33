/** What axe says of the page. */
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'

/**
 * Each rule that is broken, with the places. `within` is a CSS selector: only what is inside is looked at.
 * In the page itself ("legacy"): a page of its own to put frames together takes four times as long, and there are no frames.
 * Not "region": menus and dialogs stand at the end of the body, beside the landmarks, as the ARIA practices have them.
 */
export async function axeFinds(page: Page, within?: string): Promise<readonly string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'], rules: { region: { enabled: false } } })
  const { violations } = await (within === undefined ? axe : axe.include(within)).analyze()
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(' ')} ${failureSummary ?? ''}`).join('; ')}`,
  )
}
