/** The link that carries the whole scenario, the walk on screen and the moment shown. */
import { appState } from '../../store/store.ts'

/** Copies the link and says how long it is; says why when there can be none. */
export async function copyLink(): Promise<void> {
  const { text, title, walk, frame, toast, setOverlay } = appState()
  const { encodeShare } = await import('../../../protocol/share.ts')
  const view = { title, ...(walk !== null && walk.name === null ? { from: walk.from, to: walk.to } : {}) }
  const keys = new Map<string, string>()
  if (walk !== null && walk.name !== null) keys.set('walk', walk.name)
  if (walk !== null && frame >= 0) keys.set('frame', String(frame))
  const encoded = encodeShare({ yaml: text, view }, keys)
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
    appState().setShareLink(link)
    setOverlay('share')
  }
}
