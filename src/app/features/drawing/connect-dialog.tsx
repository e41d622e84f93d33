import { gesture } from '../../store/drawing.ts'
import { shortRef } from '../../store/references.ts'
import { appState } from '../../store/store.ts'
import { CommandMenu } from '../../ui/command-menu.tsx'
import { linkTargets, linkWords } from './links.ts'

/** The other end of a line from the chosen shape, by name: what dragging from its handle does. */
export default function ConnectDialog({ onClose }: { readonly onClose: () => void }) {
  const { selected, topology } = appState()
  if (selected === null || topology === null) return null
  const actions = linkTargets(selected, topology).map(({ ref, hint }) => ({
    name: shortRef(ref),
    hint: [linkWords(selected, ref), hint].filter(Boolean).join(' · '),
    run: () => void gesture({ kind: 'connect', from: selected, to: ref }),
  }))
  const title = `Connect ${shortRef(selected)} to`
  return <CommandMenu title={title} placeholder={`${title} …`} groups={[{ name: title, actions }]} onClose={onClose} />
}
