/** A node with a virtual address on a dummy device, and services on it, for tests of IPVS in the datapath. Not part of the program. */
import { type Lab, nodeLab } from './test-lab.ts'

/** The virtual address. */
export const VIP = '10.96.0.10'

/** What is for the virtual address gets a mark, by which it is masqueraded. */
export const MASQUERADE: readonly string[] = [
  `iptables -t nat -A PREROUTING -d ${VIP} -j MARK --set-mark 0x4000`,
  `iptables -t nat -A OUTPUT -d ${VIP} -j MARK --set-mark 0x4000`,
  'iptables -t nat -A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE',
]

/** The node with the virtual address on a dummy device that is down, conntrack on for IPVS, and these lines. */
export function director(...lines: string[]): Lab {
  const lab = nodeLab()
  lab.sh(
    ['ip link add kube-ipvs0 type dummy', `ip addr add ${VIP}/32 dev kube-ipvs0`, 'sysctl -w net.ipv4.vs.conntrack=1', ...lines].join('\n'),
  )
  lab.events.length = 0
  lab.wire.length = 0
  return lab
}

/** A service on the virtual address, port 80, with these pods as servers, added in this order. */
export function service(servers: readonly number[], options = '-s rr', how = '-m'): string[] {
  return [`ipvsadm -A -t ${VIP}:80 ${options}`, ...servers.map((n) => `ipvsadm -a -t ${VIP}:80 -r 10.0.0.${n}:8080 ${how}`)]
}

/** The last bytes of the servers that `count` exchanges reached: "13 12 11". */
export function servers(lab: Lab, count: number, from = 'ext', to = `${VIP}:80`): string {
  return Array.from({ length: count }, () => {
    const result = lab.exchange(from, 'tcp', to)
    return /^delivered: p(\d)/.exec(result)?.[1]?.replace(/^/, '1') ?? result
  }).join(' ')
}
