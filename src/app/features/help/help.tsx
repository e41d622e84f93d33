import { SHORTCUTS } from '../../shortcuts.ts'
import { Dialog } from '../../ui/dialog.tsx'
import styles from './help.module.css'

/** What Packetwalk is, in three sentences, and every key. */
export default function Help({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Help" wide onClose={onClose}>
      <p className={styles.intro}>
        Packetwalk runs your manifests on a simulated Linux kernel, here in this tab, and shows what happens to a packet. Edit the YAML on
        the left: the picture follows. Choose who sends and to whom above, then walk. Step through it, and read on the right which rule,
        route or table decided.
      </p>
      <div className={styles.groups}>
        {SHORTCUTS.map((group) => (
          <section key={group.group}>
            <h3>{group.group}</h3>
            <dl>
              {group.keys.map((shortcut) => (
                <div key={shortcut.keys}>
                  <dt>
                    {shortcut.keys.split(', ').map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dt>
                  <dd>{shortcut.does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
