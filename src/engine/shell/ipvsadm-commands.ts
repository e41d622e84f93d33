/** ipvsadm 1.31: its commands, and which options go with each. Userspace: ipvsadm.c, commands_v_options and generic_opt_check(). */
import type { ForwardingMethod } from '../linux/ipvs/ipvs.ts'
import type { Address } from '../net/address.ts'
import { ipv4, ipv4Mask } from '../net/ipv4.ts'

/** What ipvsadm is asked to do. */
export type IpvsadmCommand =
  | 'add-service'
  | 'edit-service'
  | 'delete-service'
  | 'flush'
  | 'add-server'
  | 'edit-server'
  | 'delete-server'
  | 'list'
  | 'save'
  | 'restore'
  | 'zero'
  | 'set'
  | 'help'
  | 'version'

/** Options as its messages call them, in the order in which they are checked. */
const OPTIONS = [
  ...['numeric', 'connection', 'service-address', 'scheduler', 'persistent', 'netmask', 'real-server', 'forwarding-method', 'weight'],
  ...['u-threshold', 'l-threshold', 'timeout', 'daemon', 'stats', 'rate', 'thresholds', 'persistent-conn', 'nosort', 'exact', 'ops'],
  ...['sched-flags', 'tun-type'],
] as const
/** One of them. */
export type IpvsadmOption = (typeof OPTIONS)[number]

interface CommandRule {
  readonly needs: readonly IpvsadmOption[]
  readonly takes: readonly IpvsadmOption[]
  /** At most one of these. */
  readonly oneOf?: readonly IpvsadmOption[]
}

const SERVICE: CommandRule = {
  needs: ['service-address'],
  takes: ['scheduler', 'persistent', 'netmask', 'ops', 'sched-flags'],
}
const SERVER: CommandRule = {
  needs: ['service-address', 'real-server'],
  takes: ['forwarding-method', 'weight', 'u-threshold', 'l-threshold', 'tun-type'],
}
const RULES: Readonly<Record<IpvsadmCommand, CommandRule>> = {
  'add-service': SERVICE,
  'edit-service': SERVICE,
  'delete-service': { needs: ['service-address'], takes: [] },
  flush: { needs: [], takes: [] },
  'add-server': SERVER,
  'edit-server': SERVER,
  'delete-server': { needs: ['service-address', 'real-server'], takes: [] },
  list: {
    needs: [],
    takes: ['numeric', 'stats', 'rate', 'thresholds', 'persistent-conn', 'nosort', 'exact'],
    oneOf: ['connection', 'service-address', 'timeout', 'daemon'],
  },
  save: { needs: [], takes: ['numeric'] },
  restore: { needs: [], takes: [] },
  zero: { needs: [], takes: ['service-address'] },
  set: { needs: [], takes: [] },
  help: { needs: [], takes: [] },
  version: { needs: [], takes: [] },
}

/** Commands by their options. */
export const COMMANDS: Readonly<Record<string, IpvsadmCommand>> = {
  '-A': 'add-service',
  '--add-service': 'add-service',
  '-E': 'edit-service',
  '--edit-service': 'edit-service',
  '-D': 'delete-service',
  '--delete-service': 'delete-service',
  '-C': 'flush',
  '--clear': 'flush',
  '-a': 'add-server',
  '--add-server': 'add-server',
  '-e': 'edit-server',
  '--edit-server': 'edit-server',
  '-d': 'delete-server',
  '--delete-server': 'delete-server',
  '-L': 'list',
  '-l': 'list',
  '--list': 'list',
  '-S': 'save',
  '--save': 'save',
  '-R': 'restore',
  '--restore': 'restore',
  '-Z': 'zero',
  '--zero': 'zero',
  '--set': 'set',
  '-h': 'help',
  '--help': 'help',
  '-v': 'version',
  '--version': 'version',
}

/** What a command line asks for. Addresses of services: protocol 0 with a firewall mark. */
export interface IpvsadmRequest {
  readonly command: IpvsadmCommand
  readonly given: Set<IpvsadmOption>
  protocol: number
  address: Address
  port: number
  fwmark: number
  scheduler: string
  persistentSeconds: number | null
  netmask: Address
  server: { readonly address: Address; readonly port: number | null } | null
  method: ForwardingMethod
  weight: number
  upperThreshold: number
  lowerThreshold: number
  onePacket: boolean
  readonly flags: Set<number>
  /** Words of `--set`. */
  timeouts: readonly string[]
}

/** What went wrong, and the exit code: 2 for options that make no sense, 255 for those that do not exist. */
export interface IpvsadmError {
  readonly message: string
  readonly code: number
}

/** No command, or one that does not exist. */
export const TRY_HELP: IpvsadmError = { message: "Try `ipvsadm -h' or 'ipvsadm --help' for more information.", code: 255 }
/** Options that make no sense. */
export const wrong = (message: string): IpvsadmError => ({ message, code: 2 })

/** A request of this command with every option at its default. */
export function freshRequest(command: IpvsadmCommand): IpvsadmRequest {
  return {
    ...{ command, given: new Set(), protocol: 0, address: ipv4(0), port: 0, fwmark: 0, scheduler: 'wlc', persistentSeconds: null },
    ...{ netmask: ipv4Mask(32), server: null, method: 'route', weight: 1, upperThreshold: 0, lowerThreshold: 0, onePacket: false },
    ...{ flags: new Set<number>(), timeouts: [] },
  }
}

/** `generic_opt_check()`: which options go with the command. */
export function checkOptions({ command, given }: IpvsadmRequest): IpvsadmError | null {
  const { needs, takes, oneOf = [] } = RULES[command]
  let chosen: IpvsadmOption | null = null
  for (const option of OPTIONS) {
    if (!given.has(option)) {
      if (needs.includes(option)) return wrong(`You need to supply the '${option}' option for the '${command}' command`)
    } else if (oneOf.includes(option)) {
      if (chosen !== null) return wrong(`The option '${option}' conflicts with the '${chosen}' option in the '${command}' command`)
      chosen = option
    } else if (!needs.includes(option) && !takes.includes(option)) {
      return wrong(`Illegal '${option}' option with the '${command}' command`)
    }
  }
  const counters = ['stats', 'rate', 'thresholds', 'persistent-conn'] as const
  if (chosen !== null && chosen !== 'service-address' && counters.some((option) => given.has(option)))
    return wrong('options conflicts in the list command')
  return null
}
