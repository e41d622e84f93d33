/** Deterministic names: where Kubernetes would draw at random, a hash of what the thing is decides, so that edits elsewhere change nothing. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Mac } from '../net/mac.ts'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
/** apimachinery util/rand: no vowels, so that no words arise. */
const SAFE = 'bcdfghjklmnpqrstvwxz2456789'

/** Every node's kube-proxy asks for the same chain names: SHA-256 was a tenth of what a large cluster takes to build. 5,000 Services with 4 endpoints have 25,000. */
const CHAIN_HASHES = new Map<string, string>()
const MOST_CHAIN_HASHES = 100_000

/** First 16 characters of base32(SHA-256): kube-proxy's chain names (pkg/proxy/iptables portProtoHash). */
export function chainHash(text: string): string {
  const known = CHAIN_HASHES.get(text)
  if (known !== undefined) return known
  if (CHAIN_HASHES.size >= MOST_CHAIN_HASHES) CHAIN_HASHES.clear()
  const hash = computedChainHash(text)
  CHAIN_HASHES.set(text, hash)
  return hash
}

function computedChainHash(text: string): string {
  const digest = sha256(utf8ToBytes(text))
  let bits = 0
  let value = 0
  let out = ''
  for (const byte of digest.subarray(0, 10)) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      out += BASE32[(value >> bits) & 31]
    }
    value &= (1 << bits) - 1
  }
  return out
}

/** Hex digits of SHA-256. */
export function hexHash(text: string, digits: number): string {
  return bytesToHex(sha256(utf8ToBytes(text))).slice(0, digits)
}

/** A number 0 … 2³²−1. */
export function numberHash(text: string): number {
  return Number.parseInt(hexHash(text, 8), 16)
}

/** Letters as in the suffixes of generated names ('k2xvp'). */
export function nameHash(text: string, letters: number): string {
  return [...sha256(utf8ToBytes(text)).subarray(0, letters)].map((byte) => SAFE[byte % SAFE.length]).join('')
}

/** A locally administered unicast MAC address. */
export function macHash(text: string): Mac {
  const hex = hexHash(`mac ${text}`, 12)
  const first = (Number.parseInt(hex.slice(0, 2), 16) & 0xfc) | 0x02
  return [first.toString(16).padStart(2, '0'), ...(hex.slice(2).match(/../g) ?? [])].join(':') as Mac
}

/** A UUID in form (RFC 9562 version 8: made of a hash). */
export function uuidHash(text: string): string {
  const hex = hexHash(text, 32)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
