/** The answers to the page's questions. None of them changes the world that walks: each looks at one of its own, replayed to the moment. */
import { definitionsAt } from '../engine/kubernetes/definitions.ts'
import { draw } from '../engine/kubernetes/drawing/draw.ts'
import { formatYaml } from '../engine/kubernetes/format-yaml.ts'
import { parseScenario } from '../engine/kubernetes/manifest.ts'
import type { Scenario } from '../engine/kubernetes/scenario.ts'
import type { NarratorContext } from '../engine/narrator/context.ts'
import { kernelView } from '../engine/simulation/kernel-view.ts'
import { namespaceState } from '../engine/simulation/namespace-state.ts'
import { stateAt } from '../engine/simulation/replay.ts'
import { completions } from '../engine/simulation/terminal-completion.ts'
import type { TraceRecord } from '../engine/simulation/trace.ts'
import type { WalkRequest } from '../engine/simulation/walk.ts'
import type { World } from '../engine/simulation/world.ts'
import { alongsideAnswer } from './alongside-answer.ts'
import { branchesAnswer } from './branches-answer.ts'
import { compareAnswer } from './compare-answer.ts'
import { labAnswer } from './lab-answer.ts'
import type { AnswerTo, Moment, Question, QuestionKind, Questions } from './messages.ts'
import { reachAnswer, reachPlanAnswer } from './reach-answer.ts'
import { terminalAnswer } from './terminal-answer.ts'
import { type AskedOptions, optionsOf } from './walk-options.ts'

/** A walk that can be asked about, with the scenario it walked in. */
export interface Walked extends AskedOptions {
  readonly id: number
  readonly request: WalkRequest
  readonly scenario: Scenario
  readonly records: readonly TraceRecord[]
  readonly context: NarratorContext
}

/** Why there is no answer, for the user. */
interface Refusal {
  readonly problem: string
}

type Answers = {
  readonly [K in QuestionKind]: (ask: Questions[K]['ask'], walked: readonly Walked[]) => AnswerTo<K> | Refusal
}

const scenariosOf = (walked: readonly Walked[]): readonly Scenario[] => walked.map(({ scenario }) => scenario)

const ANSWERS: Answers = {
  namespaceState: (moment, walked) => {
    const found = worldAt(moment, walked)
    if ('problem' in found) return found
    const { where, n } = moment
    const sections = namespaceState(found.world, where)
    return sections === null ? nowhere(where) : { where, n, sections }
  },
  kernelView: (moment, walked) => {
    const found = worldAt(moment, walked)
    return 'problem' in found ? found : (kernelView(found.world, moment, found.walk.records) ?? nowhere(moment.where))
  },
  reachPlan: (asked, walked) => reachPlanAnswer(asked, scenariosOf(walked)),
  reach: (asked, walked) => reachAnswer(asked, scenariosOf(walked)),
  lab: ({ text, walk }) => labAnswer(text, walk),
  alongside: ({ id, ...asked }, walked) => {
    const walk = walked.find((one) => one.id === id)
    return walk === undefined ? OVER : alongsideAnswer(walk, asked)
  },
  branches: ({ id }, walked) => {
    const walk = walked.find((one) => one.id === id)
    return walk === undefined ? OVER : branchesAnswer(walk)
  },
  terminal: (typed, walked) => {
    const walk = walked.find((one) => one.id === typed.id)
    return walk === undefined ? OVER : terminalAnswer(typed, walk)
  },
  complete: (typed, walked) => {
    const found = worldAt(typed, walked)
    return 'problem' in found ? found : completions(found.world, typed.where, typed.line)
  },
  compare: ({ id, other }, walked) => {
    const walk = walked.find((one) => one.id === id)
    return walk === undefined ? OVER : compareAnswer(walk, other)
  },
  draw: ({ text, gesture }) => draw(text, gesture),
  definitions: ({ text, offset }, walked) => {
    const known = scenariosOf(walked).find((scenario) => scenario.text === text)
    return { found: definitionsAt(known ?? parseScenario(text), offset) }
  },
  format: ({ text }) => formatYaml(text),
}

/** Answers one question about the walks that are still known, the latest first. */
export function answerTo(question: Question, walked: readonly Walked[]): AnswerTo<QuestionKind> | Refusal {
  const answer = ANSWERS[question.kind] as (ask: Question, walked: readonly Walked[]) => AnswerTo<QuestionKind> | Refusal
  return answer(question, walked)
}

const OVER: Refusal = { problem: 'That walk is over: another one has taken its place.' }

const nowhere = (where: string): Refusal => ({ problem: `There is no ${where} at this moment.` })

function worldAt({ id, n }: Moment, walked: readonly Walked[]): { readonly world: World; readonly walk: Walked } | Refusal {
  const walk = walked.find((one) => one.id === id)
  if (walk === undefined) return OVER
  const world = stateAt(walk.scenario, walk.request, n, optionsOf(walk))
  return 'problem' in world ? world : { world, walk }
}
