import { useRef } from 'react'
import { KEY_GROUPS, keyWords } from '../../commands.ts'
import { appState } from '../../store/store.ts'
import { beginTour } from '../../store/touring.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import styles from './help.module.css'

/** What Packetwalk is, in a few sentences, and every key. */
export default function Help({ onClose }: { readonly onClose: () => void }) {
  const wantsTour = useRef(false)
  return (
    <Dialog title="Help" wide reading onClose={onClose} onClosed={() => wantsTour.current && beginTour()}>
      <p className={styles.intro}>
        Packetwalk runs your manifests on a simulated Linux kernel, here in this tab, and shows what happens to a packet. Edit the YAML on
        the left: the picture follows. Choose who sends and to whom above, then walk. Step through it, and read on the right which rule,
        route or table decided.
      </p>
      <div className={styles.ways}>
        <Button
          onClick={() => {
            wantsTour.current = true
            onClose()
          }}
        >
          Take the tour
        </Button>
        <Button onClick={() => appState().setOverlay('settings')}>Settings…</Button>
        <Button onClick={() => appState().setOverlay('palette')}>Every command</Button>
      </div>
      <div className={styles.groups}>
        {KEY_GROUPS.map((group) => (
          <section key={group.name}>
            <h3>{group.name}</h3>
            <dl>
              {group.rows.map((row) => (
                <div key={row.does}>
                  <dt>
                    {row.commands
                      .flatMap(({ keys }) => keys)
                      .map((key) => (
                        <kbd key={key}>{keyWords(key)}</kbd>
                      ))}
                  </dt>
                  <dd>{row.does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
