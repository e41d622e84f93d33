/** Kernel: lib/siphash.c, hsiphash() on 64-bit machines: SipHash-1-3, of which the low 32 bits are kept. */

/** A 64-bit word as two halves. */
interface Word {
  high: number
  low: number
}

function add(a: Word, b: Word): void {
  const low = (a.low >>> 0) + (b.low >>> 0)
  a.high = (a.high + b.high + (low > 0xffffffff ? 1 : 0)) | 0
  a.low = low | 0
}

function xor(a: Word, b: Word): void {
  a.high ^= b.high
  a.low ^= b.low
}

/** Rotates left by 1 … 31 bits. */
function rotate(word: Word, bits: number): void {
  const { high, low } = word
  word.high = (high << bits) | (low >>> (32 - bits))
  word.low = (low << bits) | (high >>> (32 - bits))
}

function swap(word: Word): void {
  const { high } = word
  word.high = word.low
  word.low = high
}

type State = readonly [Word, Word, Word, Word]

/** `SIPROUND`. */
function round([v0, v1, v2, v3]: State): void {
  add(v0, v1)
  rotate(v1, 13)
  xor(v1, v0)
  swap(v0)
  add(v2, v3)
  rotate(v3, 16)
  xor(v3, v2)
  add(v0, v3)
  rotate(v3, 21)
  xor(v3, v0)
  add(v2, v1)
  rotate(v1, 17)
  xor(v1, v2)
  swap(v2)
}

/** The hash of one 32-bit value under a key whose two words are both `key`. */
export function hsiphash(value: number, key: number): number {
  const word = (high: number, low: number): Word => ({ high: high | 0, low: (low ^ key) | 0 })
  const state: State = [
    word(0x736f6d65, 0x70736575),
    word(0x646f7261, 0x6e646f6d),
    word(0x6c796765, 0x6e657261),
    word(0x74656462, 0x79746573),
  ]
  const [v0, v1, v2, v3] = state
  // The last block: four bytes of data and the length, 4, in the highest byte.
  const block: Word = { high: 4 << 24, low: value | 0 }
  xor(v3, block)
  round(state)
  xor(v0, block)
  v2.low ^= 0xff
  for (let i = 0; i < 3; i++) round(state)
  return (v0.low ^ v1.low ^ v2.low ^ v3.low) >>> 0
}
