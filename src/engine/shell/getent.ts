/** glibc 2.36: nss/getent.c, the hosts databases. */
import { type Command, failed } from './command.ts'
import { resolvConf } from './resolv-conf.ts'
import type { GetentOptions } from './spawn.ts'
import { startProgram } from './start-program.ts'

/** `getent hosts|ahosts|ahostsv4 NAME`. */
export const getent: Command = (argv, context) => {
  const [, database, name] = argv
  if (database === undefined)
    return failed("getent: wrong number of arguments\nTry `getent --help' or `getent --usage' for more information.", 1)
  if (database !== 'hosts' && database !== 'ahosts' && database !== 'ahostsv4')
    return failed(`Unknown database: ${database}\nTry \`getent --help' or \`getent --usage' for more information.`)
  if (name === undefined) return failed('getent: listing a whole database is not modelled')
  const options: GetentOptions = { database: database === 'hosts' ? 'hosts' : 'ahosts', name, resolver: resolvConf(context) }
  return startProgram(context, { program: 'getent', options })
}
