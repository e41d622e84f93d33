/** `packetwalk compare FILE [FILE2]`: one walk in two worlds, and where they part. */
import { parseArgs } from 'node:util'
import type { Instead } from '../engine/kubernetes/build-cluster.ts'
import { parseScenario } from '../engine/kubernetes/manifest.ts'
import type { Scenario } from '../engine/kubernetes/scenario.ts'
import { tellComparison } from '../engine/narrator/compared.ts'
import { narratorContext } from '../engine/narrator/context.ts'
import { builtWorld } from '../engine/simulation/checkpoints.ts'
import { walkInBoth } from '../engine/simulation/compare-worlds.ts'
import { topologyOf } from '../engine/simulation/topology-of.ts'
import type { WalkRequest } from '../engine/simulation/walk.ts'
import { type CliCommand, FINE, jsonText, NO, type Streams, USAGE, UsageError } from './command.ts'
import { comparisonText } from './compare-text.ts'
import { openScenario } from './scenario-file.ts'
import { requestOf, seedOf, WALK_OPTIONS } from './walk-options.ts'

export const compare: CliCommand = {
  summary: 'the same walk in two worlds, step by step, and where they part',
  help: `Usage: packetwalk compare FILE [FILE2] [--walk NAME | --from PLACE --to TARGET] [--proxy MODE] [--cni PLUGIN] [--seed N] [--json]

The second world is FILE2, or FILE under another setting. Without --walk or --from: the first Walk of FILE.

  --walk NAME                this Walk; where the second text has none of that name, its ends are taken there
  --from PLACE --to TARGET   as in packetwalk walk
  --proxy iptables|ipvs      kube-proxy's mode in the second world; nodes annotated otherwise keep theirs
  --cni bridge|flannel       the CNI plugin in the second world
  --seed N                   start the random choices of both from N (0)
  --json                     {same, first, rows, a, b}, see docs/cli.md

Exit, as diff does: 0 both walk alike; 1 they differ; 2 usage, or a text that cannot be walked.
`,
  run: async (argv, streams) => {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        ...WALK_OPTIONS,
        proxy: { type: 'string' },
        cni: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    })
    const instead = insteadOf(values)
    const [file, other = file, ...more] = positionals
    if (file === undefined || other === undefined) throw new UsageError('FILE is missing')
    if (more[0] !== undefined) throw new UsageError(`two files at most: "${more[0]}" is too much`)
    if (file === other && Object.keys(instead).length === 0)
      throw new UsageError('there is nothing to compare with: say a second file, --proxy or --cni')
    const seed = seedOf(values.seed)
    const asked = requestOf(values)
    const scenarios = await openBoth({ file, other }, instead, streams)
    if (scenarios === null) return USAGE
    const request = asked ?? firstWalk(scenarios.a, file)
    const traces = walkInBoth(scenarios, request, { seed })
    if ('problem' in traces) {
      streams.err(`packetwalk compare: ${traces.side === 'a' ? file : other}: ${traces.problem}\n`)
      return USAGE
    }
    const told = tellComparison({ trace: traces.a, context: contextOf(scenarios.a) }, { trace: traces.b, context: contextOf(scenarios.b) })
    streams.out(values.json ? jsonText(told) : comparisonText(told, namesOf({ file, other }, instead)))
    return told.same ? FINE : NO
  },
}

interface Words {
  readonly proxy?: string | undefined
  readonly cni?: string | undefined
}

interface Files {
  readonly file: string
  readonly other: string
}

function insteadOf({ proxy, cni }: Words): Instead {
  if (proxy !== undefined && proxy !== 'iptables' && proxy !== 'ipvs') throw new UsageError(`--proxy is iptables or ipvs, not "${proxy}"`)
  if (cni !== undefined && cni !== 'bridge' && cni !== 'flannel') throw new UsageError(`--cni is bridge or flannel, not "${cni}"`)
  return { ...(proxy && { proxy }), ...(cni && { cni }) }
}

function firstWalk({ steps }: Scenario, file: string): WalkRequest {
  for (const step of steps) if (step.kind === 'walk') return { name: step.walk.name }
  throw new UsageError(`${file} has no Walk: say --from and --to`)
}

/** A text is read once, and told of once. */
async function openBoth({ file, other }: Files, instead: Instead, streams: Streams): Promise<{ a: Scenario; b: Scenario } | null> {
  const a = await openScenario(file, streams)
  if (a === null) return null
  if (file === other) return { a, b: parseScenario(a.text, instead) }
  const second = await openScenario(other, streams)
  if (second === null) return null
  return { a, b: Object.keys(instead).length === 0 ? second : parseScenario(second.text, instead) }
}

function contextOf(scenario: Scenario): ReturnType<typeof narratorContext> {
  const world = builtWorld(scenario)
  return narratorContext(world === null ? { machines: [], services: [], networks: [] } : topologyOf(world, world.cluster))
}

/** What the two worlds are called in the text. */
function namesOf({ file, other }: Files, { proxy, cni }: Instead): { readonly a: string; readonly b: string } {
  const settings = [proxy && `kube-proxy in mode ${proxy}`, cni && `CNI ${cni}`].filter((part) => part !== undefined).join(', ')
  return { a: file, b: [other, settings].filter((part) => part !== '').join(' with ') }
}
