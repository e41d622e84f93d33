import { describe, expect, it } from 'vitest'
import { smallTopology } from '../../store/walk.fixture.ts'
import { matrixOf } from './matrix.ts'

const topology = smallTopology()

describe('the matrix of who reaches whom', () => {
  it('has pods and the internet as senders', () => {
    const { senders } = matrixOf(topology, 'services')
    expect(senders.map(({ ref }) => ref)).toContain('pod/default/webapp-k2xvp')
    expect(senders.every(({ ref }) => !ref.includes('kube-system'))).toBe(true)
  })

  it('walks to Services by their name, from outside by their node port, and nowhere where there is none', () => {
    const { columns } = matrixOf(topology, 'services')
    const column = columns.find(({ key }) => key.includes('webapp-sql1'))
    expect(column?.target('pod/default/webapp-k2xvp')).toBe('tcp://svc/default/webapp-sql1:3306')
    expect(column?.target('internet')).toBeNull()
  })

  it('asks no pod about itself', () => {
    const column = matrixOf(topology, 'pods').columns.find(({ key }) => key.startsWith('pod/default/mysql-1 '))
    expect(column?.target('pod/default/mysql-1')).toBeNull()
    expect(column?.target('pod/default/webapp-k2xvp')).toBe('tcp://pod/default/mysql-1:3306')
  })
})
