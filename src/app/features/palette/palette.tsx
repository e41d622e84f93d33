import { Command } from 'cmdk'
import { Search } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { useMemo } from 'react'
import { type Action, allActions } from './actions.ts'
import styles from './palette.module.css'

/** Every action of the app, every walk and every shape, by typing part of its name. */
export default function Palette({ onClose }: { readonly onClose: () => void }) {
  const groups = useMemo(allActions, [])
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className={styles.scrim} />
        <Dialog.Content className={styles.palette} aria-describedby={undefined}>
          <Dialog.Title className="visually-hidden">Command menu</Dialog.Title>
          <Command loop label="Command menu">
            <div className={styles.search}>
              <Search size={16} aria-hidden />
              <Command.Input className={styles.input} placeholder="Do, walk, or find a shape" />
            </div>
            <Command.List className={styles.list}>
              <Command.Empty className={styles.empty}>Nothing has this name.</Command.Empty>
              {groups.map((group) => (
                <Command.Group key={group.name} heading={group.name} className={styles.group}>
                  {group.actions.map((action) => (
                    <Item key={`${group.name} ${action.name}`} action={action} onClose={onClose} />
                  ))}
                </Command.Group>
              ))}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Item({ action, onClose }: { readonly action: Action; readonly onClose: () => void }) {
  return (
    <Command.Item
      className={styles.item}
      value={`${action.name} ${action.hint ?? ''}`}
      onSelect={() => {
        onClose()
        action.run()
      }}
    >
      <span className={styles.name}>{action.name}</span>
      {action.hint && <span className={styles.hint}>{action.hint}</span>}
      {action.shortcut && <kbd>{action.shortcut}</kbd>}
    </Command.Item>
  )
}
