/** The link that carries the whole scenario, the walk on screen and the moment shown. */
import { linkContent } from '../../store/shared-link.ts'
import { appState } from '../../store/store.ts'

/** Copies the link and says how long it is; says why when there can be none. */
export async function copyLink(): Promise<void> {
  const { toast, setOverlay, setShareLink } = appState()
  const { encodeShare } = await import('../../../protocol/share.ts')
  const { scenario, keys } = linkContent(appState())
  const encoded = encodeShare(scenario, keys)
  if (!encoded.ok) {
    toast(encoded.error.message, 'error')
    return
  }
  const link = location.origin + location.pathname + encoded.fragment
  try {
    await navigator.clipboard.writeText(link)
    toast(
      `Link copied: ${link.length.toLocaleString('en')} characters, the whole scenario in it.${encoded.warning ? ` ${encoded.warning}` : ''}`,
    )
  } catch {
    setShareLink(link)
    setOverlay('share')
  }
}
