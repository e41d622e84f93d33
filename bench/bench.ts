/** `npm run bench`: the engine's bars, side by side with their peers in one run on this machine. */
import { cpus, loadavg } from 'node:os'
import { benchGrowth, benchLab } from './labs.ts'
import { printRow, type Row } from './measure.ts'
import { benchRules } from './rules.ts'
import { benchIpvs, benchServices, MEASURE_HERE, measureHere } from './services.ts'

const benches: (() => Row | Row[] | Promise<Row[]>)[] = [benchRules, benchLab, benchServices, benchIpvs, benchGrowth]
const [only, mode] = process.argv.slice(2)
if (only === MEASURE_HERE) {
  measureHere(mode === 'ipvs' ? 'ipvs' : 'iptables')
  process.exit()
}
// The peers run beside everything else that this machine does: a busy one spoils the comparison.
console.log(
  `${cpus().length} processors, load ${loadavg()
    .map((load) => load.toFixed(1))
    .join(' ')}`,
)
let failed = false
for (const bench of benches) {
  if (only && !bench.name.toLowerCase().includes(only.toLowerCase())) continue
  for (const row of [await bench()].flat()) {
    printRow(row)
    if (row.holds === false) failed = true
  }
}
process.exitCode = failed ? 1 : 0
