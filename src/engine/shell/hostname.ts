/** Debian hostname 3.23: hostname.c. */
import { formatAddress } from '../net/address.ts'
import { type Command, failed, printed, type ShellContext } from './command.ts'

/** gethostname(2). A pod has its own UTS namespace: its name is the pod's. */
export function hostNameOf({ netns, machine }: Pick<ShellContext, 'netns' | 'machine'>): string {
  return /^pod\/[^/]+\/(.+)$/.exec(netns.name)?.[1] ?? machine.hostname
}

/** `hostname`, `hostname -s`, and `-I`: all addresses but loopback's. */
export const hostname: Command = (argv, context) => {
  const option = argv[1]
  const name = hostNameOf(context)
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
