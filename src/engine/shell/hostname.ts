/** Debian hostname 3.23: hostname.c. */
import { formatAddress } from '../net/address.ts'
import { type Command, failed, printed } from './command.ts'

/** `hostname`, `hostname -s`, and `-I`: all addresses but loopback's. A pod has its own UTS namespace: its name is the pod's. */
export const hostname: Command = (argv, context) => {
  const option = argv[1]
  const pod = /^pod\/[^/]+\/(.+)$/.exec(context.netns.name)
  const name = pod?.[1] ?? context.machine.hostname
  if (option === undefined || option === '-s' || option === '-f') return printed(`${option === '-s' ? name.split('.')[0] : name}\n`)
  if (option !== '-I' && option !== '-i')
    return failed(
      option.startsWith('-') ? `hostname: invalid option -- '${option.slice(1, 2)}'` : 'hostname: you must be root to change the host name',
    )
  const addresses: string[] = []
  for (const device of context.netns.devices.values()) {
    if (device.kind !== 'loopback' && device.up) for (const address of device.addresses) addresses.push(formatAddress(address.local))
  }
  return printed(option === '-i' ? `${addresses[0] ?? '127.0.1.1'}\n` : `${addresses.join(' ')} \n`)
}
