/** BIND 9.18: bin/dig/nslookup.c, the command line. */
import { type Command, failed } from './command.ts'
import { dnsTypeOf, reverseName } from './dns-type.ts'
import { resolvConf } from './resolv-conf.ts'
import type { NslookupOptions } from './spawn.ts'
import { startProgram } from './start-program.ts'

/** `nslookup [-type=TYPE] NAME [SERVER]`. */
export const nslookup: Command = (argv, context) => {
  let type: NslookupOptions['type'] = 'A'
  const words: string[] = []
  for (const word of argv.slice(1)) {
    const option = /^-(?:type|query|q|ty)=(.+)$/.exec(word)
    const given = option?.[1] === undefined ? null : dnsTypeOf(option[1])
    if (given !== null) type = given
    else if (option) return failed(`unknown query type: ${option[1]}`)
    else if (/^-(debug|timeout=|retry=)/.test(word)) continue
    else if (word.startsWith('-')) return failed(`*** Invalid option: ${word.slice(1)}`)
    else words.push(word)
  }
  const [name, server] = words
  if (name === undefined) return failed('nslookup: the interactive mode is not modelled')
  const reverse = reverseName(name)
  const options: NslookupOptions = {
    name: reverse ?? name,
    type: reverse === null ? type : 'PTR',
    server: server ?? null,
    resolver: resolvConf(context),
  }
  return startProgram(context, { program: 'nslookup', options })
}
