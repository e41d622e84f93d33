import { expect, test } from 'vitest'
import { isSameData } from './same-data.ts'

const toggle = (): void => {}

class Machine {
  readonly #pods: number
  constructor(pods: number) {
    this.#pods = pods
  }
  get pods(): number {
    return this.#pods
  }
}
const machine = new Machine(1)

test.each<[string, unknown, unknown, boolean]>([
  ['numbers', 1, 1, true],
  ['another number', 1, 2, false],
  ['nothing and an object', null, {}, false],
  ['nothing twice', null, null, true],
  ['lists', [1, [2, 'a']], [1, [2, 'a']], true],
  ['a longer list', [1], [1, 2], false],
  ['a list and a record', [], {}, false],
  ['records', { pod: { name: 'a', ports: [80] } }, { pod: { name: 'a', ports: [80] } }, true],
  ['a value deep inside', { pod: { name: 'a', ports: [80] } }, { pod: { name: 'a', ports: [81] } }, false],
  ['another name', { a: 1 }, { b: 1 }, false],
  ['a name more', { a: undefined }, {}, false],
  ['sets', new Set(['a', 'b']), new Set(['b', 'a']), true],
  ['another set', new Set(['a']), new Set(['b']), false],
  ['two maps', new Map([['a', 1]]), new Map([['b', 2]]), false],
  ['two dates', new Date(1), new Date(2), false],
  ['two of a class', new Machine(1), new Machine(2), false],
  ['one of a class', machine, machine, true],
  ['one function', { toggle }, { toggle }, true],
  ['two functions', { toggle }, { toggle: () => {} }, false],
])('%s', (_, one, other, same) => {
  expect(isSameData(one, other)).toBe(same)
  expect(isSameData(other, one)).toBe(same)
})
