/** What programs say to each other, in a few words. */
import { type DnsMessage, dnsMessageOf } from '../process/dns-message.ts'
import { type Message, messageOf } from '../process/http-message.ts'

export type MessageWords =
  | { readonly kind: 'question'; readonly name: string }
  | { readonly kind: 'answer'; readonly name: string; readonly answer: string }
  | { readonly kind: 'no-name'; readonly name: string; readonly rcode: string }
  | { readonly kind: 'empty'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string }

/** Reads a payload's data; null for data of programs it does not know. */
export function messageWords(data: unknown): MessageWords | null {
  const dns = dnsMessageOf(data)
  if (dns !== null) return dnsWords(dns)
  const message = messageOf(data)
  const text = message === null ? '' : firstLine(message)
  return text === '' ? null : { kind: 'text', text }
}

function dnsWords({ response, question, rcode, answers }: DnsMessage): MessageWords {
  const bare = question.name.replace(/\.$/, '')
  const name = question.type === 'A' ? bare : `${bare} (${question.type})`
  if (!response) return { kind: 'question', name }
  if (rcode !== 'NOERROR') return { kind: 'no-name', name, rcode }
  const data = answers.filter(({ type }) => type === question.type).map((record) => record.data)
  return data.length === 0 ? { kind: 'empty', name } : { kind: 'answer', name, answer: data.join(', ') }
}

function firstLine(message: Message): string {
  if (message.kind === 'http-request') return `${message.method} ${message.target} HTTP/1.1`
  if (message.kind === 'http-response') return `HTTP/1.1 ${message.status} ${message.reason}`
  return message.text.split(/\r?\n/, 1)[0] ?? ''
}
