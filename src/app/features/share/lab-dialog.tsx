import { useEffect, useState } from 'react'
import type { AnswerTo } from '../../../protocol/messages.ts'
import { ask } from '../../store/engine.ts'
import { appState, useStore } from '../../store/store.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { download } from '../../ui/download.ts'
import styles from './lab-dialog.module.css'

type Lab = AnswerTo<'lab'>

/** Lines of the script that are shown; copy and download have all. */
const LINES_SHOWN = 400

/** The scenario as a script that builds it on a real Linux machine: what it does, what it needs, and the script. */
export default function LabDialog({ onClose }: { readonly onClose: () => void }) {
  const title = useStore((state) => state.title)
  const [lab, setLab] = useState<Lab | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    let wanted = true
    ask('lab', { text: appState().text, walk: ownWalk() }).then(
      (answer) => wanted && setLab(answer),
      (error: unknown) => wanted && setProblem(error instanceof Error ? error.message : String(error)),
    )
    return () => {
      wanted = false
    }
  }, [])
  const file = `${title.replace(/\.\w+$/, '')}.sh`
  return (
    <Dialog
      title="Run this on real Linux"
      description="The same commands that built this picture, as a bash script for a real kernel: it shows whether the simulation tells the truth."
      wide
      onClose={onClose}
    >
      {problem !== null && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      {problem === null && lab === null && <p role="status">Writing the script…</p>}
      {lab !== null && <Content lab={lab} file={file} />}
    </Dialog>
  )
}

function Content({ lab, file }: { readonly lab: Lab; readonly file: string }) {
  const { script, needs, machines, walks } = lab
  const lines = script.split('\n')
  return (
    <>
      <dl className={styles.facts}>
        <dt>What it does</dt>
        <dd>
          Builds {many(machines.length, 'machine')} from network namespaces, starts the servers, runs {many(walks.length, 'walk')}
          {walks.length > 0 && ` (${walks.join(', ')})`}, prints what came of it as JSON, and takes everything down again. All of it happens
          in mount, pid and network namespaces of its own; nothing of the machine is changed and no kernel module is loaded.
        </dd>
        <dt>What it needs</dt>
        <dd>
          Linux and root, and these tools: <code>{needs.tools.join(' ')}</code>.
          {needs.modules.length > 0 && (
            <>
              {' '}
              In the kernel or loaded: <code>{needs.modules.join(' ')}</code>.
            </>
          )}{' '}
          It looks for all of them first and says what is missing.
        </dd>
        <dt>How to run it</dt>
        <dd>
          <code>sudo bash {file}</code>
        </dd>
      </dl>
      <p className={styles.buttons}>
        <Button look="primary" onClick={() => download(script, file, 'application/x-sh')}>
          Download {file}
        </Button>
        <Button onClick={() => void copy(script)}>Copy the script</Button>
      </p>
      <textarea className={styles.script} readOnly aria-label="Script" wrap="off" value={lines.slice(0, LINES_SHOWN).join('\n')} />
      {lines.length > LINES_SHOWN && (
        <p className={styles.more}>{many(lines.length - LINES_SHOWN, 'more line')}: the copy and the download have all of them.</p>
      )}
    </>
  )
}

/** The walk on screen, when no Walk of the text names it and it can be taken. */
function ownWalk(): { readonly from: string; readonly to: string } | null {
  const { walk } = appState()
  return walk === null || walk.name !== null || walk.status === 'failed' ? null : { from: walk.from, to: walk.to }
}

async function copy(script: string): Promise<void> {
  const { toast } = appState()
  try {
    await navigator.clipboard.writeText(script)
    toast(`Script copied: ${script.split('\n').length.toLocaleString('en')} lines.`)
  } catch {
    toast('This browser does not let a page use the clipboard. Download the script.', 'error')
  }
}

function many(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}
