/** `kubectl exec`, where it runs and what it says (kubectl pkg/cmd/exec/exec.go; the words of the runtime are runc's). */
import { describe, expect, test } from 'vitest'
import type { CommandResult, KubeApi, ShellContext } from './command.ts'
import { kubectl } from './kubectl.ts'
import { testTerminal } from './test-machine.ts'

const pod = (name: string, ...containers: readonly string[]) => ({
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels: { app: 'web' } },
  spec: { containers: containers.map((container) => ({ name: container })) },
})
const there = testTerminal()
const kube: KubeApi = {
  list: (resource) =>
    resource === 'pods'
      ? [pod('a', 'x'), pod('b', 'x', 'y')]
      : resource === 'services'
        ? [{ kind: 'Service', metadata: { name: 'web' }, spec: { selector: { app: 'web' } } }]
        : [],
  placeOf: (_namespace, name) => (name === 'a' || name === 'b' ? { machine: there.machine, netns: there.machine.root } : null),
}

/** Types it; the inner command prints its words and what it reads, or fails as the first of them says. */
function typed(line: string, stdin = ''): CommandResult {
  const inner = (argv: readonly string[], context: ShellContext): CommandResult => {
    const [name = ''] = argv
    const found = /^fail-(\d+)$/.exec(name)
    if (name === 'nothing') return { stdout: '', stderr: 'bash: nothing: command not found\n', code: 127, effects: [] }
    if (name === 'script') return { stdout: '', stderr: 'bash: nothing: command not found\n', code: 127, effects: [] }
    if (name === 'killed') return { stdout: '', stderr: 'bash: killed: command not found\n', code: 137, effects: [] }
    return { stdout: `${argv.join(' ')} < ${context.stdin}\n`, stderr: '', code: Number(found?.[1] ?? 0), effects: [] }
  }
  const here = testTerminal()
  const context = { machine: here.machine, netns: here.machine.root, stdin, origin: null, lineOrigins: null, kube, spawn: null }
  return kubectl(inner)(line.split(' '), context)
}

const DEPRECATED =
  'kubectl exec [POD] [COMMAND] is DEPRECATED and will be removed in a future version. Use kubectl exec [POD] -- [COMMAND] instead.\n'
const DEFAULTED = 'Defaulted container "x" out of: x, y\n'
const SHELL = 'kubectl: a shell that asks for more is not modelled: open a terminal in the pod\n'
const runtime = (name: string): string =>
  `OCI runtime exec failed: exec failed: unable to start container process: exec: "${name}": executable file not found in $PATH: unknown\ncommand terminated with exit code 126\n`

describe('kubectl exec', () => {
  test.each<[line: string, stdout: string, stderr: string, code: number]>([
    ['kubectl exec a -- ls -l', 'ls -l < \n', '', 0],
    ['kubectl exec a ls', 'ls < \n', DEPRECATED, 0],
    ['kubectl exec a ls x y', 'ls x y < \n', DEPRECATED, 0],
    ['kubectl exec -i a -- cat', 'cat < said\n', '', 0],
    ['kubectl exec a -- cat', 'cat < \n', '', 0],
    ['kubectl exec b -- ls', 'ls < \n', DEFAULTED, 0],
    ['kubectl exec b ls', 'ls < \n', DEPRECATED + DEFAULTED, 0],
    ['kubectl exec b -c y -- ls', 'ls < \n', '', 0],
    ['kubectl exec b --container x -- ls', 'ls < \n', '', 0],
    ['kubectl exec svc/web -- ls', 'ls < \n', '', 0],
    ['kubectl exec a -- fail-1', 'fail-1 < \n', 'command terminated with exit code 1\n', 1],
    ['kubectl exec b -- fail-2', 'fail-2 < \n', `${DEFAULTED}command terminated with exit code 2\n`, 2],
    ['kubectl exec a -- nothing', '', runtime('nothing'), 126],
    ['kubectl exec b -- nothing', '', DEFAULTED + runtime('nothing'), 126],
    ['kubectl exec a -- script', '', 'bash: nothing: command not found\ncommand terminated with exit code 127\n', 127],
    ['kubectl exec a -- killed', '', 'bash: killed: command not found\ncommand terminated with exit code 137\n', 137],
    ['kubectl exec -it a -- sh', '', SHELL, 1],
    ['kubectl exec -t a -- /bin/bash', '', SHELL, 1],
    ['kubectl exec -i a -- sh', 'sh < said\n', '', 0],
    ['kubectl exec -it a -- sh -c ls', 'sh -c ls < said\n', '', 0],
    ['kubectl exec -it a -- ls', 'ls < said\n', '', 0],
    ['kubectl exec -it a -- ls sh', 'ls sh < said\n', '', 0],
  ])('%s', (line, stdout, stderr, code) => {
    expect(typed(line, 'said')).toMatchObject({ stdout, stderr, code, effects: [] })
  })

  test('it runs in the namespace of the pod, and its effects happen there', () => {
    expect(typed('kubectl exec a -- ls').elsewhere).toEqual([{ netns: there.machine.root, effects: [] }])
  })
})
