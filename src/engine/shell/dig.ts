/** BIND 9.18: bin/dig/dig.c, the command line. */
import { type Command, failed } from './command.ts'
import { dnsTypeOf, reverseName } from './dns-type.ts'
import { resolvConf } from './resolv-conf.ts'
import type { DigOptions } from './spawn.ts'
import { startProgram } from './start-program.ts'

/** `dig [@SERVER] [-x ADDRESS] [-p PORT] [-t TYPE] NAME [TYPE] [+short] [+tcp] [+search] [+noall +answer] [+tries=N] [+time=S]`. */
export const dig: Command = (argv, context) => {
  const options: { -readonly [K in keyof DigOptions]: DigOptions[K] } = {
    name: '',
    type: 'A',
    server: null,
    port: 53,
    short: false,
    noall: false,
    answer: false,
    search: false,
    tcp: false,
    tries: 3,
    timeoutMs: 5000,
    argv: argv.slice(1),
    resolver: resolvConf(context),
  }
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? ''
    const error = word.startsWith('+') ? readPlus(word, options) : null
    if (error !== null) return failed(error)
    if (word.startsWith('+')) continue
    if (word.startsWith('@')) options.server = word.slice(1)
    else if (word === '-x') {
      const name = reverseName(argv[++i] ?? '')
      if (name === null) return failed(`Invalid IP address ${argv[i] ?? ''}`, 1)
      options.name = name
      options.type = 'PTR'
    } else if (word === '-p') options.port = Number(argv[++i])
    else if (word === '-t' || word === '-q') {
      const value = argv[++i] ?? ''
      const type = dnsTypeOf(value)
      if (word === '-q') options.name = value
      else if (type === null) return failed(`;; Warning, ignoring invalid type ${value}`)
      else options.type = type
    } else if (word === '-4') continue
    else if (word.startsWith('-'))
      return failed(`Invalid option: ${word}\nUsage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}`)
    else if (word.toUpperCase() === 'IN') continue
    else if (options.name !== '' && dnsTypeOf(word) !== null) options.type = dnsTypeOf(word) ?? 'A'
    else if (options.name === '' && dnsTypeOf(word) !== null && i + 1 < argv.length) options.type = dnsTypeOf(word) ?? 'A'
    else if (options.name === '') options.name = word
    else return failed(`dig: several questions at once are not modelled (${word})`)
  }
  if (options.name === '') {
    options.name = '.'
    options.type = 'NS'
  }
  return startProgram(context, { program: 'dig', options })
}

function readPlus(word: string, options: { -readonly [K in keyof DigOptions]: DigOptions[K] }): string | null {
  const [name = '', value] = word.slice(1).split('=')
  if (name === 'short') options.short = true
  else if (name === 'noall') options.noall = true
  else if (name === 'answer') options.answer = true
  else if (name === 'search') options.search = true
  else if (name === 'tcp' || name === 'vc') options.tcp = true
  else if (name === 'notcp' || name === 'novc') options.tcp = false
  else if (name === 'tries') options.tries = Number(value)
  else if (name === 'retry') options.tries = Number(value) + 1
  else if (name === 'time' || name === 'timeout') options.timeoutMs = Number(value) * 1000
  else if (
    ![
      'nosearch',
      'recurse',
      'all',
      'cmd',
      'nocmd',
      'nocomments',
      'nostats',
      'noquestion',
      'nocookie',
      'noedns',
      'question',
      'stats',
      'comments',
    ].includes(name)
  )
    return `Invalid option: ${word}\nUsage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}`
  return null
}
