/** Every gallery scenario, and those in ./scenarios, in real network namespaces: same outcome, same seen addresses, same counter on every rule. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { differences } from './compare.ts'
import { whyNoKernel } from './kernel.ts'

const folders = ['../../src/scenarios/', './scenarios/'].map((folder) => new URL(folder, import.meta.url).pathname)
const files = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => join(folder, file)),
)
const why = whyNoKernel()
if (why) console.warn(`kernel comparison skipped: ${why}`)

describe.skipIf(why !== null)('the simulator agrees with this kernel', () => {
  it.each(files)('%s', (file) => {
    expect(differences(readFileSync(file, 'utf8'))).toEqual([])
  })
})
