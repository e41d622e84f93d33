/** All commands by name, and how a line of them runs. */
import { arping } from './arping.ts'
import { bridge } from './bridge.ts'
import { cat } from './cat.ts'
import type { Command, CommandFailure, CommandResult, ShellContext } from './command.ts'
import { type Pipeline, type Place, parseCommandLine, type Redirection, type SimpleCommand } from './command-line.ts'
import { conntrack } from './conntrack.ts'
import { curl } from './curl.ts'
import { dig } from './dig.ts'
import { echo } from './echo.ts'
import { openFile, readFile, writeFile } from './files.ts'
import { getent } from './getent.ts'
import { grep } from './grep.ts'
import { head, tail } from './head.ts'
import { hostname } from './hostname.ts'
import { ipCommand } from './ip.ts'
import { ipset } from './ipset.ts'
import { iptables } from './iptables.ts'
import { iptablesRestore } from './iptables-restore.ts'
import { iptablesSave } from './iptables-save.ts'
import { ipvsadm, ipvsadmRestore, ipvsadmSave } from './ipvsadm.ts'
import { kubectl } from './kubectl.ts'
import { ls } from './ls.ts'
import { mkdir } from './mkdir.ts'
import { mtr } from './mtr.ts'
import { nc } from './nc.ts'
import { nslookup } from './nslookup.ts'
import { ping } from './ping.ts'
import { printf } from './printf.ts'
import { rm } from './rm.ts'
import { sleep } from './sleep.ts'
import { sort } from './sort.ts'
import { ss } from './ss.ts'
import { sysctlCommand } from './sysctl.ts'
import { tc } from './tc.ts'
import { tcpdump } from './tcpdump.ts'
import { tracepath } from './tracepath.ts'
import { traceroute } from './traceroute.ts'
import { wc } from './wc.ts'

const nothing: CommandResult = { stdout: '', stderr: '', code: 0, effects: [] }

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  [':', () => nothing],
  ['arping', arping],
  ['bash', (argv, context) => runShell(argv, context)],
  ['bridge', bridge],
  ['cat', cat],
  ['conntrack', conntrack],
  ['curl', curl],
  ['dig', dig],
  ['echo', echo],
  ['false', () => ({ ...nothing, code: 1 })],
  ['getent', getent],
  ['grep', grep],
  ['head', head],
  ['hostname', hostname],
  ['ip', ipCommand(runCommand)],
  ['ipset', ipset],
  ['iptables', iptables],
  ['iptables-restore', iptablesRestore],
  ['iptables-save', iptablesSave],
  ['ipvsadm', ipvsadm],
  ['ipvsadm-restore', ipvsadmRestore],
  ['ipvsadm-save', ipvsadmSave],
  ['kubectl', kubectl(runCommand)],
  ['ls', ls],
  ['mkdir', mkdir],
  ['mtr', mtr],
  ['nc', nc],
  ['nslookup', nslookup],
  ['ping', ping],
  ['printf', printf],
  ['rm', rm],
  ['sh', (argv, context) => runShell(argv, context)],
  ['sleep', sleep],
  ['sort', sort],
  ['ss', ss],
  ['sudo', (argv, context) => runCommand(argv.slice(1), context)],
  ['sysctl', sysctlCommand],
  ['tail', tail],
  ['tc', tc],
  ['tcpdump', tcpdump],
  ['tracepath', tracepath],
  ['traceroute', traceroute],
  ['true', () => nothing],
  ['wc', wc],
])

/** Names of all commands. */
export const COMMAND_NAMES: readonly string[] = [...COMMANDS.keys()].filter((name) => /^[a-z]/.test(name))

/** Runs one command given as words, e.g. ['ip', 'link', 'show']. */
export function runCommand(argv: readonly string[], context: ShellContext): CommandResult {
  const name = argv[0]
  if (name === undefined) return nothing
  const command = COMMANDS.get(name.replace(/^\/(usr\/)?s?bin\//, ''))
  return command ? command(argv, context) : { ...nothing, stderr: `bash: ${name}: command not found\n`, code: 127 }
}

/** `bash -c TEXT`; without -c the standard input is the text. */
function runShell(argv: readonly string[], context: ShellContext): CommandResult {
  const [, option, text] = argv
  if (option === undefined) return runCommandLine(context.stdin, { ...context, stdin: '' })
  if (option !== '-c') return { ...nothing, stderr: `${argv[0]}: ${option}: not modelled: use -c\n`, code: 2 }
  return text === undefined
    ? { ...nothing, stderr: `${argv[0]}: -c: option requires an argument\n`, code: 2 }
    : runCommandLine(text, context)
}

/** Runs command text of one or more lines as bash would; the code is that of the last command that ran, `failures` has those before it too. */
export function runCommandLine(line: string, context: ShellContext): CommandResult {
  const parsed = parseCommandLine(line)
  if (!parsed.ok) {
    const failure = { stderr: `${parsed.error}\n`, code: 2 }
    return { ...nothing, ...failure, failures: [{ text: line.trim(), line: 1, ...failure }] }
  }
  let result = nothing
  const failures: CommandFailure[] = []
  let last: CommandFailure | null = null
  for (const [i, pipeline] of parsed.pipelines.entries()) {
    if (pipeline.after === ';' && last) failures.push(last)
    // A silent failure before `&&` (grep) is an answer, no error.
    if (pipeline.after === '&&' && last?.stderr === '') last = null
    if (pipeline.after === '&&' && result.code !== 0) continue
    if (pipeline.after === '||' && result.code === 0) continue
    const next = runPipeline(pipeline, context.originAt ? ofLine(context, placed(line, parsed.places[i])) : context)
    last = next.code === 0 ? null : { ...placed(line, parsed.places[i]), stderr: next.stderr, code: next.code }
    // Of a command text inside (bash -c) only its result counts.
    result = result === nothing && !next.failures ? next : joined(result, next, next.stdout)
  }
  if (last) failures.push(last)
  return failures.length > 0 ? { ...result, failures } : result
}

/** With the origin that the command at that place has. */
function ofLine(context: ShellContext, { line, text }: Pick<CommandFailure, 'text' | 'line'>): ShellContext {
  return { ...context, origin: context.originAt?.(line, text) ?? null, originAt: undefined }
}

function placed(text: string, place: Place | undefined): Pick<CommandFailure, 'text' | 'line'> {
  const { from, to } = place ?? { from: 0, to: text.length }
  return { text: text.slice(from, to), line: text.slice(0, from).split('\n').length }
}

/** `stdout` of the whole is that of `before` followed by the given text; effects, errors and the code add up. */
function joined(before: CommandResult, next: CommandResult, stdout: string): CommandResult {
  const elsewhere = [...(before.elsewhere ?? []), ...(next.elsewhere ?? [])]
  return {
    stdout: before.stdout + stdout,
    stderr: before.stderr + next.stderr,
    code: next.code,
    effects: [...before.effects, ...next.effects],
    ...(elsewhere.length > 0 ? { elsewhere } : {}),
  }
}

function runPipeline(pipeline: Pipeline, context: ShellContext): CommandResult {
  const [only, ...others] = pipeline.commands
  if (only && others.length === 0) return runSimpleCommand(only, context)
  let result = nothing
  let stdin = context.stdin
  for (const command of pipeline.commands) {
    const next = runSimpleCommand(command, { ...context, stdin })
    stdin = next.stdout
    result = joined({ ...result, stdout: '' }, next, next.stdout)
  }
  return result
}

function runSimpleCommand(command: SimpleCommand, context: ShellContext): CommandResult {
  if (command.redirections.length === 0) return runCommand(command.argv, context)
  let stdin = context.stdin
  for (const redirection of command.redirections) {
    if (redirection.kind === 'here') stdin = redirection.text
    else if (redirection.kind === 'read') {
      const text = readFile(context, redirection.path)
      if (text === null) return { ...nothing, stderr: `bash: ${redirection.path}: No such file or directory\n`, code: 1 }
      stdin = text
    } else if (redirection.kind !== 'duplicate') {
      const error = openFile(context, redirection.path, redirection.kind === 'append')
      if (error !== null) return { ...nothing, stderr: `bash: ${redirection.path}: ${error}\n`, code: 1 }
    }
  }
  return redirect(runCommand(command.argv, { ...context, stdin }), command.redirections, context)
}

/** Where one of a command's streams ends up: a stream of the shell's, or a file. */
type Sink = 1 | 2 | { readonly path: string }

/** Sends the streams where the redirections say, read from left to right. */
function redirect(result: CommandResult, redirections: readonly Redirection[], context: ShellContext): CommandResult {
  let out: Sink = 1
  let err: Sink = 2
  for (const redirection of redirections) {
    if (redirection.kind === 'duplicate') {
      const of: Sink = redirection.of === 1 ? out : err
      if (redirection.fd === 1) out = of
      else err = of
    } else if (redirection.kind === 'write' || redirection.kind === 'append') {
      if (redirection.fd !== 2) out = { path: redirection.path }
      if (redirection.fd !== 1) err = { path: redirection.path }
    }
  }
  if (out === 1 && err === 2) return result
  const streams = { 1: '', 2: '' }
  let code = result.code
  const send = (sink: Sink, text: string): void => {
    if (text === '') return
    if (typeof sink === 'number') {
      streams[sink] += text
      return
    }
    const error = writeFile(context, sink.path, text)
    if (error === null) return
    streams[2] += `bash: ${result.code === 0 ? 'write error' : sink.path}: ${error}\n`
    code = 1
  }
  send(err, result.stderr)
  send(out, result.stdout)
  return { ...result, stdout: streams[1], stderr: streams[2], code }
}
