/** kubectl 1.30: reads the cluster and asks for changes of it. */
import { type Command, type CommandResult, failed, type ShellContext } from './command.ts'
import { notModelled } from './ip-arguments.ts'
import { kubectlApply, kubectlDelete, kubectlScale } from './kubectl-change.ts'
import { kubectlDescribe } from './kubectl-describe.ts'
import { kubectlAnnotate, kubectlLabel, kubectlPatch } from './kubectl-edit.ts'
import { kubectlExec } from './kubectl-exec.ts'
import { kubectlGet } from './kubectl-get.ts'
import { kubectlLogs } from './kubectl-logs.ts'
import { type KubectlCommand, readOptions, verbAt } from './kubectl-options.ts'

/** Verbs of kubectl that are not modelled; any other word is none. */
const VERBS = new Set([
  'create',
  'edit',
  'run',
  'expose',
  'rollout',
  'config',
  'explain',
  'api-resources',
  'port-forward',
  'cordon',
  'drain',
  'version',
  'taint',
  'top',
  'wait',
])

/** `kubectl get|describe|logs|exec|delete|scale|apply|label|annotate|patch …`; `exec` is the command that runs commands. */
export function kubectl(exec: Command): Command {
  return (argv, context) => runKubectl(argv, context, exec)
}

function runKubectl(argv: readonly string[], context: ShellContext, exec: Command): CommandResult {
  const typed = argv.slice(1)
  const at = verbAt(typed)
  const verb = typed[at]
  if (verb === undefined)
    return failed('kubectl controls the Kubernetes cluster manager.\n\nUsage:\n  kubectl get RESOURCE [NAME] [options]')
  if (VERBS.has(verb)) return notModelled('kubectl', verb)
  const run = verb === 'exec' ? kubectlExec(exec) : Object.hasOwn(COMMANDS, verb) ? COMMANDS[verb] : undefined
  if (run === undefined)
    return failed(
      typed[0]?.startsWith('-')
        ? `Error: flags cannot be placed before plugin name: ${typed[0]}`
        : `error: unknown command "${verb}" for "kubectl"`,
    )
  const options = readOptions(typed.toSpliced(at, 1), verb)
  if ('code' in options) return options
  if (context.kube === null)
    return failed('The connection to the server localhost:8080 was refused - did you specify the right host or port?')
  return run(options.words, options, context.kube, context)
}

const COMMANDS: Readonly<Record<string, KubectlCommand>> = {
  annotate: kubectlAnnotate,
  apply: kubectlApply,
  delete: kubectlDelete,
  describe: kubectlDescribe,
  get: kubectlGet,
  label: kubectlLabel,
  logs: kubectlLogs,
  patch: kubectlPatch,
  scale: kubectlScale,
}
