import { describe, expect, it } from 'vitest'
import { createClient } from './client.ts'
import type { Request, Response } from './messages.ts'

describe('createClient', () => {
  /** A client whose server is played by hand. */
  function page() {
    const asked: Request[] = []
    const heard: Response[] = []
    let answer: (response: Response) => void = () => {}
    const client = createClient(
      {
        post: (request) => asked.push(request),
        listen: (receive) => {
          answer = receive
        },
      },
      (response) => heard.push(response),
    )
    return { client, asked, heard, answer: (response: Response) => answer(response) }
  }
  const scenario = (revision: number): Response => ({
    type: 'scenario',
    revision,
    diagnostics: [],
    documents: [],
    walks: [],
    topology: null,
  })
  const pageOf = (id: number): Response => ({ type: 'page', id, revision: 1, records: [], sentences: [] })

  it('says hello, and reports a server of another version', () => {
    const { asked, heard, answer } = page()
    expect(asked).toEqual([{ type: 'hello', version: 1 }])
    answer({ type: 'ready', version: 2 })
    expect(heard).toMatchObject([{ type: 'failed', about: 'open', message: expect.stringContaining('Reload the page') }])
  })

  it('drops what a newer text has made stale', () => {
    const { client, heard, answer } = page()
    client.open(1, 'a')
    client.open(2, 'b')
    answer(scenario(1))
    answer(scenario(2))
    expect(heard).toEqual([scenario(2)])
  })

  it('gives credit for pages of the present walk only, and drops those of others', () => {
    const { client, asked, heard, answer } = page()
    client.open(1, 'a')
    client.walk(1, 1, { name: 'w', branch: null })
    client.walk(2, 1, { name: 'w', branch: null })
    answer(pageOf(1))
    answer(pageOf(2))
    client.cancel(2)
    answer(pageOf(2))
    expect(heard).toEqual([pageOf(2)])
    expect(asked.filter(({ type }) => type === 'credit')).toEqual([{ type: 'credit', id: 2 }])
  })

  it('rejects what is still open when the server is gone', async () => {
    const { client } = page()
    const asked = client.ask('lab', { text: '', walk: null })
    client.close('The engine stopped.')
    await expect(asked).rejects.toThrow('The engine stopped.')
  })

  it('settles each inspect with its own answer', async () => {
    const { client, answer } = page()
    const [first, second] = [
      client.ask('namespaceState', { id: 1, n: 0, where: 'gateway' }),
      client.ask('namespaceState', { id: 1, n: 1, where: 'nowhere' }),
    ]
    answer({ type: 'failed', about: 'ask', id: 2, revision: 1, message: 'There is no nowhere at this moment.' })
    answer({ type: 'answer', request: 1, answer: { where: 'gateway', n: 0, sections: [] } })
    await expect(first).resolves.toEqual({ where: 'gateway', n: 0, sections: [] })
    await expect(second).rejects.toThrow('There is no nowhere')
  })
})
