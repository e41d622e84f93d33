/** What `packetwalk batch` answers: one function a command, from the fields of a request to a JSON value. */

import { nodeScripts } from '../engine/cloud/node-scripts.ts'
import { parseScenario } from '../engine/kubernetes/manifest.ts'
import type { Scenario, WalkSpec } from '../engine/kubernetes/scenario.ts'
import { exec } from '../engine/simulation/exec.ts'
import { reach } from '../engine/simulation/reach.ts'
import { type WalkRequest, walk, walkAll, walkAllBranches } from '../engine/simulation/walk.ts'
import { walkJson } from '../engine/simulation/walk-json.ts'
import { encodeShare } from '../protocol/share.ts'
import { clusterJson } from './cluster-json.ts'
import { judge } from './judge.ts'
import { machinesJson } from './machines-json.ts'
import { probeOf } from './reach.ts'
import { type Fields, fieldsOf, listField, numberField, optionalText, RequestError, textField } from './request.ts'
import { answerRules } from './rules-request.ts'
import { checked, hasErrors } from './scenario-file.ts'

/** Scenarios that are kept, with the worlds built of them: requests come in runs that share one text. */
const KEPT_SCENARIOS = 4
const kept = new Map<string, Scenario>()

type Answer = (request: Fields) => unknown

const ANSWERS: Readonly<Record<string, Answer>> = {
  check: (request) => {
    const scenario = scenarioOf(textField(request, 'scenario'))
    return { ok: !hasErrors(scenario), objects: scenario.documents.length, diagnostics: checked(scenario) }
  },
  build: answerBuild,
  exec: (request) =>
    done(
      exec(buildable(request), textField(request, 'target'), textField(request, 'run'), {
        after: optionalText(request, 'after'),
        seed: seedOf(request),
      }),
    ),
  walk: answerWalk,
  reach: answerReach,
  test: answerTest,
  rules: (request) => answerRules(request, () => buildable(request)),
  share: (request) => {
    const encoded = encodeShare({ yaml: textField(request, 'scenario') })
    if (!encoded.ok) throw new RequestError(encoded.error.message)
    return { fragment: encoded.fragment, warning: encoded.warning }
  },
}

/** The value a request asks for. Throws `RequestError` where it cannot be answered. */
export function answer(request: Fields): unknown {
  const command = textField(request, 'command')
  const find = Object.hasOwn(ANSWERS, command) ? ANSWERS[command] : undefined
  if (find === undefined) throw new RequestError(`there is no command "${command}": ${Object.keys(ANSWERS).join(', ')}`)
  return find(request)
}

function scenarioOf(text: string): Scenario {
  const scenario = kept.get(text) ?? parseScenario(text)
  kept.delete(text)
  kept.set(text, scenario)
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT_SCENARIOS) break
    kept.delete(oldest)
  }
  return scenario
}

/** The request's scenario, without errors. */
function buildable(request: Fields): Scenario {
  const scenario = scenarioOf(textField(request, 'scenario'))
  if (!hasErrors(scenario)) return scenario
  const errors = scenario.diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ range, message }) => `${range.line}:${range.column}: ${message}`)
  throw new RequestError(`the scenario has errors: ${errors.slice(0, 5).join('; ')}`)
}

function done<T extends object>(result: T | { readonly problem: string }): T {
  if ('problem' in result) throw new RequestError(result.problem)
  return result
}

function seedOf(request: Fields): number {
  return numberField(request, 'seed', { least: 0, most: 999_999_999, fallback: 0 })
}

function answerBuild(request: Fields): unknown {
  const { cluster } = buildable(request)
  const stage = textField(request, 'stage')
  if (cluster === null || (stage !== 'cluster' && stage !== 'scripts'))
    throw new RequestError(`"stage" must be cluster or scripts, not "${stage}"`)
  if (stage === 'cluster') return clusterJson(cluster)
  return machinesJson(nodeScripts(null, cluster))
}

function answerWalk(request: Fields): unknown {
  const scenario = buildable(request)
  const seed = seedOf(request)
  const name = optionalText(request, 'walk')
  const asked: WalkRequest | null =
    name !== null
      ? { name }
      : request.from === undefined
        ? null
        : { from: textField(request, 'from'), to: textField(request, 'to'), http: httpOf(request) }
  if (request.allBranches === true) {
    if (asked === null) throw new RequestError('"allBranches" needs "walk", or "from" and "to"')
    return { walks: done(walkAllBranches(scenario, asked)).map(({ probability, trace }) => ({ ...walkJson(trace), probability })) }
  }
  const traces = asked === null ? walkAll(scenario, { seed }) : [walk(scenario, asked, { seed })]
  return { walks: traces.map((trace) => walkJson(done(trace))) }
}

function httpOf(request: Fields): WalkSpec['http'] {
  if (request.http === undefined || request.http === null) return null
  const http = fieldsOf(request.http, '"http"')
  return { method: optionalText(http, 'method'), host: optionalText(http, 'host'), tlsHost: optionalText(http, 'tlsHost') }
}

function answerReach(request: Fields): unknown {
  const to = optionalText(request, 'to') ?? 'pods'
  if (to !== 'pods' && to !== 'services') throw new RequestError('"to" must be pods or services')
  const asked = to === 'services' && request.probes === undefined ? [] : listField(request, 'probes')
  const probes = asked.map((one) => {
    const { protocol, port } = fieldsOf(one, 'a probe')
    const probe = probeOf({ protocol, port })
    if (probe === null) throw new RequestError(`a probe is {protocol: tcp|udp|sctp, port: 1 to 65535}, not ${JSON.stringify(one)}`)
    return probe
  })
  return { rows: done(reach(buildable(request), { to, probes, seed: seedOf(request) })) }
}

function answerTest(request: Fields): unknown {
  const tests = judge(buildable(request), seedOf(request)).map(({ name, ok, errors }) => ({ name, ok, errors }))
  return { passed: tests.filter(({ ok }) => ok).length, failed: tests.filter(({ ok }) => !ok).length, tests }
}
