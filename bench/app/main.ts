/** `npm run bench:app [what]`: the bars of the built app, in a headless Chromium on this machine. */
import { cpus, loadavg } from 'node:os'
import { printRow, type Row } from '../measure.ts'
import { benchEdit } from './edit.ts'
import { benchFlight } from './flight.ts'
import { benchManyPods } from './many-pods.ts'
import { benchScrub } from './scrub.ts'
import { type Stage, withStage } from './stage.ts'
import { benchTransfer } from './transfer.ts'

const BENCHES: readonly ((stage: Stage) => Promise<readonly Row[]>)[] = [benchFlight, benchManyPods, benchScrub, benchTransfer, benchEdit]

/** Whatever else this machine does spoils frames: its load stands beside the figures. */
const load = (): string =>
  loadavg()
    .map((one) => one.toFixed(1))
    .join(' ')

const only = process.argv[2]?.toLowerCase()
console.log(`${cpus().length} processors, load ${load()}`)
let failed = false
await withStage(async (stage) => {
  for (const bench of BENCHES) {
    if (only && !bench.name.toLowerCase().includes(only)) continue
    for (const row of await bench(stage)) {
      printRow(row)
      if (row.holds === false) failed = true
    }
    console.log(`    load ${load()}`)
  }
})
process.exitCode = failed ? 1 : 0
