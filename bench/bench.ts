/** `npm run bench`: the engine's bars, side by side with their peers in one run on this machine. */
import { spawnSync } from 'node:child_process'
import { cpus, loadavg } from 'node:os'
import { benchGrowth, benchLab } from './labs.ts'
import { printRow, type Row } from './measure.ts'
import { benchRules } from './rules.ts'
import { benchIpvs, benchServices, MEASURE_HERE, measureHere } from './services.ts'

const benches: readonly (() => Row | Row[] | Promise<Row[]>)[] = [benchRules, benchLab, benchServices, benchIpvs, benchGrowth]
const [program = '', only, mode] = process.argv.slice(1)
if (only === MEASURE_HERE) {
  measureHere(mode === 'ipvs' ? 'ipvs' : 'iptables')
  process.exit()
}
const chosen = benches.filter(({ name }) => only === undefined || name.toLowerCase().includes(only.toLowerCase()))
const [first, ...others] = chosen
if (first === undefined) {
  console.error(`No bench has ${only} in its name: ${benches.map(({ name }) => name).join(', ')}.`)
  process.exitCode = 2
} else if (others.length === 0) {
  for (const row of [await first()].flat()) {
    printRow(row)
    if (row.holds === false) process.exitCode = 1
  }
} else {
  // The peers run beside everything else that this machine does: a busy one spoils the comparison.
  const load = loadavg().map((minutes) => minutes.toFixed(1))
  console.log(`${cpus().length} processors, load ${load.join(' ')}`)
  // Each in a process of its own: what another one leaves on the heap, or has taught the JIT compiler, is not its own.
  for (const { name } of chosen) {
    const { status } = spawnSync(process.execPath, [program, name], { stdio: 'inherit' })
    if (status !== 0) process.exitCode = 1
  }
}
