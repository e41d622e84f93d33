import { expect, test } from 'vitest'
import { completed, type EditedLine, entered, insert, keysOf, NO_LINE, press } from './line-editor.ts'

/** Types keys; `|` in the result is the cursor. */
function typed(data: string, from: EditedLine = NO_LINE): string {
  const { text, cursor } = keysOf(data).reduce((line, key) => press(line, key).line, from)
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`
}

const UP = '\u001b[A'
const DOWN = '\u001b[B'
const LEFT = '\u001b[D'
const history = ['ip addr', 'ip route'].reduce((line, text) => entered(insert(line, text)), NO_LINE)

test.each([
  ['letters', 'ip addr', 'ip addr|'],
  ['in the middle', `ip adr${LEFT}d`, 'ip add|r'],
  ['backspace', 'ipp\u007f addr', 'ip addr|'],
  ['delete', `ipp${LEFT}\u001b[3~`, 'ip|'],
  ['to the beginning and the end', `b\u0001a\u001b[Fc`, 'abc|'],
  ['a word back', 'ip link show\u001b[1;5D', 'ip link |show'],
  ['erase a word', 'ip link show\u0017', 'ip link |'],
  ['erase to the beginning', 'ip link\u0015', '|'],
  ['erase to the end', `ip link${LEFT}${LEFT}\u000b`, 'ip li|'],
  ['unknown keys', 'a\u001b[24~\u001bz\u0002b', 'ab|'],
])('%s', (_, data, expected) => {
  expect(typed(data)).toBe(expected)
})

test.each([
  ['up', UP, 'ip route|'],
  ['up to the oldest', UP + UP + UP, 'ip addr|'],
  ['down again', UP + UP + DOWN, 'ip route|'],
  ['back to what was being typed', `ss${UP}${DOWN}`, 'ss|'],
])('history: %s', (_, data, expected) => {
  expect(typed(data, history)).toBe(expected)
})

test('an entered line is kept once, an empty one not at all', () => {
  expect(entered(insert(history, 'ip route ')).history).toEqual(['ip addr', 'ip route'])
  expect(entered(insert(history, '  ')).history).toEqual(['ip addr', 'ip route'])
})

test('a paste of several lines is entered line by line', () => {
  expect(keysOf('ip a\r\nss\n').map((key) => press(NO_LINE, key).asked)).toEqual([null, null, null, null, 'enter', null, null, 'enter'])
})

test.each([
  ['ipt', ['iptables', 'iptables-save'], 'iptables|'],
  ['ip link set e', ['eth0'], 'ip link set eth0 |'],
  ['ip x', [], 'ip x|'],
])('completion of "%s" from %j', (text, words, expected) => {
  const { text: after, cursor } = completed(insert(NO_LINE, text), words)
  expect(`${after.slice(0, cursor)}|${after.slice(cursor)}`).toBe(expected)
})
