/** Kernel: include/linux/jhash.h (Bob Jenkins' lookup3). */
import { ipv4 } from '../../net/ipv4.ts'

const INITIAL = 0xdeadbeef

function rol(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

/** `jhash2()` of 32-bit words: 0 … 2³²−1. */
export function jhash2(words: readonly number[], seed: number): number {
  let a = (INITIAL + (words.length << 2) + seed) | 0
  let b = a
  let c = a
  let at = 0
  const word = (i: number) => words[i] ?? 0
  for (; words.length - at > 3; at += 3) {
    a = (a + word(at)) | 0
    b = (b + word(at + 1)) | 0
    c = (c + word(at + 2)) | 0
    a = ((a - c) ^ rol(c, 4)) | 0
    c = (c + b) | 0
    b = ((b - a) ^ rol(a, 6)) | 0
    a = (a + c) | 0
    c = ((c - b) ^ rol(b, 8)) | 0
    b = (b + a) | 0
    a = ((a - c) ^ rol(c, 16)) | 0
    c = (c + b) | 0
    b = ((b - a) ^ rol(a, 19)) | 0
    a = (a + c) | 0
    c = ((c - b) ^ rol(b, 4)) | 0
    b = (b + a) | 0
  }
  if (at === words.length) return ipv4(c)
  a = (a + word(at)) | 0
  b = (b + word(at + 1)) | 0
  c = (c + word(at + 2)) | 0
  c = ((c ^ b) - rol(b, 14)) | 0
  a = ((a ^ c) - rol(c, 11)) | 0
  b = ((b ^ a) - rol(a, 25)) | 0
  c = ((c ^ b) - rol(b, 16)) | 0
  a = ((a ^ c) - rol(c, 4)) | 0
  b = ((b ^ a) - rol(a, 14)) | 0
  return ipv4((c ^ b) - rol(b, 24))
}

/** An address as the kernel of a little-endian machine sees its four bytes in network order as one word. */
export function networkWord(address: number): number {
  return ipv4(((address & 255) << 24) | (((address >>> 8) & 255) << 16) | (((address >>> 16) & 255) << 8) | (address >>> 24))
}
