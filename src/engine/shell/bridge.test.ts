/** Expected texts were captured from iproute2 6.1. */
import { expect, test } from 'vitest'
import { testTerminal } from './test-machine.ts'

test('bridge fdb', () => {
  const { see } = testTerminal()
  see(
    'ip link add cni0 address 02:00:00:00:00:01 type bridge; ip link add va address 02:00:00:00:00:0a type veth peer name vb; ip link set va master cni0',
  )
  expect(see('bridge fdb add 02:00:00:00:00:99 dev va master static')).toBe('')
  expect(see('bridge fdb add 02:00:00:00:00:99 dev va master static')).toBe('RTNETLINK answers: File exists\n=> 255\n')
  expect(see('bridge fdb show br cni0')).toBe(`02:00:00:00:00:01 dev cni0 master cni0 permanent
02:00:00:00:00:99 dev va master cni0 static
02:00:00:00:00:0a dev va master cni0 permanent
`)
  expect(see('bridge fdb show dev va')).toBe('02:00:00:00:00:99 master cni0 static\n02:00:00:00:00:0a master cni0 permanent\n')
  expect(see('bridge fdb del 02:00:00:00:00:99 dev va master')).toBe('')
  expect(see('bridge fdb del 02:00:00:00:00:99 dev va master')).toBe('RTNETLINK answers: No such file or directory\n=> 255\n')
  expect(see('bridge fdb add 02:00:00:00:00:99 dev vb master static')).toBe('RTNETLINK answers: Operation not supported\n=> 255\n')
  expect(see('bridge fdb add zz dev va master')).toBe('Invalid mac address zz\n=> 255\n')
  expect(see('bridge fdb show dev nope')).toBe('Cannot find device "nope"\n=> 255\n')
})
