/** Kernel: net/netfilter/nf_conntrack_proto_tcp.c. */

export type TcpConntrackState = 'NONE' | 'SYN_SENT' | 'SYN_RECV' | 'ESTABLISHED' | 'FIN_WAIT' | 'CLOSE_WAIT' | 'LAST_ACK' | 'TIME_WAIT' | 'CLOSE' | 'SYN_SENT2'

/** What conntrack knows of one TCP connection. `end`: highest sequence number sent, per direction. */
export interface TcpConntrack {
  state: TcpConntrackState
  readonly end: { original: number | null; reply: number | null }
  readonly unacknowledged: { original: boolean; reply: boolean }
}
