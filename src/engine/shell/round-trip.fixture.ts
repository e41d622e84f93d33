/** A machine for the properties of what can be typed again. */
import { runCommandLine } from './commands.ts'
import { createLab } from './test-lab.ts'

/** Devices and addresses that listings are about. */
export const DEVICES = `ip link set lo up
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
ip link add br0 address 02:00:00:00:00:10 type bridge
ip link set v1 master br0
ip link set v0 up
ip link set v1 up
ip link set br0 up
ip link add vx0 address 02:00:00:00:00:20 type vxlan id 42 dev v0 dstport 8472 nolearning
ip addr add 10.0.0.1/16 dev v0
ip addr add 10.0.0.2/16 dev v0`

/** A machine with these devices; typing throws when a command fails. */
export function machine(script = DEVICES): (line: string, stdin?: string) => string {
  const lab = createLab()
  const type = (line: string, stdin = ''): string => {
    const context = { machine: lab.machine, netns: lab.ns('node'), stdin, origin: null, lineOrigins: null, kube: null, spawn: null }
    const { stdout, stderr, code } = runCommandLine(line, context)
    if (code !== 0) throw new Error(`${line}: ${stderr}`)
    return stdout
  }
  for (const line of script.split('\n')) if (line !== '') type(line)
  return type
}
