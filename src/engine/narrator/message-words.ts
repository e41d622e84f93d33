/** What programs say to each other, in a few words. */

export type MessageWords =
  | { readonly kind: 'question'; readonly name: string }
  | { readonly kind: 'answer'; readonly name: string; readonly answer: string }
  | { readonly kind: 'no-name'; readonly name: string; readonly rcode: string }
  | { readonly kind: 'empty'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string }

/** Reads a payload's data; null for data of programs it does not know. */
export function messageWords(data: unknown): MessageWords | null {
  if (typeof data !== 'string') return null
  const line = data.split(/\r?\n/, 1)[0] ?? ''
  return line === '' ? null : { kind: 'text', text: line }
}
