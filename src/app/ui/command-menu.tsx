import { Command } from 'cmdk'
import { Search } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { useRef, useState } from 'react'
import styles from './command-menu.module.css'
import { matchingActions } from './matching-actions.ts'
import { useFocusReturn } from './use-focus-return.ts'

export interface Action {
  readonly name: string
  readonly hint?: string
  readonly shortcut?: string
  readonly run: () => void
}

export interface ActionGroup {
  readonly name: string
  readonly actions: readonly Action[]
}

export interface CommandMenuProps {
  readonly title: string
  readonly placeholder: string
  readonly groups: readonly ActionGroup[]
  readonly onClose: () => void
}

/** One of many actions, chosen by typing part of its name. */
export function CommandMenu({ title, placeholder, groups, onClose }: CommandMenuProps) {
  const [typed, setTyped] = useState('')
  const chosen = useRef<Action | null>(null)
  // Only when the menu is gone: an action may move the focus.
  const onCloseAutoFocus = useFocusReturn(() => chosen.current?.run())
  const choose = (action: Action): void => {
    chosen.current = action
    onClose()
  }
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className={styles.scrim} />
        <Dialog.Content className={styles.palette} aria-describedby={undefined} onCloseAutoFocus={onCloseAutoFocus}>
          <Dialog.Title className="visually-hidden">{title}</Dialog.Title>
          <Command loop label={title}>
            <div className={styles.search}>
              <Search size={16} aria-hidden />
              <Command.Input className={styles.input} placeholder={placeholder} value={typed} onValueChange={setTyped} />
            </div>
            <Command.List className={styles.list}>
              <Command.Empty className={styles.empty}>Nothing has this name.</Command.Empty>
              {groups.map((group) => (
                <Group key={group.name} group={group} typed={typed} onChoose={choose} />
              ))}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

interface GroupProps {
  readonly group: ActionGroup
  readonly typed: string
  readonly onChoose: (action: Action) => void
}

function Group({ group: { name, actions }, typed, onChoose }: GroupProps) {
  const { shown, found } = matchingActions(actions, typed)
  const heading = shown.length < found ? `${name}: ${shown.length} of ${found}, type to find the others` : name
  return (
    <Command.Group heading={heading} className={styles.group}>
      {shown.map((action) => (
        <Item key={action.name} action={action} onChoose={onChoose} />
      ))}
    </Command.Group>
  )
}

function Item({ action, onChoose }: Pick<GroupProps, 'onChoose'> & { readonly action: Action }) {
  return (
    <Command.Item className={styles.item} value={`${action.name} ${action.hint ?? ''}`} onSelect={() => onChoose(action)}>
      <span className={styles.name}>{action.name}</span>
      {action.hint && <span className={styles.hint}>{action.hint}</span>}
      {action.shortcut && <kbd>{action.shortcut}</kbd>}
    </Command.Item>
  )
}
