/** Every gallery scenario in real network namespaces: same outcome, same seen addresses, same counter on every rule. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { differences } from './compare.ts'
import { whyNoKernel } from './kernel.ts'

const folder = new URL('../../src/scenarios/', import.meta.url).pathname
const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'))
const why = whyNoKernel()
if (why) console.warn(`kernel comparison skipped: ${why}`)

describe.skipIf(why !== null)('the simulator agrees with this kernel', () => {
  it.each(files)('%s', (file) => {
    expect(differences(readFileSync(join(folder, file), 'utf8'))).toEqual([])
  })
})
