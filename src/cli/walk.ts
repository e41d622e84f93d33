/** `packetwalk walk FILE`: walk and narrate. */
import { parseArgs } from 'node:util'
import type { Scenario } from '../engine/kubernetes/scenario.ts'
import { narratorContext } from '../engine/narrator/context.ts'
import { whyFailed } from '../engine/narrator/why.ts'
import { builtWorld } from '../engine/simulation/checkpoints.ts'
import { expectationErrors } from '../engine/simulation/expectation.ts'
import { topologyOf } from '../engine/simulation/topology-of.ts'
import type { Trace } from '../engine/simulation/trace.ts'
import { type Branch, type WalkRequest, walk, walkAll, walkAllBranches } from '../engine/simulation/walk.ts'
import { walkJson } from '../engine/simulation/walk-json.ts'
import { walkPath } from '../engine/simulation/walk-path.ts'
import { writeCaptures } from './capture-files.ts'
import { type CliCommand, FINE, jsonText, NO, onlyOne, type Streams, UsageError } from './command.ts'
import { openScenario } from './scenario-file.ts'
import { requestOf, seedOf, WALK_OPTIONS } from './walk-options.ts'
import { walkText } from './walk-text.ts'

export const walkCommand: CliCommand = {
  summary: 'walk and narrate: every kernel event in words, then the outcome',
  help: `Usage: packetwalk walk FILE [--walk NAME | --from PLACE --to TARGET] [--seed N | --all-branches] [--json] [--pcapng FILE|DIR/]

Without --walk or --from: all Walks of the file, in order, in one world.

  --walk NAME       this Walk; what stands above it in the file is run first
  --from PLACE      pod/NAME, pod/NAMESPACE/NAME, node/NAME, host/NAME or internet
  --to TARGET       http://db:3306/  tcp://10.0.0.9:80  udp://svc/db:53  "ping 10.0.0.9"  "dns db"
  --seed N          start the random choices from N (0)
  --all-branches    once for every way the random choices can go, with their odds
  --pcapng FILE     also write what every interface saw, for Wireshark
  --pcapng DIR/     the same, a file for each interface, into a directory that exists or whose name ends in /
  --json            {walks: [W, …]}, see docs/cli.md

Exit: 0 the walk was run, however it ended; 1 the input has errors or an expectation of a Walk failed; 2 usage.
`,
  run: async (argv, streams) => {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        ...WALK_OPTIONS,
        'all-branches': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        pcapng: { type: 'string' },
      },
    })
    const file = onlyOne(positionals, 'FILE')
    const request = requestOf(values)
    if (values['all-branches'] && values.seed !== undefined) throw new UsageError('--seed and --all-branches exclude each other')
    if (values['all-branches'] && values.pcapng !== undefined) throw new UsageError('--pcapng and --all-branches exclude each other')
    const seed = seedOf(values.seed)
    const scenario = await openScenario(file, streams)
    if (scenario === null) return NO
    const requests = request === null ? walkNames(scenario).map((name) => ({ name })) : [request]
    if (requests.length === 0) throw new UsageError(`${file} has no Walk: say --from and --to`)
    const results = values['all-branches']
      ? branchesOf(scenario, requests)
      : request === null
        ? walkAll(scenario, { seed }).map(single)
        : [single(walk(scenario, request, { seed }))]
    if (values.pcapng !== undefined) await writeCaptures(values.pcapng, tracesOf(results), streams)
    return report(results, {
      scenario,
      json: values.json,
      streams,
      named: 'name' in (requests[0] ?? {}),
      allBranches: values['all-branches'] === true,
    })
  },
}

type Result = readonly Branch[] | { readonly problem: string }

function walkNames(scenario: Scenario): readonly string[] {
  return scenario.steps.flatMap((step) => (step.kind === 'walk' ? [step.walk.name] : []))
}

function single(trace: Trace | { readonly problem: string }): Result {
  return 'problem' in trace ? trace : [{ probability: 1, taken: [], trace }]
}

function branchesOf(scenario: Scenario, requests: readonly WalkRequest[]): readonly Result[] {
  return requests.map((request) => walkAllBranches(scenario, request))
}

function tracesOf(results: readonly Result[]): readonly Trace[] {
  return results.flatMap((result) => ('problem' in result ? [] : result.map(({ trace }) => trace)))
}

interface Reporting {
  readonly scenario: Scenario
  readonly json: boolean
  readonly streams: Streams
  /** Asked for with --all-branches: each walk then tells its probability. */
  readonly allBranches: boolean
  /** Are these Walks of the file, with expectations? */
  readonly named: boolean
}

function report(results: readonly Result[], reporting: Reporting): number {
  const { scenario, json, streams } = reporting
  const branches: Branch[] = []
  let code = FINE
  for (const result of results) {
    if ('problem' in result) {
      streams.err(`packetwalk walk: ${result.problem}\n`)
      code = NO
    } else branches.push(...result)
  }
  for (const { trace } of branches) if (reportExpectation(trace, reporting)) code = NO
  const world = builtWorld(scenario)
  const context = narratorContext(world === null ? { machines: [], services: [], networks: [] } : topologyOf(world, world.cluster))
  const ways = branches.map(({ probability, trace }) => ({ probability, trace, why: whyFailed(scenario, trace, context) }))
  if (json)
    streams.out(
      jsonText({
        walks: ways.map(({ probability, trace, why }) => ({ ...walkJson(trace), why, ...(reporting.allBranches ? { probability } : {}) })),
      }),
    )
  else {
    if (reporting.allBranches) streams.out(`${branches.map(branchLine).join('\n')}\n\n`)
    streams.out(
      ways
        .map(
          ({ probability, trace, why }) =>
            `${probability === 1 ? '' : `With probability ${odds(probability)}: `}${walkText(trace, context, why)}`,
        )
        .join('\n'),
    )
  }
  return code
}

const odds = (probability: number): string => String(Number(probability.toFixed(4)))

/** One way in one line: its odds, its end, the places there and back. */
function branchLine({ probability, trace }: Branch): string {
  const { path, returnPath } = walkPath(trace)
  const { walk: name, outcome, server } = trace.outcome
  const back = returnPath.length === 0 ? 'no answer comes back' : `back: ${returnPath.join(' → ')}`
  return `${odds(probability)}  ${name}: ${outcome}${server === null ? '' : ` by ${server}`}\n        ${path.join(' → ')}\n        ${back}`
}

/** Says what a Walk of the file expected in vain; true when there was something. */
function reportExpectation(trace: Trace, { scenario, streams, named }: Reporting): boolean {
  const step = named ? scenario.steps.find((one) => one.kind === 'walk' && one.walk.name === trace.outcome.walk) : undefined
  const expect = step?.kind === 'walk' ? step.walk.expect : null
  if (expect === null || scenario.cluster === null) return false
  const errors = expectationErrors(expect, trace, scenario.cluster)
  for (const error of errors) streams.err(`packetwalk walk: ${trace.outcome.walk}: ${error}\n`)
  return errors.length > 0
}
