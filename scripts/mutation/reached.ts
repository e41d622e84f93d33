/** Set-up file of the first run of the tests: which test file reached which mutation, one line of JSON for each test file. */
import { appendFileSync } from 'node:fs'
import { afterAll, expect } from 'vitest'

const reached = new Set<number>()
Object.assign(globalThis, {
  reached: (mutation: number, value: unknown) => {
    reached.add(mutation)
    return value
  },
})
afterAll(() => {
  appendFileSync('reached.jsonl', `${JSON.stringify({ file: expect.getState().testPath, reached: [...reached] })}\n`)
})
