/** iputils 20221126, arping.c: the unsolicited modes, which need no answer. */
import { arpCreate } from '../linux/arp-send.ts'
import { devQueueXmit } from '../linux/dev-queue-xmit.ts'
import { settle } from '../linux/settle.ts'
import { parseAddress } from '../net/address.ts'
import { MAC_BROADCAST } from '../net/mac.ts'
import { type Command, failed, printed } from './command.ts'
import { notModelled } from './ip-arguments.ts'
import { readOptions } from './start-program.ts'

/** `arping -U|-A -c COUNT -I DEVICE ADDRESS`: says on the segment who has an address of this machine. */
export const arping: Command = (argv, { netns }) => {
  const read = readOptions(argv, 'UAbq', 'cI')
  if ('unknown' in read) return notModelled('arping', `-${read.unknown}`)
  if ('missing' in read) return failed(`arping: option requires an argument -- '${read.missing}'`, 2)
  const [target] = read.words
  const advert = read.flags.includes('A')
  if (!advert && !read.flags.includes('U')) return notModelled('arping', 'waiting for answers (without -U or -A)')
  if (target === undefined) return failed('arping: usage error: Destination address required', 2)
  const address = parseAddress(target)
  if (address === null) return notModelled('arping', `the name ${target}`)
  const count = Number(read.values.get('c')?.at(-1) ?? Number.NaN)
  if (!Number.isInteger(count) || count < 1) return notModelled('arping', 'sending until interrupted (without -c)')
  const name = read.values.get('I')?.at(-1)
  if (name === undefined) return notModelled('arping', 'choosing a device (without -I)')
  const device = netns.devices.get(name)
  if (!device) return failed(`arping: Device ${name} not available.`, 2)
  if (!device.up) return failed(`arping: Interface "${name}" is down`, 2)
  if (![...netns.devices.values()].some(({ addresses }) => addresses.some(({ local }) => local === address)))
    return failed('arping: bind: Cannot assign requested address', 2)
  const frame = arpCreate(netns, device, {
    operation: advert ? 'reply' : 'request',
    senderAddress: address,
    targetAddress: address,
    targetMac: advert ? device.mac : MAC_BROADCAST,
  })
  const broadcast = frame.eth === null ? frame : { ...frame, eth: { ...frame.eth, destination: MAC_BROADCAST } }
  const text = `ARPING ${target} from ${target} ${name}\nSent ${count} probes (${count} broadcast(s))\nReceived 0 response(s)\n`
  const effects = Array.from({ length: count }, () => settle(netns, devQueueXmit(netns, name, broadcast))).flat()
  return printed(read.flags.includes('q') ? '' : text, effects)
}
