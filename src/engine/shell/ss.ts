/** iproute2 6.1: misc/ss.c. */
import type { Socket } from '../linux/socket-table.ts'
import { formatAddress } from '../net/address.ts'
import { type Command, failed, printed } from './command.ts'
import { notModelled } from './ip-arguments.ts'

const CLIENT_STATES = new Set(['LISTEN', 'UNCONN'])

/** `ss [-t] [-u] [-l] [-a] [-n] [-H]`, with `[ds]port = :PORT` and `state NAME` as filters. Addresses are always numeric. */
export const ss: Command = (argv, context) => {
  let flags = ''
  const words: string[] = []
  for (const word of argv.slice(1)) {
    if (word === '--tcp') flags += 't'
    else if (word === '--udp') flags += 'u'
    else if (word === '--listening') flags += 'l'
    else if (word === '--all') flags += 'a'
    else if (word === '--numeric') flags += 'n'
    else if (word === '--no-header') flags += 'H'
    else if (/^-[a-zA-Z0-9]+$/.test(word)) flags += word.slice(1)
    else words.push(word)
  }
  const unmodelled = /[^tulan4HOr]/.exec(flags)
  if (unmodelled)
    return 'peimosbESxwdfz0MKNZV'.includes(unmodelled[0])
      ? notModelled('ss', `option -${unmodelled[0]}`)
      : failed(`ss: invalid option -- '${unmodelled[0]}'`, 255)
  const filter = readFilter(words)
  if (typeof filter === 'string') return failed(filter, 255)
  const both = !/[tu]/.test(flags)
  const wanted = (socket: Socket): boolean => {
    const protocol = socket.protocol === 'tcp' ? 't' : socket.protocol === 'udp' ? 'u' : null
    if (protocol === null || !(both || flags.includes(protocol))) return false
    if (filter.state === null && !flags.includes('a') && CLIENT_STATES.has(socket.state) !== flags.includes('l')) return false
    return filter.matches(socket)
  }
  const sockets = [...context.netns.sockets.sockets.values()].filter(wanted)
  const order = (socket: Socket): number => (socket.protocol === 'udp' ? 0 : socket.state === 'LISTEN' ? 1 : 2)
  sockets.sort((a, b) => order(a) - order(b))
  const netid = both || (flags.includes('t') && flags.includes('u'))
  return printed(table(sockets, { netid, state: filter.state === null, header: !flags.includes('H') }))
}

interface Filter {
  readonly state: string | null
  readonly matches: (socket: Socket) => boolean
}

/** `state established`, `sport = :80`, `dport = :443`; several must all hold. */
function readFilter(words: readonly string[]): Filter | string {
  const tests: ((socket: Socket) => boolean)[] = []
  let state: string | null = null
  const text = words.join(' ').replace(/[()]/g, ' ')
  const pattern = /\s*(?:and\s+)?(?:state\s+(\S+)|(sport|dport)\s*(?:==?|eq)?\s*:?(\d+))\s*/y
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex
    const match = pattern.exec(text)
    if (match === null)
      return `ss: bison bellows (while parsing filter): "syntax error!" Sorry.\nss: filter "${text.slice(at)}" is not modelled`
    if (match[1] !== undefined) {
      state = match[1]
      const name = STATE_NAMES[match[1]]
      if (name === undefined) return `ss: wrong state name: ${match[1]}`
      tests.push((socket) => socket.state === name)
    } else {
      const port = Number(match[3])
      const local = match[2] === 'sport'
      tests.push((socket) => (local ? socket.localPort : socket.remotePort) === port)
    }
  }
  return { state, matches: (socket) => tests.every((test) => test(socket)) }
}

const STATE_NAMES: Readonly<Record<string, Socket['state']>> = {
  established: 'ESTAB',
  listening: 'LISTEN',
  'syn-sent': 'SYN-SENT',
  'syn-recv': 'SYN-RECV',
  'fin-wait-1': 'FIN-WAIT-1',
  'fin-wait-2': 'FIN-WAIT-2',
  'time-wait': 'TIME-WAIT',
  'close-wait': 'CLOSE-WAIT',
  'last-ack': 'LAST-ACK',
  closing: 'CLOSING',
}

/** Columns as wide as their longest cell; addresses align at the colon. */
function table(sockets: readonly Socket[], shown: { readonly netid: boolean; readonly state: boolean; readonly header: boolean }): string {
  const rows = sockets.map((socket) => ({
    netid: socket.protocol,
    state: socket.state as string,
    receive: '0',
    send: socket.state === 'LISTEN' ? '4096' : '0',
    local: socket.localAddress === null ? '0.0.0.0' : formatAddress(socket.localAddress),
    localPort: String(socket.localPort),
    peer: socket.remoteAddress === null ? '0.0.0.0' : formatAddress(socket.remoteAddress),
    peerPort: socket.remotePort === null ? '*' : String(socket.remotePort),
  }))
  const head = {
    netid: 'Netid',
    state: 'State',
    receive: 'Recv-Q',
    send: 'Send-Q',
    local: 'Local Address',
    localPort: 'Port',
    peer: 'Peer Address',
    peerPort: 'Port',
  }
  const all = shown.header ? [head, ...rows] : rows
  const width = (name: keyof typeof head): number => Math.max(0, ...all.map((row) => row[name].length))
  const widths = {
    netid: width('netid'),
    state: width('state'),
    receive: head.receive.length,
    send: head.send.length,
    local: width('local'),
    localPort: width('localPort'),
    peer: width('peer'),
    peerPort: width('peerPort'),
  }
  const line = (row: typeof head): string => {
    const cells = [
      row.receive.padEnd(widths.receive),
      row.send.padEnd(widths.send),
      `${row.local.padStart(widths.local)}:${row.localPort.padEnd(widths.localPort)}`,
      `${row.peer.padStart(widths.peer)}:${row.peerPort.padEnd(widths.peerPort)}`,
    ]
    if (shown.state) cells.unshift(row.state.padEnd(widths.state))
    if (shown.netid) cells.unshift(row.netid.padEnd(widths.netid))
    return cells.join(' ')
  }
  return all.map((row) => `${line(row)}${row === head ? 'Process' : shown.header ? ' '.repeat('Process'.length) : ''}\n`).join('')
}
