/** `kubectl exec` (kubectl pkg/cmd/exec/exec.go): a command in the namespace of a pod. */
import { type Command, type CommandResult, failed, type ShellContext } from './command.ts'
import { podOf } from './kubectl-logs.ts'
import type { KubectlCommand } from './kubectl-options.ts'

const DEPRECATED =
  'kubectl exec [POD] [COMMAND] is DEPRECATED and will be removed in a future version. Use kubectl exec [POD] -- [COMMAND] instead.\n'
const SHELLS = new Set(['sh', 'bash', 'ash', '/bin/sh', '/bin/bash'])

/** `kubectl exec [-it] POD|TYPE/NAME [-c CONTAINER] -- COMMAND…`; `run` runs the command where the pod is. Containers of a pod share its namespace. */
export function kubectlExec(run: Command): KubectlCommand {
  return (words, options, kube, context) => {
    const named = options.commandAt !== 0
    const [word] = named ? words : []
    const command = words.slice(options.commandAt ?? 1)
    if (word === undefined) return failed('error: pod, type/name or --filename must be specified')
    if (command.length === 0) return failed('error: you must specify at least one command for the container')
    const chosen = podOf(word, options, kube, 'exec')
    if ('code' in chosen) return chosen
    const { name, containers } = chosen
    const wanted = options.values.get('container')
    if (wanted !== undefined && !containers.includes(wanted))
      return failed(`Error from server (BadRequest): container ${wanted} is not valid for pod ${name}`)
    const place = kube.placeOf?.(options.namespace, name) ?? null
    if (place === null) return failed(`error: Internal error occurred: error executing command in container: pod ${name} has no sandbox`)
    if (SHELLS.has(command[0] ?? '') && command.length === 1 && options.flags.has('tty'))
      return failed('kubectl: a shell that asks for more is not modelled: open a terminal in the pod')
    const defaulted =
      wanted === undefined && containers.length > 1 ? `Defaulted container "${containers[0]}" out of: ${containers.join(', ')}\n` : ''
    const said = `${options.commandAt === null ? DEPRECATED : ''}${chosen.said}${defaulted}`
    return inPod(run(command, { ...context, ...place, stdin: options.flags.has('stdin') ? context.stdin : '' }), { command, said, place })
  }
}

interface InPod {
  readonly command: readonly string[]
  /** What kubectl says before. */
  readonly said: string
  readonly place: Pick<ShellContext, 'netns'>
}

/** kubectl tells of a command that failed, and fails with its code. What the runtime could not even start is 126. */
function inPod(result: CommandResult, { command, said, place }: InPod): CommandResult {
  const unknown = result.code === 127 && result.stderr === `bash: ${command[0]}: command not found\n`
  const code = unknown ? 126 : result.code
  const stderr = unknown
    ? `OCI runtime exec failed: exec failed: unable to start container process: exec: "${command[0]}": executable file not found in $PATH: unknown\n`
    : result.stderr
  return {
    ...result,
    stderr: `${said}${stderr}${code === 0 ? '' : `command terminated with exit code ${code}\n`}`,
    code,
    effects: [],
    elsewhere: [{ netns: place.netns, effects: result.effects }, ...(result.elsewhere ?? [])],
  }
}
