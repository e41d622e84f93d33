/** A rule explained: what it does, for which Service, port and endpoint, and the way to their lines of YAML. */
import { useState } from 'react'
import { explainRule } from '../../../protocol/explain-rule.ts'
import { objectWords } from '../../store/cause.ts'
import { placeName } from '../../store/steps.ts'
import { appState, useStore } from '../../store/store.ts'
import styles from './inspector.module.css'

/** The words for one rule, as iptables-save prints it. `named`: the way to its Service stands beside it already. */
export function RuleWords({ rule, named = false }: { readonly rule: string; readonly named?: boolean }) {
  const topology = useStore((state) => state.topology)
  const explained = explainRule(rule)
  if (explained === null) return null
  const service = named ? undefined : topology?.services.find(({ ref }) => ref === explained.service)
  const address = explained.endpoint?.split(':')[0]
  const pod = topology?.machines.flatMap(({ pods }) => pods).find((one) => one.address === address && !one.hostNetwork)
  return (
    <p className={styles.explained}>
      {explained.words}
      {(service?.line || pod?.line) && (
        <span className={styles.jumps}>
          {service?.line && (
            <Jump line={service.line}>
              {objectWords(service.ref)}
              {explained.port === null ? '' : `, port ${explained.port}`}
            </Jump>
          )}
          {pod?.line && <Jump line={pod.line}>endpoint {placeName(pod.ref)}</Jump>}
        </span>
      )}
    </p>
  )
}

function Jump({ line, children }: { readonly line: number; readonly children: React.ReactNode }) {
  return (
    <button type="button" className={styles.link} onClick={() => appState().revealLine(line)}>
      {children}, line {line}
    </button>
  )
}

/** The lines of iptables-save: each rule opens and is explained. */
export function RuleRows({ lines }: { readonly lines: readonly string[] }) {
  const [open, setOpen] = useState<string | null>(null)
  return (
    <ol className={styles.rules}>
      {lines.map((line, index) => {
        // The same rule may stand there twice.
        const key = `${index} ${line}`
        if (!/(^| )-A /.test(line)) return <li key={key}>{line}</li>
        return (
          <li key={key}>
            <button type="button" aria-expanded={open === key} onClick={() => setOpen(open === key ? null : key)}>
              {line}
            </button>
            {open === key && <RuleWords rule={line} />}
          </li>
        )
      })}
    </ol>
  )
}
