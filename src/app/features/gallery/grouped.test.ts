import { expect, it } from 'vitest'
import { GALLERY } from '../../../scenarios/gallery.ts'
import { grouped } from './grouped.ts'

const files = (wanted: string) => grouped(GALLERY, wanted).flatMap(({ entries }) => entries.map(({ file }) => file))

it('shows everything in groups when nothing is asked for', () => {
  expect(grouped(GALLERY, ' ').map(({ group }) => group)).toEqual(['First steps', 'Services', 'IPVS', 'CNI plugins', 'Broken on purpose'])
  expect(files('')).toHaveLength(GALLERY.length)
})

it('finds every word, in title, summary, group or file, in any case', () => {
  expect(files('HAIRPIN masquerade')).toEqual(['service-hairpin'])
  expect(files('flannel udp')).toContain('flannel-udp')
  expect(files('nobody wrote about this')).toEqual([])
})

it('says what there is to see in plain words', () => {
  for (const { title, summary } of GALLERY) {
    expect(`${title} ${summary}`).not.toMatch(/`|\*\*|^#/)
    expect(title.length, title).toBeLessThanOrEqual(40)
    expect(summary, title).toMatch(/^\S.{20,150}\.$/)
  }
})
