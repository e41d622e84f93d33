import { describe, expect, it } from 'vitest'
import { drawnTethers } from './network-views.tsx'

const tethers = (service: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ service, pod: `pod/default/${service}-${index}`, points: [] }))
const drawn = (selected: string | null, chosen: readonly string[]) =>
  drawnTethers({ tethers: [...tethers('few', 8), ...tethers('many', 9)], chosen: new Set(chosen), selected }).map(
    ({ pod }) => pod.split('/')[2],
  )

describe('tethers', () => {
  it('of few endpoints are all drawn, of many only the chosen one', () => {
    expect(drawn(null, ['pod/default/many-4'])).toEqual([...tethers('few', 8).map((_, index) => `few-${index}`), 'many-4'])
  })

  it('of many endpoints are all drawn for a Service that is selected', () => {
    expect(drawn('many', [])).toHaveLength(17)
  })
})
