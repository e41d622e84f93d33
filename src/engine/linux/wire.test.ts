/**
 * What left a machine when, frame by frame, on Linux 6.18 (what needs IPVS or IPIP: on 6.1): commands, frames put on its cables (`>`), what it printed
 * (`|`) and sent (`<`), while time passed (`wait`, ms); `serve`: a program that answers with whom it sees. Its devices e1, e2 and e3 have 02:00:00:00:00:01 and so on; at the other ends nobody answers.
 * What the kernel does at most so often (tcp_invalid_ratelimit) was not limited. The commands and frames are random; left out is where the two differed.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { replay } from '../shell/wire.fixture.ts'

const FOLDER = 'src/engine/linux/testdata/wire/'
describe.each(readdirSync(FOLDER))('%s', (name) => {
  const worlds = readFileSync(FOLDER + name, 'utf8')
    .split(/^# /m)
    .slice(1)
    .map((text) => text.replace(/\n+$/, '').split('\n'))

  it.each(worlds.map(([title = '', ...lines]) => ({ title, lines })))('$title', ({ lines }) => {
    expect(replay(lines)).toEqual(lines)
  })
})
