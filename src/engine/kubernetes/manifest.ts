/** From the text of a scenario to typed objects and diagnostics. Never throws. */
import { buildCluster, type Instead } from './build-cluster.ts'
import type { Cluster } from './cluster.ts'
import { decodeLesson, decodeScript, decodeWalk, type ScriptDraft, type WalkDraft } from './decode/step.ts'
import { bareOutputs, reportBareOutputs, withoutBareOutputs } from './diagnose/bare-output.ts'
import { writeInstead } from './diagnose/edit.ts'
import { diagnoseWalk } from './diagnose/walk.ts'
import { type ObjectSource, readObjects } from './object-source.ts'
import { resolveDestination, resolveTarget } from './reference.ts'
import { createReport, type Report } from './report.ts'
import type { DocumentInfo, Scenario } from './scenario.ts'
import { readDocuments } from './yaml-documents.ts'

/**
 * Parses, defaults, validates, schedules: everything the text says, and everything that is wrong with it. `instead` overrules what the text
 * says of the whole cluster, to compare; annotations of single nodes still win.
 */
export function parseScenario(text: string, instead: Instead = {}): Scenario {
  const report = createReport(text)
  const pasted = bareOutputs(text)
  const objects = readObjects(readDocuments(withoutBareOutputs(text, pasted), report), report)
  const built = buildCluster(objects, report, instead)
  reportBareOutputs(pasted, built.nodes[0]?.meta.name ?? 'worker-1', report)
  const cluster = report.fatal ? null : built
  const steps = readSteps(objects, report, cluster)
  const lessons = objects.filter((object) => object.info.role === 'lesson').map(decodeLesson)
  return { text, documents: objects.map(documentInfo), cluster, steps, lessons, diagnostics: inTextOrder(report) }
}

function inTextOrder(report: Report): Scenario['diagnostics'] {
  return [...report.diagnostics].sort((a, b) => a.range.from - b.range.from)
}

function documentInfo(object: ObjectSource): DocumentInfo {
  const { index, apiVersion, info, meta, ref, range } = object
  return { index, apiVersion, kind: info.kind, namespace: info.namespaced ? meta.namespace : null, name: meta.name, ref, range }
}

function readSteps(objects: readonly ObjectSource[], report: Report, cluster: Cluster | null): Scenario['steps'] {
  const steps: Scenario['steps'][number][] = []
  const scripts: ScriptDraft[] = []
  for (const object of objects) {
    if (object.info.role === 'walk') {
      const draft = decodeWalk(object)
      if (draft === null) continue
      if (cluster !== null) checkWalk(draft, cluster, report)
      steps.push({ kind: 'walk', walk: draft.walk })
    } else if (object.info.role === 'script') {
      const draft = decodeScript(object)
      if (draft === null) continue
      if (cluster !== null) checkScript(draft, cluster, report)
      steps.push({ kind: 'script', script: draft.script })
      scripts.push(draft)
    }
  }
  for (const draft of scripts) checkMoment(draft, steps, report)
  return steps
}

function checkWalk({ walk, at }: WalkDraft, cluster: Cluster, report: Report): void {
  const from = resolveTarget(cluster, walk.from)
  if (from.kind === 'error') report.stepError({ code: from.code, message: `from: ${from.message}`, at: at.from })
  else if (from.kind === 'service')
    report.stepError({
      code: 'bad-reference',
      message: `from: a walk starts at a pod, a node, a host, the gateway or the internet, not at "${walk.from}".`,
      at: at.from,
    })
  const to = resolveDestination(cluster, walk.to)
  if (to.kind === 'error') report.stepError({ code: to.code, message: `to: ${to.message}`, at: at.to })
  else warnOfWalk({ walk, at }, cluster, report)
}

/** A walk that misses the Service it means; nothing is said where it is to fail. */
function warnOfWalk({ walk, at }: WalkDraft, cluster: Cluster, report: Report): void {
  const meant = walk.expect?.outcome ?? 'delivered'
  const found = meant === 'delivered' ? diagnoseWalk(cluster, walk) : null
  if (found === null) return
  const { instead } = found
  report.warning({
    code: found.code,
    message: `to: ${found.message}`,
    at: at.to,
    ...(instead !== null && { fix: writeInstead(at.to, quoted(instead, report.text.charAt(at.to.from)), `Write ${instead}`) }),
  })
}

const quoted = (text: string, mark: string): string => (mark === '"' || mark === "'" ? `${mark}${text}${mark}` : text)

/** A script inside a walk needs that walk, wherever it stands. */
function checkMoment({ script, at }: ScriptDraft, steps: Scenario['steps'], report: Report): void {
  const name = script.at?.walk
  if (name === undefined || steps.some((step) => step.kind === 'walk' && step.walk.name === name)) return
  report.stepError({ code: 'bad-reference', message: `at: no Walk is called "${name}".`, at: at.walk })
}

function checkScript({ script, at }: ScriptDraft, cluster: Cluster, report: Report): void {
  const on = resolveTarget(cluster, script.on)
  if (on.kind === 'error') report.stepError({ code: on.code, message: `on: ${on.message}`, at: at.on })
  else if (on.kind === 'service')
    report.stepError({ code: 'bad-reference', message: 'on: a script runs on a machine or in a pod; a Service is neither.', at: at.on })
}
