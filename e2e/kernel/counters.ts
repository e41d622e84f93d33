/** `iptables-save -c` text as counters by table and rule, for comparison. */

/** Key: `table -A CHAIN …`; the n-th of several equal rules gets ` #n`. Value: packets. */
export function ruleCounters(save: string): Map<string, number> {
  const counters = new Map<string, number>()
  let table = ''
  for (const line of save.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim()
    const rule = /^\[(\d+):\d+\] (-A .*)$/.exec(line)
    if (!rule) continue
    let key = `${table} ${rule[2]}`
    for (let copy = 2; counters.has(key); copy++) key = `${table} ${rule[2]} #${copy}`
    counters.set(key, Number(rule[1]))
  }
  return counters
}

/** Lines that say where two sets of counters differ; empty when they agree. */
export function counterDifferences(where: string, kernel: string, simulated: string): string[] {
  const real = ruleCounters(kernel)
  const ours = ruleCounters(simulated)
  const keys = [...new Set([...real.keys(), ...ours.keys()])]
  return keys
    .filter((key) => real.get(key) !== ours.get(key))
    .map((key) => `${where}: kernel ${real.get(key) ?? 'no such rule'}, simulator ${ours.get(key) ?? 'no such rule'}: ${key}`)
}
