/** `kubectl logs`. */
import { failed, printed } from './command.ts'
import type { KubectlCommand } from './kubectl-options.ts'

/** `kubectl logs [pod/]NAME [--tail=N]`. */
export const kubectlLogs: KubectlCommand = (words, options, kube) => {
  const [word] = words
  if (word === undefined)
    return failed(
      "error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
    )
  const name = word.replace(/^(po|pods?)\//, '')
  const text = kube.logs?.(options.namespace, name) ?? null
  if (text === null) return failed(`error: error from server (NotFound): pods "${name}" not found in namespace "${options.namespace}"`)
  const tail = Number(options.values.get('tail') ?? '-1')
  const lines = text.split('\n').slice(0, -1)
  return printed(
    tail < 0
      ? text
      : lines
          .slice(Math.max(0, lines.length - tail))
          .map((line) => `${line}\n`)
          .join(''),
  )
}
