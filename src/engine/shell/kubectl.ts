/** kubectl 1.30: reads the cluster and asks for changes of it. */
import { type Command, failed } from './command.ts'
import { notModelled } from './ip-arguments.ts'
import { kubectlApply, kubectlDelete, kubectlScale } from './kubectl-change.ts'
import { kubectlDescribe } from './kubectl-describe.ts'
import { kubectlAnnotate, kubectlLabel, kubectlPatch } from './kubectl-edit.ts'
import { kubectlGet } from './kubectl-get.ts'
import { kubectlLogs } from './kubectl-logs.ts'
import { type KubectlCommand, readOptions } from './kubectl-options.ts'

/** Verbs of kubectl that are not modelled; any other word is none. */
const VERBS = new Set([
  'create',
  'edit',
  'exec',
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

/** `kubectl get|describe|logs|delete|scale|apply|label|annotate|patch …`. */
export const kubectl: Command = (argv, context) => {
  // Before the options, which are those of verbs that are modelled.
  const absent = argv.slice(1).find((word) => VERBS.has(word) || Object.hasOwn(COMMANDS, word))
  if (absent === 'exec') return failed('kubectl: exec is not modelled: open a terminal in the pod')
  if (absent !== undefined && VERBS.has(absent)) return notModelled('kubectl', absent)
  const options = readOptions(argv.slice(1))
  if ('code' in options) return options
  const [verb, ...words] = options.words
  if (verb === undefined)
    return failed('kubectl controls the Kubernetes cluster manager.\n\nUsage:\n  kubectl get RESOURCE [NAME] [options]')
  const run = Object.hasOwn(COMMANDS, verb) ? COMMANDS[verb] : undefined
  if (run === undefined) return failed(`error: unknown command "${verb}" for "kubectl"`)
  if (context.kube === null)
    return failed('The connection to the server localhost:8080 was refused - did you specify the right host or port?')
  return run(words, options, context.kube, context)
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
