import { describe, expect, it } from 'vitest'
import { KEY_GROUPS, keyWords } from './commands.ts'

const commands = KEY_GROUPS.flatMap(({ rows }) => rows.flatMap((row) => row.commands))

describe('the key table', () => {
  it('gives each key to one command at most', () => {
    const heard = commands.flatMap(({ keys, run }) => (run === null ? [] : keys))
    expect(heard.filter((key, index) => heard.indexOf(key) !== index)).toEqual([])
  })

  it('holds every key of the design', () => {
    const keys = commands.flatMap((command) => command.keys)
    for (const key of ['Space', 'k', 'Shift+ArrowLeft', 'Alt+ArrowLeft', 'Alt+ArrowRight', 'Ctrl+ArrowRight', 'Home', 'n', 'd', 'm', 'w'])
      expect(keys).toContain(key)
    for (const key of ['[', ']', '1', '2', '0', 'f', 'Ctrl+k', '/', 'e', 'i', 'g y', '?', 'Ctrl+Enter', 'Escape Tab', 'p', 'Shift+Space'])
      expect(keys).toContain(key)
  })

  it('says keys as people read them', () => {
    expect(['Shift+ArrowLeft', 'Ctrl+k', 'g y', 'Space', 'Escape Tab', '['].map(keyWords)).toEqual([
      'Shift ←',
      'Ctrl K',
      'G then Y',
      'Space',
      'Esc then Tab',
      '[',
    ])
  })

  it('offers the focus path to the command menu under the name of its button', () => {
    expect(commands.find(({ name }) => name === 'Focus path')?.keys).toEqual(['f'])
  })
})
