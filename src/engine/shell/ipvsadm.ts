/** `ipvsadm`: services of IP Virtual Server and their real servers. Userspace: ipvsadm 1.31. */
import { inetAddrType } from '../linux/fib.ts'
import { type IpvsService, type ServiceKey, type ServiceOptions, zeroStats } from '../linux/ipvs/ipvs.ts'
import { isSchedulerName } from '../linux/ipvs/schedulers/list.ts'
import {
  type DestOptions,
  type DestPlace,
  type IpvsErrno,
  ipVsAddDest,
  ipVsAddService,
  ipVsDelDest,
  ipVsDelService,
  ipVsEditDest,
  ipVsEditService,
  ipVsFlush,
  serviceKeyText,
} from '../linux/ipvs/service-table.ts'
import type { NetNs } from '../linux/netns.ts'
import { type Command, type CommandResult, failed, printed, type ShellContext } from './command.ts'
import { parseIpvsadm } from './ipvsadm-arguments.ts'
import { type IpvsadmCommand, type IpvsadmRequest, TRY_HELP } from './ipvsadm-commands.ts'
import { listConnections, listServices, saveServices } from './ipvsadm-list.ts'

const VERSION = 'ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)'
const USAGE = `${VERSION}
Usage:
  ipvsadm -A|E virtual-service [-s scheduler] [-p [timeout]] [-M netmask] [-b sched-flags]
  ipvsadm -D virtual-service
  ipvsadm -C
  ipvsadm -R
  ipvsadm -S [-n]
  ipvsadm -a|e virtual-service -r server-address [options]
  ipvsadm -d virtual-service -r server-address
  ipvsadm -L|l [virtual-service] [options]
  ipvsadm -Z [virtual-service]
  ipvsadm --set tcp tcpfin udp
  ipvsadm -h
`

function keyOf({ protocol, address, port, fwmark }: IpvsadmRequest): ServiceKey {
  return { protocol, address, port, fwmark }
}

/** `ipvs_strerror()`. */
function errorText(command: IpvsadmCommand, errno: IpvsErrno): string {
  const ofServer = command === 'add-server' || command === 'edit-server' || command === 'delete-server'
  switch (errno) {
    case 'EEXIST':
      return ofServer ? 'Destination already exists' : 'Service already exists'
    case 'ESRCH':
      return ofServer ? 'Service not defined' : 'No such service'
    case 'ENOENT':
      return ofServer ? 'No such destination' : 'Scheduler or persistence engine not found'
    case 'EINVAL':
      return 'Invalid operation.  Possibly wrong module version, address not unicast, ...'
    case 'ERANGE':
      return 'Numerical result out of range'
  }
}

function done(command: IpvsadmCommand, errno: IpvsErrno | null): CommandResult {
  return errno === null ? printed('') : failed(errorText(command, errno), 255)
}

function serviceOptions(request: IpvsadmRequest): ServiceOptions | null {
  const { scheduler, persistentSeconds, netmask, onePacket, flags } = request
  if (!isSchedulerName(scheduler)) return null
  return { scheduler, persistentSeconds, netmask, onePacket, flag1: flags.has(1), flag2: flags.has(2), flag3: flags.has(3) }
}

function changeService(request: IpvsadmRequest, { netns, origin }: ShellContext): CommandResult {
  const { command } = request
  const key = keyOf(request)
  if (key.fwmark === 0 && key.port === 0 && request.persistentSeconds === null)
    return failed('Zero port specified for non-persistent service', 2)
  if (request.onePacket && key.protocol !== 17 && key.fwmark === 0)
    return failed('One-Packet Scheduling is only for UDP virtual services', 2)
  const exists = netns.ipvs.services.has(serviceKeyText(key))
  if (command === 'add-service' && exists) return done(command, 'EEXIST')
  if (command === 'edit-service' && !exists) return done(command, 'ESRCH')
  const options = serviceOptions(request)
  if (options === null) return done(command, 'ENOENT')
  return done(command, command === 'add-service' ? ipVsAddService(netns, key, options, origin) : ipVsEditService(netns, key, options))
}

/** Where `-a`, `-e` and `-d` mean: a server without a port has the service's, and so has any that is not translated. */
function destPlace(request: IpvsadmRequest): DestPlace | null {
  const { server, command, method, fwmark } = request
  if (server === null) return null
  const own = fwmark === 0 && command !== 'delete-server' && method !== 'masquerade'
  return { service: keyOf(request), address: server.address, port: own ? request.port : (server.port ?? request.port) }
}

function changeServer(request: IpvsadmRequest, { netns, origin }: ShellContext): CommandResult {
  const { command, method, weight, upperThreshold, lowerThreshold } = request
  const place = destPlace(request)
  if (place === null) return TRY_HELP_RESULT
  if (command === 'delete-server') return done(command, ipVsDelDest(netns, place))
  if (!netns.ipvs.services.has(serviceKeyText(place.service))) return done(command, 'ESRCH')
  if (lowerThreshold > upperThreshold) return done(command, 'ERANGE')
  const options: DestOptions = { method, weight, upperThreshold, lowerThreshold }
  if (command === 'edit-server') return done(command, ipVsEditDest(netns, place, options))
  const type = inetAddrType(netns, place.address)
  if (type !== 'LOCAL' && type !== 'UNICAST') return done(command, 'EINVAL')
  return done(command, ipVsAddDest(netns, place, options, origin))
}

const TRY_HELP_RESULT = failed(TRY_HELP.message, TRY_HELP.code)

function list(request: IpvsadmRequest, ns: NetNs): CommandResult {
  const { given } = request
  if (given.has('connection')) return printed(listConnections(ns, given))
  if (given.has('timeout')) {
    const { tcp, tcpFin, udp } = ns.ipvs.timeouts
    return printed(`Timeout (tcp tcpfin udp): ${tcp} ${tcpFin} ${udp}\n`)
  }
  if (given.has('daemon')) return printed('')
  if (!given.has('service-address')) return printed(listServices(ns, null, given))
  const service = ns.ipvs.services.get(serviceKeyText(keyOf(request)))
  return service ? printed(listServices(ns, service, given)) : failed('No such service', 1)
}

function zero(request: IpvsadmRequest, ns: NetNs): CommandResult {
  const only = request.given.has('service-address') ? ns.ipvs.services.get(serviceKeyText(keyOf(request))) : null
  if (only === undefined) return done('zero', 'ESRCH')
  const clear = ({ stats, dests }: IpvsService): void => {
    for (const counters of [stats, ...dests.map((dest) => dest.stats)]) Object.assign(counters, zeroStats())
  }
  for (const service of only === null ? ns.ipvs.services.values() : [only]) clear(service)
  return printed('')
}

/** 0 leaves a timeout as it is. */
function setTimeouts({ timeouts }: IpvsadmRequest, ns: NetNs): CommandResult {
  const bad = timeouts.find((text) => !/^\d+$/.test(text))
  if (bad !== undefined) return failed(`invalid timeout value \`${bad}' specified`, 2)
  const [tcp = 0, tcpFin = 0, udp = 0] = timeouts.map(Number)
  const old = ns.ipvs.timeouts
  ns.ipvs.timeouts = { tcp: tcp || old.tcp, tcpFin: tcpFin || old.tcpFin, udp: udp || old.udp }
  return printed('')
}

function run(request: IpvsadmRequest, context: ShellContext): CommandResult {
  const { netns } = context
  switch (request.command) {
    case 'add-service':
    case 'edit-service':
      return changeService(request, context)
    case 'delete-service':
      return done(request.command, ipVsDelService(netns, keyOf(request)))
    case 'flush':
      ipVsFlush(netns)
      return printed('')
    case 'add-server':
    case 'edit-server':
    case 'delete-server':
      return changeServer(request, context)
    case 'list':
      return list(request, netns)
    case 'save':
      return printed(saveServices(netns, request.given))
    case 'restore':
      return restore(context)
    case 'zero':
      return zero(request, netns)
    case 'set':
      return setTimeouts(request, netns)
    case 'help':
      return printed(USAGE)
    case 'version':
      return printed(`${VERSION}\n`)
  }
}

/** `-R`: a command on each line. What the kernel refuses is said and skipped; what cannot be read ends it. */
function restore(context: ShellContext): CommandResult {
  let stdout = ''
  let stderr = ''
  for (const [index, line] of context.stdin.replace(/\n$/, '').split('\n').entries()) {
    if (line.trim() === '') continue
    const request = parseIpvsadm(line.trim().split(/\s+/))
    if ('message' in request) return { ...failed(`${stderr}${request.message}`, request.code), stdout }
    const result = run(request, { ...context, stdin: '', origin: context.lineOrigins?.get(index + 1) ?? context.origin })
    stdout += result.stdout
    stderr += result.stderr
  }
  return { ...printed(stdout), stderr }
}

/** `ipvsadm [-A|-E|-D|-a|-e|-d|-C|-L|-S|-R|-Z|--set] …`. */
export const ipvsadm: Command = (argv, context) => {
  const request = parseIpvsadm(argv.slice(1))
  return 'message' in request ? failed(request.message, request.code) : run(request, context)
}

/** `ipvsadm-save [-n]`. */
export const ipvsadmSave: Command = (argv, context) => ipvsadm(['ipvsadm', '-S', ...argv.slice(1)], context)

/** `ipvsadm-restore`: in place of what there is. */
export const ipvsadmRestore: Command = (_argv, context) => {
  ipVsFlush(context.netns)
  return restore(context)
}
