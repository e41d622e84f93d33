/** Cost of one more rule that does not match: ours, traced and untraced, and this kernel's iptables-legacy and iptables-nft. */
import { spawnSync } from 'node:child_process'
import { createNetNs } from '../src/engine/linux/create-netns.ts'
import { nfHook } from '../src/engine/linux/netfilter/nf-hook.ts'
import { restoreText } from '../src/engine/linux/netfilter/restore.ts'
import { watchNetNs } from '../src/engine/linux/watch-netns.ts'
import { type Ipv4, parseIpv4 } from '../src/engine/net/ipv4.ts'
import { newIpPacket } from '../src/engine/net/new-packet.ts'
import { chooserOf, seededState } from '../src/engine/simulation/chooser.ts'
import { bestMs, type Row } from './measure.ts'

const RULES = 2000
const PACKETS = 500
const KERNEL_PACKETS = 20_000

/** Rules on addresses that nobody has, as a firewall's deny list holds them. */
const ruleLines = (count: number): string =>
  Array.from({ length: count }, (_, i) => `-A OUTPUT -s 10.${(i >> 8) & 255}.${i & 255}.1/32 -j DROP\n`).join('')
const saveText = (count: number): string =>
  `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${ruleLines(count)}COMMIT\n`

const address = (text: string): Ipv4 => parseIpv4(text) ?? (0 as Ipv4)

/** Nanoseconds of one rule in our evaluator. */
function oursNs(traced: boolean): number {
  const ns = createNetNs('bench', { nowMs: 0, chooser: chooserOf(seededState(1)), nextPacketId: 1 })
  const error = restoreText(ns.netfilter.ip, saveText(RULES), {
    noflush: false,
    counters: false,
    table: null,
    origin: null,
    lineOrigins: null,
    test: false,
  })
  if (error) throw new Error(error.message)
  let events = 0
  if (traced) watchNetNs(ns, () => void events++)
  const transport = { kind: 'udp', sourcePort: 1, destinationPort: 9 } as const
  const packet = newIpPacket({ id: 1, source: address('127.0.0.1'), destination: address('127.0.0.1'), protocol: 17, transport })
  const state = { in: null, out: 'lo', route: null, bridged: false }
  const ms = bestMs(15, () => {
    for (let i = 0; i < PACKETS; i++) nfHook(ns, 'OUTPUT', packet, state)
  })
  return (ms * 1e6) / (PACKETS * RULES)
}

const SENDER = `
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
r = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); r.bind(("127.0.0.1", 9))
best = 1e9
for _ in range(5):
    t = time.perf_counter()
    for _ in range(${KERNEL_PACKETS}): s.sendto(b"x", ("127.0.0.1", 9))
    best = min(best, time.perf_counter() - t)
print(best)
`

/** Nanoseconds of one rule in the kernel: the time that packets over lo take with the rules, less without. Null where it cannot run. */
function kernelNs(variant: 'legacy' | 'nft'): number | null {
  const seconds = (rules: number): number | null => {
    const script = `ip link set lo up\niptables-${variant}-restore <<'R'\n${saveText(rules)}R\npython3 - <<'S'\n${SENDER}S\n`
    const run = spawnSync('unshare', ['--net', 'bash', '-e', '-c', script])
    return run.status === 0 ? Number(run.stdout.toString()) : null
  }
  const without = seconds(0)
  const withRules = seconds(RULES)
  return without === null || withRules === null ? null : ((withRules - without) * 1e9) / (KERNEL_PACKETS * RULES)
}

export function benchRules(): Row {
  const untraced = oursNs(false)
  const traced = oursNs(true)
  const legacy = kernelNs('legacy')
  const nft = kernelNs('nft')
  const show = (ns: number | null): string => (ns === null ? 'cannot run here' : `${ns.toFixed(1)} ns`)
  return {
    what: 'one more rule that does not match',
    ours: `${show(untraced)} (traced ${show(traced)})`,
    peer: `kernel iptables-legacy ${show(legacy)}, iptables-nft ${show(nft)}`,
    bar: '≤ legacy',
    holds: legacy === null ? null : untraced <= legacy,
  }
}
