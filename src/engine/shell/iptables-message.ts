/** How the iptables programs report an error. Userspace: libxtables/xtables.c, xtables_exit_error(); iptables/xtables-restore.c. */
import type { IptablesError } from '../linux/netfilter/iptables-error.ts'
import type { RestoreError } from '../linux/netfilter/restore.ts'
import { type CommandResult, failed } from './command.ts'

export const IPTABLES_VERSION = 'v1.8.9 (nf_tables)'

/** The result of a command line that failed. */
export function iptablesFailed(error: IptablesError): CommandResult {
  const { failure, message } = error
  switch (failure) {
    case 'plain':
      return failed(`iptables: ${message}.`, 1)
    case 'kernel':
      return failed(`iptables ${IPTABLES_VERSION}:  ${message}`, 4)
    case 'table':
      return failed(`iptables ${IPTABLES_VERSION}: ${message}\nPerhaps iptables or your kernel needs to be upgraded.`, 3)
    case 'parameter': {
      const front = message.startsWith('Bad argument') ? '' : `iptables ${IPTABLES_VERSION}: `
      return failed(`${front}${message}\nTry \`iptables -h' or 'iptables --help' for more information.`, 2)
    }
  }
}

/** The result of a restore that failed, with the line. */
export function restoreFailed(error: RestoreError): CommandResult {
  const { failure, message, line } = error
  switch (failure) {
    case 'plain':
      if (message.startsWith('COMMIT expected')) return failed(`iptables-restore: ${message}`, 1)
      return failed(`iptables-restore: line ${line} failed${message === '' ? '' : `: ${message}.`}`, 1)
    case 'kernel':
      return failed(`iptables-restore ${IPTABLES_VERSION}: \nline ${line}: ${message}`, 4)
    case 'table':
    case 'parameter': {
      const front = message.startsWith('Bad argument') ? '' : `iptables-restore ${IPTABLES_VERSION}: `
      const text = message.replace('line LINE', `line ${line}`)
      return failed(
        `${front}${text}\nError occurred at line: ${line}\nTry \`iptables-restore -h' or 'iptables-restore --help' for more information.`,
        2,
      )
    }
  }
}
