import { addByCommand, DRAWN_KINDS } from '../../store/drawing.ts'
import { CommandMenu } from '../../ui/command-menu.tsx'

/** Everything that can be added, by name. */
export default function AddDialog({ onClose }: { readonly onClose: () => void }) {
  const actions = DRAWN_KINDS.map(({ what, name, says }) => ({ name, hint: says, run: () => void addByCommand(what) }))
  return <CommandMenu title="Add a shape" placeholder="Add a node, pod, Service …" groups={[{ name: 'Add', actions }]} onClose={onClose} />
}
