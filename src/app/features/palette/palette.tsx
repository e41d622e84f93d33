import { useMemo } from 'react'
import { CommandMenu } from '../../ui/command-menu.tsx'
import { allActions } from './actions.ts'

/** Every action of the app, every walk and every shape, by typing part of its name. */
export default function Palette({ onClose }: { readonly onClose: () => void }) {
  const groups = useMemo(allActions, [])
  return <CommandMenu title="Command menu" placeholder="Do, walk, or find a shape" groups={groups} onClose={onClose} />
}
