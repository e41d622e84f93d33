/** Text as bytes, without an encoder of the platform. */

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** UTF-8 (RFC 3629); lone surrogates become U+FFFD. */
export function utf8(text: string): Uint8Array {
  const encoded = encodeURIComponent(text.replace(LONE_SURROGATE, '\ufffd'))
  const bytes: number[] = []
  for (let i = 0; i < encoded.length; i++) {
    if (encoded[i] === '%') {
      bytes.push(Number.parseInt(encoded.slice(i + 1, i + 3), 16))
      i += 2
    } else bytes.push(encoded.charCodeAt(i))
  }
  return Uint8Array.from(bytes)
}
