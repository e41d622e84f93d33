/** ip_vs_mh.c builds its table from `last_weight`: a server whose weight goes to 0 leaves the others their clients. */
import { expect, test } from 'vitest'
import { director, service, VIP } from '../../shell/ipvs-lab.fixture.ts'
import type { Lab } from '../../shell/test-lab.ts'

const PORTS = Array.from({ length: 24 }, (_, index) => 4000 + index * 37)

/** Which pod answers, by the port of the client. */
function answers(lab: Lab): string[] {
  return PORTS.map((sourcePort) => {
    const result = lab.exchange('ext', 'tcp', `${VIP}:80`, { sourcePort, forMs: 300 })
    lab.sh('ipvsadm --zero')
    return /^delivered: (p\d)/.exec(result)?.[1] ?? 'nobody'
  })
}

function lab(flags: string, ...lines: string[]): Lab {
  return director(...service([11, 12, 13], `-s mh -b ${flags}`), ...lines)
}

const stop = (weight: number) => `ipvsadm -e -t ${VIP}:80 -r 10.0.0.11:8080 -m -w ${weight}`

test('without a fallback its own clients get no answer, the others keep their server', () => {
  const before = answers(lab('mh-port'))
  expect(new Set(before)).toEqual(new Set(['p1', 'p2', 'p3']))
  expect(answers(lab('mh-port', stop(0)))).toEqual(before.map((pod) => (pod === 'p1' ? 'nobody' : pod)))
  expect(answers(lab('mh-port', stop(0), stop(1)))).toEqual(before)
})

test('with a fallback its clients go to the others, who keep their own', () => {
  const before = answers(lab('mh-port,mh-fallback'))
  const after = answers(lab('mh-port,mh-fallback', stop(0)))
  expect(after.map((pod, index) => (before[index] === 'p1' ? '' : pod))).toEqual(before.map((pod) => (pod === 'p1' ? '' : pod)))
  expect(after).not.toContain('p1')
  expect(after).not.toContain('nobody')
})
