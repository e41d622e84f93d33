/** What of a text of commands counts as failed: the last command of each list, as typed, with its line; `sh -c` counts as one. */
import { expect, test } from 'vitest'
import { testTerminal } from './test-machine.ts'

const NOT_FOUND = 'bash: nosuch: command not found\n'

test.each<[string, readonly (readonly [text: string, line: number, stderr: string, code: number])[] | undefined, number]>([
  ['true', undefined, 0],
  ['', undefined, 0],
  ['false', [['false', 1, '', 1]], 1],
  ['nosuch', [['nosuch', 1, NOT_FOUND, 127]], 127],
  ['nosuch; true', [['nosuch', 1, NOT_FOUND, 127]], 0],
  [
    'false; nosuch',
    [
      ['false', 1, '', 1],
      ['nosuch', 1, NOT_FOUND, 127],
    ],
    127,
  ],
  ['true\nnosuch\ntrue', [['nosuch', 2, NOT_FOUND, 127]], 0],
  ['nosuch || true', undefined, 0],
  ['nosuch && true', [['nosuch', 1, NOT_FOUND, 127]], 127],
  ['false && true', undefined, 1],
  ['false && true; true', undefined, 0],
  ['true || nosuch', undefined, 0],
  ['true && nosuch', [['nosuch', 1, NOT_FOUND, 127]], 127],
  ['nosuch | true', undefined, 0],
  ['true | false', [['true | false', 1, '', 1]], 1],
  ["bash -c 'nosuch; true'", undefined, 0],
  ["bash -c 'nosuch; true'; true", undefined, 0],
  ["true; bash -c 'nosuch; true'", undefined, 0],
  ["bash -c 'true; nosuch'", [["bash -c 'true; nosuch'", 1, NOT_FOUND, 127]], 127],
  ["sh -c 'nosuch; false'; true", [["sh -c 'nosuch; false'", 1, NOT_FOUND, 1]], 0],
  ['bash -c', [['bash -c', 1, 'bash: -c: option requires an argument\n', 2]], 2],
  ['bash -x', [['bash -x', 1, 'bash: -x: not modelled: use -c\n', 2]], 2],
  ['sudo', undefined, 0],
  ['sudo false', [['sudo false', 1, '', 1]], 1],
])('%s', (line, failed, code) => {
  const { failures, ...result } = testTerminal().type(line)
  expect(failures).toEqual(failed?.map(([text, place, stderr, own]) => ({ text, line: place, stderr, code: own })))
  expect(result.code).toBe(code)
})

test('what two commands print, and what they send', () => {
  const { stdout, stderr, effects, elsewhere } = testTerminal().type('echo a; nosuch; echo b; nosuch')
  expect({ stdout, stderr, effects, elsewhere }).toEqual({
    stdout: 'a\nb\n',
    stderr: NOT_FOUND + NOT_FOUND,
    effects: [],
    elsewhere: undefined,
  })
})

test('an error of grammar is the whole text', () => {
  const { failures, code } = testTerminal().type('echo a; (')
  expect(code).toBe(2)
  expect(failures).toHaveLength(1)
  expect(failures?.[0]).toMatchObject({ text: 'echo a; (', line: 1, code: 2 })
})
