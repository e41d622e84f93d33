/** Every random decision of the kernel goes through one injected chooser: seeded, forced, or enumerating all branches. */

/** One branching decision. `odds` sum to 1; the answer is an index into them. */
export interface Choice {
  readonly kind: 'statistic' | 'ecmp' | 'ipvs' | 'loss'
  /** Where: namespace name and rule or route text; for forcing and for the narrator. */
  readonly where: string
  readonly odds: readonly number[]
}

export interface Chooser {
  /** A decision whose branches matter (enumerated by "all branches"). Returns the index of the branch taken. */
  choose(choice: Choice): number
  /** A uniform integer 0 … count−1 whose value does not branch the story: ephemeral ports, sequence numbers, MACs. */
  pick(kind: 'port' | 'isn' | 'ip-id' | 'mac' | 'jitter', count: number): number
}
