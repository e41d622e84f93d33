/** A pod dropped on a node: `nodeName`, which the API takes instead of asking the scheduler. */
import { type Drawing, inOrder, sourceOf } from './drawing.ts'
import { type Drawn, type DrawProblem, problem } from './gesture.ts'
import { followPods } from './references.ts'
import { setValue, textAt } from './yaml-edit.ts'

/** Binds the pod; the pods of a Deployment all go there. */
export function place(drawing: Drawing, podRef: string, nodeRef: string): Drawn | DrawProblem {
  const source = sourceOf(drawing, podRef)
  const node = nodeRef.slice('node/'.length)
  if (!nodeRef.startsWith('node/')) return problem('A pod runs on a node: drop it there.')
  if (!source) return problem(`${podRef} was not written by this text: it cannot be moved.`)
  if (source.kind === 'DaemonSet') return problem(`DaemonSet ${source.name} runs one pod on every node.`)
  if (source.kind === 'CronJob' || source.kind === 'Job')
    return problem(`The pod template of ${source.kind} ${source.name} is changed in the text.`)
  const path = source.kind === 'Pod' ? ['spec', 'nodeName'] : ['spec', 'template', 'spec', 'nodeName']
  const replicas = source.kind === 'Pod' ? 1 : Number(textAt(source.map, 'spec', 'replicas') ?? 1)
  const note = replicas > 1 ? `All ${replicas} pods of ${source.kind} ${source.name} run on ${node}: they share one template.` : null
  return followPods(drawing, { changes: inOrder([setValue(drawing.text, source.map, path, node)]), select: podRef, note }, null)
}
