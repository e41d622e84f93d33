/**
 * Extensions that iptables has. One without a file in matches/ or targets/ is not modelled: a rule that uses it loads and prints; a packet
 * that reaches it ends with the verdict UNSUPPORTED, since nobody can say what would happen.
 */

/** Match extensions of iptables 1.8.9 beyond those that this engine began with. */
export const KNOWN_MATCHES: ReadonlySet<string> = new Set(
  (
    'ah bpf cgroup cluster connbytes connlabel connlimit cpu dccp devgroup dscp ecn esp helper nfacct osf policy quota ' +
    'realm socket string time tos u32 udplite'
  ).split(' '),
)

/** Of these, the ones that turn connection tracking on. */
export const KNOWN_NEED_CONNTRACK: ReadonlySet<string> = new Set([
  'connbytes',
  'connlabel',
  'connlimit',
  'helper',
  'SYNPROXY',
  'CONNSECMARK',
])

/** Target extensions of iptables 1.8.9 beyond those that this engine began with. */
export const KNOWN_TARGETS: ReadonlySet<string> = new Set(
  (
    'AUDIT CHECKSUM CLASSIFY CLUSTERIP CONNSECMARK DSCP ECN HMARK IDLETIMER LED RATEEST SECMARK SYNPROXY ' +
    'TCPOPTSTRIP TEE TOS TPROXY ULOG'
  ).split(' '),
)
