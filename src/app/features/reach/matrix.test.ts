import { describe, expect, it } from 'vitest'
import { matrixOf } from './matrix.ts'

const goal = (ref: string, port: number) => ({ ref, protocol: 'tcp' as const, port })
const sender = (ref: string) => ({ ref, members: [ref] })

describe('the matrix of who reaches whom', () => {
  it('names rows and columns, and says what a walk between them is asked for by', () => {
    const [web, db] = ['pod/default/webapp-k2xvp', 'pod/shop/db-0']
    const walk = (from: string, to: string) => [{ from, to: `tcp://${to}` }]
    const matrix = matrixOf({
      senders: [web, db, 'internet'].map(sender),
      goals: [goal('svc/shop/db', 3306), goal(db, 3306)],
      pairs: [
        [walk(web, 'svc/shop/db:3306'), walk(web, `${db}:3306`)],
        [walk(db, 'svc/shop/db:3306'), []],
        [walk('internet', 'node/worker-1:30306'), walk('internet', `${db}:3306`)],
      ],
    })
    expect(matrix.columns).toEqual([
      { key: 'svc/shop/db tcp 3306', name: 'shop/db', port: 'tcp 3306' },
      { key: 'pod/shop/db-0 tcp 3306', name: 'shop/db-0', port: 'tcp 3306' },
    ])
    expect(matrix.senders.map(({ name, targets }) => [name, ...targets])).toEqual([
      ['webapp-k2xvp', 'tcp://svc/shop/db:3306', 'tcp://pod/shop/db-0:3306'],
      ['shop/db-0', 'tcp://svc/shop/db:3306', null],
      ['internet', 'tcp://node/worker-1:30306', 'tcp://pod/shop/db-0:3306'],
    ])
    expect(matrix.left).toEqual({ senders: 0, columns: 0 })
  })

  it('leaves out what nobody could read', () => {
    const many = Array.from({ length: 50 }, (_, i) => `pod/default/p${i}`)
    const matrix = matrixOf({ senders: many.map(sender), goals: many.map((ref) => goal(ref, 80)), pairs: [] })
    expect([matrix.senders.length, matrix.columns.length, matrix.left]).toEqual([40, 24, { senders: 10, columns: 26 }])
  })
})
