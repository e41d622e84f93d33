/** What ipvsadm 1.31 prints. Userspace: ipvsadm.c, list_service(), list_conn() and save_all(). */
import { type IpvsConnection, ipVsExpire } from '../linux/ipvs/connection-table.ts'
import type { ForwardingMethod, IpvsDest, IpvsService, IpvsStats } from '../linux/ipvs/ipvs.ts'
import { portName } from '../linux/netfilter/ports.ts'
import type { NetNs } from '../linux/netns.ts'
import { type Address, formatAddress } from '../net/address.ts'
import type { IpvsadmOption } from './ipvsadm-commands.ts'

/** `-n`, `--stats` … */
export type ListOptions = ReadonlySet<IpvsadmOption>

const PROTOCOLS: Readonly<Record<number, string>> = { 0: 'IP', 6: 'TCP', 17: 'UDP', 132: 'SCTP' }
const METHODS: Readonly<Record<ForwardingMethod, string>> = { masquerade: 'Masq', route: 'Route', tunnel: 'Tunnel' }

function endpoint(address: Address, port: number, protocol: number, options: ListOptions): string {
  const name = portName(port, (PROTOCOLS[protocol] ?? '').toLowerCase(), options.has('numeric') || port === 0)
  return `${formatAddress(address)}:${name}`
}

/** Libipvs subtracts addresses as signed numbers. */
function byAddress(a: { address: Address; port: number }, b: { address: Address; port: number }): number {
  return (a.address - b.address) | 0 || a.port - b.port
}

function sortedServices(ns: NetNs, options: ListOptions): IpvsService[] {
  const services = [...ns.ipvs.services.values()]
  if (options.has('nosort')) return services
  return services.sort(({ key: a }, { key: b }) => (a.fwmark - b.fwmark) | 0 || a.protocol - b.protocol || byAddress(a, b))
}

function sortedDests({ dests }: IpvsService, options: ListOptions): readonly IpvsDest[] {
  return options.has('nosort') ? dests : [...dests].sort(byAddress)
}

function serviceName({ key }: IpvsService, options: ListOptions): string {
  if (key.fwmark !== 0) return `FWM  ${key.fwmark}`
  return `${(PROTOCOLS[key.protocol] ?? '').padEnd(4)} ${endpoint(key.address, key.port, key.protocol, options)}`
}

/** "(sh-fallback,sh-port)" without the brackets; empty when no flag is set. */
function flagNames({ options }: IpvsService): string {
  const { scheduler, flag1, flag2, flag3 } = options
  const own = scheduler === 'sh' || scheduler === 'mh' ? [`${scheduler}-fallback`, `${scheduler}-port`] : ['flag-1', 'flag-2']
  return [flag1 ? own[0] : '', flag2 ? own[1] : '', flag3 ? 'flag-3' : ''].filter((name) => name !== '').join(',')
}

function serviceLine(service: IpvsService, options: ListOptions): string {
  const { scheduler, persistentSeconds, netmask, onePacket } = service.options
  const flags = flagNames(service)
  const mask = netmask === 0xffffffff ? '' : ` mask ${formatAddress(netmask)}`
  return [
    `${serviceName(service, options)} ${scheduler}`,
    flags === '' ? '' : ` (${flags})`,
    persistentSeconds === null ? '' : ` persistent ${persistentSeconds}${mask}`,
    onePacket ? ' ops' : '',
  ].join('')
}

/** `print_largenum()`: nine columns, in thousands or millions where that is too few. */
function amount(value: number, exact: boolean): string {
  if (exact || value < 1e8) return String(value).padStart(Math.max(9, String(value).length + 1))
  const digits = value < 1e11 ? 3 : value < 1e14 ? 6 : 9
  return `${Math.floor(value / 10 ** digits)}${digits === 3 ? 'K' : digits === 6 ? 'M' : 'G'}`.padStart(9)
}

function amounts(stats: IpvsStats, exact: boolean): string {
  const { connections, inPackets, outPackets, inBytes, outBytes } = stats
  return [connections, inPackets, outPackets, inBytes, outBytes].map((value) => amount(value, exact)).join('')
}

/** How `-L` lays a service and its servers out. */
interface Layout {
  readonly title: string
  /** The head line of the servers, after `-> RemoteAddress:Port`. */
  readonly columns: string
  service(service: IpvsService): string
  dest(name: string, dest: IpvsDest): string
}

function layoutOf(options: ListOptions): Layout {
  const service = (one: IpvsService): string => serviceLine(one, options)
  if (options.has('stats') || options.has('rate')) return countersLayout(options)
  if (options.has('thresholds')) {
    return {
      title: 'Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn ',
      columns: '',
      service,
      dest: (name, d) => `${name.padEnd(28)} ${columns([d.upperThreshold, d.lowerThreshold, d.active, d.inactive], [10, 10, 10, 10])}`,
    }
  }
  if (options.has('persistent-conn')) {
    return {
      title: 'Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn ',
      columns: '',
      service,
      dest: (name, d) => `${name.padEnd(28)} ${columns([d.weight, d.persistent, d.active, d.inactive], [9, 11, 10, 10])}`,
    }
  }
  return {
    title: 'Prot LocalAddress:Port Scheduler Flags',
    columns: '           Forward Weight ActiveConn InActConn',
    service,
    dest: (name, d) => `${name.padEnd(28)} ${columns([METHODS[d.method], d.weight, d.active, d.inactive], [7, 6, 10, 10])}`,
  }
}

/** `--stats`; the rates of `--rate` are averages of seconds that no walk lasts: always 0. */
function countersLayout(options: ListOptions): Layout {
  const exact = options.has('exact')
  const rate = !options.has('stats')
  const none = { connections: 0, inPackets: 0, outPackets: 0, inBytes: 0, outBytes: 0 }
  const heads = rate ? ['CPS', 'InPPS', 'OutPPS', 'InBPS', 'OutBPS'] : ['Conns', 'InPkts', 'OutPkts', 'InBytes', 'OutBytes']
  return {
    title: `${'Prot LocalAddress:Port'.padEnd(33)}${heads.map((head) => head.padStart(9)).join('')}`,
    columns: '',
    service: (one) => `${serviceName(one, options).padEnd(33)}${amounts(rate ? none : one.stats, exact)}`,
    dest: (name, d) => `${name.padEnd(28)}${amounts(rate ? none : d.stats, exact)}`,
  }
}

function columns(values: readonly (string | number)[], widths: readonly number[]): string {
  return values.map((value, i) => String(value).padEnd(widths[i] ?? 0)).join(' ')
}

/** `ipvsadm -L`: one service, or all under the version line. */
export function listServices(ns: NetNs, only: IpvsService | null, options: ListOptions): string {
  ipVsExpire(ns)
  const layout = layoutOf(options)
  const lines = only === null ? ['IP Virtual Server version 1.2.1 (size=4096)'] : []
  lines.push(layout.title, `  -> RemoteAddress:Port${layout.columns}`)
  for (const service of only === null ? sortedServices(ns, options) : [only]) {
    lines.push(layout.service(service))
    for (const dest of sortedDests(service, options)) {
      lines.push(`  -> ${layout.dest(endpoint(dest.address, dest.port, service.key.protocol, options), dest)}`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** `-A -t 10.0.0.1:80`: how a service is named in saved text. */
function savedKey({ key }: IpvsService, options: ListOptions): string {
  if (key.fwmark !== 0) return `-f ${key.fwmark}`
  const word = key.protocol === 6 ? '-t' : key.protocol === 17 ? '-u' : '--sctp-service'
  return `${word} ${endpoint(key.address, key.port, key.protocol, options)}`
}

/** `ipvsadm -S`; thresholds are not saved. */
export function saveServices(ns: NetNs, options: ListOptions): string {
  const lines = sortedServices(ns, options).flatMap((service) => {
    const { scheduler, persistentSeconds, netmask, onePacket } = service.options
    const key = savedKey(service, options)
    const flags = flagNames(service)
    const mask = netmask === 0xffffffff ? '' : ` -M ${formatAddress(netmask)}`
    const persistent = persistentSeconds === null ? '' : ` -p ${persistentSeconds}${mask}`
    return [
      `-A ${key} -s ${scheduler}${persistent}${onePacket ? ' -o' : ''}${flags === '' ? '' : ` -b ${flags}`}`,
      ...sortedDests(service, options).map((dest) => {
        const method = dest.method === 'masquerade' ? '-m' : dest.method === 'route' ? '-g' : '-i'
        const server = endpoint(dest.address, dest.port, service.key.protocol, options)
        return `-a ${key} -r ${server} ${method} -w ${dest.weight}${dest.method === 'tunnel' ? ' --tun-type ipip' : ''}`
      }),
    ]
  })
  return lines.map((line) => `${line}\n`).join('')
}

function connectionLine(connection: IpvsConnection, nowMs: number, options: ListOptions): string {
  const { protocol, clientAddress, clientPort, virtualAddress, virtualPort, destAddress, destPort, state } = connection
  const left = Math.max(0, Math.ceil((connection.expiresMs - nowMs) / 1000) - 1)
  const expire = `${String(Math.floor(left / 60)).padStart(2, '0')}:${String(left % 60).padStart(2, '0')}`
  const at = (address: Address, port: number): string => endpoint(address, port, protocol, options).padEnd(18)
  const ends = `${at(clientAddress, clientPort)} ${at(virtualAddress, connection.invalid ? 65535 : virtualPort)}`
  const to = endpoint(destAddress, connection.invalid ? 65535 : destPort, protocol, options)
  return `${(PROTOCOLS[protocol] ?? '').padEnd(3)} ${expire.padEnd(6)} ${state.padEnd(11)} ${ends} ${to}`
}

/** `ipvsadm -Lc`. */
export function listConnections(ns: NetNs, options: ListOptions): string {
  ipVsExpire(ns)
  const lines = [...ns.ipvs.connections.values()].map((connection) => connectionLine(connection, ns.kernel.nowMs, options))
  return `${['IPVS connection entries', 'pro expire state       source             virtual            destination', ...lines].join('\n')}\n`
}
