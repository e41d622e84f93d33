/** `iptables-restore`: loads the text of iptables-save, one table at a time, each wholly or not at all. Userspace: iptables/xtables-restore.c. */
import { type RestoreOptions, restoreText } from '../linux/netfilter/restore.ts'
import { type Command, type CommandResult, failed, printed } from './command.ts'
import { IPTABLES_VERSION, restoreFailed } from './iptables-message.ts'

interface Flags {
  noflush: boolean
  counters: boolean
  test: boolean
  table: string | null
  file: string | null
}

/** Reads the options; a result where they cannot be read or only ask for the version. */
function readFlags(argv: readonly string[]): Flags | CommandResult {
  const flags: Flags = { noflush: false, counters: false, test: false, table: null, file: null }
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (word === '-n' || word === '--noflush') flags.noflush = true
    else if (word === '-c' || word === '--counters') flags.counters = true
    else if (word === '-t' || word === '--test') flags.test = true
    else if (word === '-V' || word === '--version') return printed(`iptables-restore ${IPTABLES_VERSION}\n`)
    else if (word === '-T' || word === '--table') flags.table = argv[++i] ?? null
    else if (word === '-w' || word === '--wait' || word === '-W' || word === '--wait-interval') {
      if (/^\d+$/.test(argv[i + 1] ?? '')) i++
    } else if (/^(-v|--verbose|-4|--ipv4|--wait=\d+|-w\d+)$/.test(word)) continue
    else if (word.startsWith('-')) {
      const what = word.startsWith('--') ? `unrecognized option '${word}'` : `invalid option -- '${word.charAt(1)}'`
      return failed(`iptables-restore: ${what}\nTry \`iptables-restore -h' for more information.`, 2)
    } else flags.file = word
  }
  return flags
}

/** `iptables-restore [-n] [-c] [-t] [-w] [-T TABLE] [FILE]`: from standard input, or from a file of the machine. */
export const iptablesRestore: Command = (argv, context) => {
  const flags = readFlags(argv)
  if ('code' in flags) return flags
  const file = flags.file === null ? context.stdin : context.machine.files.get(flags.file)
  if (file === undefined) return failed(`Can't open ${flags.file}: No such file or directory`, 1)
  const options: RestoreOptions = { ...flags, origin: context.origin, lineOrigins: context.lineOrigins }
  const error = restoreText(context.netns.netfilter.ip, file, options)
  return error ? restoreFailed(error) : printed('')
}
