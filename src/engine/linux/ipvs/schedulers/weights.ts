/** Kernel: lib/math/gcd.c, and its users ip_vs_wrr_gcd_weight() and ip_vs_mh_gcd_weight(). */

/** gcd(a, 0) is a. */
function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}

/** The greatest common divisor of the weights that are not 0; 0 when there is none. */
export function gcdOfWeights(weights: readonly number[]): number {
  return weights.reduce(gcd, 0)
}
