/** HTTP/1.1 (RFC 9112) messages as Payload.data, and the echo of servers that were sent something else. */

export interface HttpRequest {
  readonly kind: 'http-request'
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

export interface HttpResponse {
  readonly kind: 'http-response'
  readonly status: number
  readonly reason: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
  /** Who answers: 'pod/default/web-1:8080'. */
  readonly server: string
  /** "10.244.1.5:43210", as the server saw it. */
  readonly client: string
}

/** Plain bytes that a person typed (nc). */
export interface TextMessage {
  readonly kind: 'text'
  readonly text: string
}

/** A server's answer to plain bytes. */
export interface EchoMessage {
  readonly kind: 'echo'
  readonly text: string
  readonly server: string
  readonly client: string
}

export type Message = HttpRequest | HttpResponse | TextMessage | EchoMessage

/** The message in a payload, if it is one of these. */
export function messageOf(data: unknown): Message | null {
  if (typeof data !== 'object' || data === null || !('kind' in data)) return null
  const { kind } = data
  return kind === 'http-request' || kind === 'http-response' || kind === 'text' || kind === 'echo' ? (data as Message) : null
}

/** The bytes on the wire, as text. */
export function printMessage(message: Message): string {
  if (message.kind === 'text' || message.kind === 'echo') return message.text
  const first =
    message.kind === 'http-request' ? `${message.method} ${message.target} HTTP/1.1` : `HTTP/1.1 ${message.status} ${message.reason}`
  return `${first}\r\n${printHeaders(message.headers)}\r\n${message.body}`
}

/** Header lines, each with its CRLF. */
export function printHeaders(headers: readonly (readonly [string, string])[]): string {
  return headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
}

/** Bytes of a text in UTF-8. */
export function byteLength(text: string): number {
  let length = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return length
}
