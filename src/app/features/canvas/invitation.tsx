/** What stands in place of the picture while the text is empty: ways to begin. */
import { openGallery } from '../../store/opening.ts'
import { appState } from '../../store/store.ts'
import { Button } from '../../ui/button.tsx'
import styles from './invitation.module.css'

/** Two pods and a Service, with a walk between them. */
const SNIPPET = `apiVersion: v1
kind: Pod
metadata:
  name: client
spec:
  containers:
    - name: shell
      image: busybox
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  labels: {app: web}
spec:
  containers:
    - name: nginx
      image: nginx
      ports:
        - containerPort: 80
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
    - port: 80
---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata:
  name: client-to-web
spec:
  from: pod/client
  to: http://web/
`

export function Invitation() {
  return (
    <section className={styles.place} aria-label="No cluster yet">
      <div className={styles.card}>
        <svg width="158" height="24" viewBox="-79 -12 158 24" aria-hidden="true">
          <path d="M-79 0H-26M26 0H79" stroke="var(--stroke)" strokeWidth="2" strokeDasharray="4 4" />
          <rect x="-21" y="-10" width="20" height="20" rx="3" fill="var(--id-1)" />
          <path d="M1-10H12L21 0L12 10H1Z" fill="var(--id-svc)" />
          <circle cx="-11" cy="0" r="3.500" fill="var(--knock)" />
          <path d="M9-4.500L13.500 0L9 4.500L4.500 0Z" fill="var(--knock)" />
        </svg>
        <h2>No cluster yet</h2>
        <p>
          Drag a node and some pods from the left to here. Or paste manifests into the editor, drop a file anywhere, or start from a
          scenario.
        </p>
        <div className={styles.ways}>
          <Button look="primary" onClick={() => void openGallery('web-and-mysql')}>
            Open “Web and MySQL”
          </Button>
          <Button onClick={() => appState().setOverlay('gallery')}>All scenarios</Button>
          <Button onClick={insertSnippet}>Two pods and a Service</Button>
          <Button onClick={() => appState().focusEditor()}>Write YAML</Button>
        </div>
      </div>
    </section>
  )
}

function insertSnippet(): void {
  const { text, edit, focusEditor } = appState()
  edit([{ from: text.length, to: text.length, insert: text === '' || text.endsWith('\n') ? SNIPPET : `\n${SNIPPET}` }])
  focusEditor()
}
