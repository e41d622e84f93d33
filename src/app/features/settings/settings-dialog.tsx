import { CHOICES } from '../../store/settings.ts'
import type { Settings } from '../../store/state.ts'
import { appState, useStore } from '../../store/store.ts'
import { Dialog } from '../../ui/dialog.tsx'
import styles from './settings-dialog.module.css'

type Name = keyof Settings

/** In the order of the dialog: what each is called, what it does, and the words of its choices. */
const ROWS: readonly {
  readonly name: Name
  readonly label: string
  readonly says: string
  readonly words: Readonly<Record<string, string>>
}[] = [
  {
    name: 'theme',
    label: 'Theme',
    says: 'Packets, addresses and verdicts keep their hues in both.',
    words: { system: 'As the system', light: 'Light', dark: 'Dark' },
  },
  {
    name: 'density',
    label: 'Density',
    says: 'Roomy: rows of lists, tables and text are a fifth higher.',
    words: { dense: 'Dense', roomy: 'Roomy' },
  },
  {
    name: 'motion',
    label: 'Motion',
    says: 'Reduced: packets jump from station to station, camera and text do not glide.',
    words: { system: 'As the system', reduced: 'Reduced' },
  },
  {
    name: 'startLevel',
    label: 'A scenario opens with',
    says: 'What fits: an overview of more than six nodes, else the network.',
    words: { fitting: 'What fits', overview: 'Overview', network: 'Network', kernel: 'Kernel' },
  },
  {
    name: 'minimap',
    label: 'Minimap',
    says: 'Where in the picture the view is, while the picture is larger than it.',
    words: { fitting: 'When it helps', off: 'Off' },
  },
  {
    name: 'levels',
    label: 'Level of detail',
    says: 'Follows the zoom: farther away the overview, nearer the network, nearest the kernel under the pointer.',
    words: { follow: 'Follows the zoom', stay: 'By the keys 1, 2, 3 only' },
  },
  {
    name: 'headers',
    label: 'Packet headers',
    says: 'Diagram: every field of each header, as wide as it is on the wire.',
    words: { fields: 'The fields that matter', diagram: 'Diagram' },
  },
  {
    name: 'tabKey',
    label: 'Tab in the editor',
    says: 'While it indents, Escape and then Tab leave the editor. Elsewhere it always moves on.',
    words: { indents: 'Indents', leaves: 'Moves on' },
  },
]

/** What the user wants of the page. Each choice takes effect at once. */
export default function SettingsDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Settings" description="Kept in this browser, and nowhere else." onClose={onClose}>
      <div className={styles.rows}>
        {ROWS.map((row) => (
          <Row key={row.name} {...row} />
        ))}
      </div>
    </Dialog>
  )
}

function Row({ name, label, says, words }: (typeof ROWS)[number]) {
  const chosen = useStore((state) => state[name])
  return (
    <fieldset className={styles.row} aria-describedby={`setting-${name}`}>
      <legend>{label}</legend>
      <div className={styles.choices}>
        {CHOICES[name].map((choice) => (
          <label key={choice}>
            <input type="radio" name={name} checked={choice === chosen} onChange={() => appState().choose({ [name]: choice })} />
            <span>{words[choice]}</span>
          </label>
        ))}
      </div>
      <p id={`setting-${name}`}>{says}</p>
    </fieldset>
  )
}
