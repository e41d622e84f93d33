/** `packetwalk build FILE --stage …`: print an intermediate of the pipeline. */
import { parseArgs } from 'node:util'
import { nodeScripts } from '../engine/cloud/node-scripts.ts'
import type { Cluster } from '../engine/kubernetes/cluster.ts'
import type { NodeScript, ScriptCommand } from '../engine/net/node-script.ts'
import { buildWorld } from '../engine/simulation/build-world.ts'
import { namespaceState } from '../engine/simulation/namespace-state.ts'
import type { World } from '../engine/simulation/world.ts'
import { clusterJson } from './cluster-json.ts'
import { type CliCommand, FINE, jsonText, NO, onlyOne, type Streams, UsageError } from './command.ts'
import { machinesJson } from './machines-json.ts'
import { openScenario } from './scenario-file.ts'

export const build: CliCommand = {
  summary: 'print an intermediate of the pipeline: cluster, scripts or world',
  help: `Usage: packetwalk build FILE --stage cluster|scripts|world [--node NAME] [--json]

  --stage cluster   the typed objects after defaulting, controllers and scheduling (always JSON)
  --stage scripts   the commands each machine is given, as a shell script
  --stage world     every table of every namespace after these commands, as the tools print them
  --node NAME       this machine only: a node's name, or node/NAME, host/NAME, gateway, internet
  --json            scripts: {machines: [{machine, hostname, nics, commands: [{run, stdin, origin}], programs}]}
                    world: {namespaces: [{machine, where, sections: [{title, command, lines}]}], failed: […]}

Exit: 0 fine, 1 the input has errors or a command failed on its machine, 2 usage.
`,
  run: async (argv, streams) => {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { stage: { type: 'string' }, node: { type: 'string' }, json: { type: 'boolean', default: false } },
    })
    const file = onlyOne(positionals, 'FILE')
    const { stage } = values
    if (stage !== 'cluster' && stage !== 'scripts' && stage !== 'world')
      throw new UsageError(
        stage === undefined ? '--stage is missing: cluster, scripts or world' : `there is no stage "${stage}": cluster, scripts or world`,
      )
    const cluster = (await openScenario(file, streams))?.cluster ?? null
    if (cluster === null) return NO
    const scripts = nodeScripts(null, cluster)
    if (values.node !== undefined && !scripts.some((script) => isNamed(script.machine, values.node)))
      throw new UsageError(`there is no machine "${values.node}": ${scripts.map(({ machine }) => machine).join(', ')}`)
    const print = { node: values.node, json: values.json, streams }
    if (stage === 'cluster') return printCluster(cluster, print)
    return stage === 'scripts' ? printScripts(scripts, print) : printWorld(buildWorld(cluster), print)
  },
}

interface Print {
  readonly node: string | undefined
  readonly json: boolean
  readonly streams: Streams
}

function isNamed(machine: string, node: string | undefined): boolean {
  return node === undefined || machine === node || machine === `node/${node}`
}

function printCluster(cluster: Cluster, { node, streams }: Print): number {
  const bare = node?.replace(/^node\//, '')
  const shown =
    bare === undefined
      ? cluster
      : {
          ...cluster,
          nodes: cluster.nodes.filter(({ meta }) => meta.name === bare),
          pods: cluster.pods.filter(({ nodeName }) => nodeName === bare),
        }
  streams.out(jsonText(clusterJson(shown)))
  return FINE
}

function printScripts(scripts: readonly NodeScript[], { node, json, streams }: Print): number {
  const shown = scripts.filter(({ machine }) => isNamed(machine, node))
  if (json) streams.out(jsonText(machinesJson(shown)))
  else streams.out(shown.map(scriptText).join('\n'))
  return FINE
}

/** A NodeScript as a shell script; the component that wrote a command stands above it where it changes. */
function scriptText({ machine, nics, commands, programs }: NodeScript): string {
  let component = ''
  const lines = [`# ==== ${machine}`, ...nics.map(({ name, network, mac }) => `# ${name} is plugged into ${network} (${mac})`)]
  for (const command of commands) {
    if (command.origin.component !== component) lines.push(`# -- ${command.origin.component}`)
    component = command.origin.component
    lines.push(commandText(command))
  }
  for (const { owner, program, netns, listen } of programs) {
    const ports = listen.map(({ protocol, port, address }) => `${address === null ? '' : `${address}:`}${port}/${protocol}`).join(' ')
    lines.push(`# ${program} of ${owner}${netns === null ? '' : ` in ${netns}`} listens on ${ports === '' ? 'nothing' : ports}`)
  }
  return `${lines.join('\n')}\n`
}

function commandText({ run, stdin }: ScriptCommand): string {
  if (stdin === null) return run
  return `${run} <<'EOF'\n${stdin.endsWith('\n') ? stdin : `${stdin}\n`}EOF`
}

function printWorld(world: World, { node, json, streams }: Print): number {
  const namespaces = [...world.machines.values()].flatMap((machine) => {
    const names = isNamed(machine.name, node) ? [machine.root.name, ...[...machine.netns.values()].map(({ name }) => name)] : []
    return names.map((where) => ({ machine: machine.name, where, sections: namespaceState(world, where) ?? [] }))
  })
  const failed = world.failed.filter(({ machine }) => isNamed(machine, node))
  for (const { machine, run, stderr } of failed) streams.err(`${machine}: ${run}\n${stderr}`)
  if (json) streams.out(jsonText({ namespaces, failed }))
  else
    for (const { where, sections } of namespaces)
      streams.out(`==== ${where}\n${sections.map(({ command, lines }) => `# ${command}\n${lines.join('\n')}\n`).join('\n')}\n`)
  return failed.length > 0 ? NO : FINE
}
