/** Commands without their first word say how they are used, on stderr; the exit statuses are those of the real tools. */
import { expect, test } from 'vitest'
import { testTerminal } from './test-machine.ts'

test.each([
  ['ip', 'Usage: ip ', 255],
  ['ip help', 'Usage: ip ', 255],
  ['ip netns help', 'Usage:\tip netns list', 255],
  ['bridge', 'Usage: bridge ', 255],
  ['bridge help', 'Usage: bridge ', 255],
])('%s', (line, usage, code) => {
  const printed = testTerminal().see(line)
  expect(printed.startsWith(usage)).toBe(true)
  expect(printed.endsWith(`=> ${code}\n`)).toBe(true)
})

test.each([
  ['ip foo', 'Object "foo" is unknown, try "ip help".\n=> 1\n'],
  ['bridge foo', 'Object "foo" is unknown, try "bridge help".\n=> 255\n'],
])('%s', (line, answer) => {
  expect(testTerminal().see(line)).toBe(answer)
})
