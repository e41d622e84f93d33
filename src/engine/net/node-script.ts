/**
 * NodeScript: the commands one machine would be given by its kubelet, CNI plugin, kube-proxy and administrator, in
 * order; and the programs that run on it. Everything the simulated kernel knows about a cluster comes in through this text.
 */
export interface ScriptOrigin {
  /** 'kube-proxy', 'cni/bridge', 'kubelet', 'cloud/internet-gateway', 'script' … */
  readonly component: string
  /** 'service/default/web', 'pod/default/web-1', …; null for none. */
  readonly object: string | null
  /** 1-based line of that object in the scenario text; null where it comes from no text. */
  readonly line: number | null
}

export interface ScriptCommand {
  /** One command line in the machine's initial namespace, e.g. "ip link add cni0 type bridge". */
  readonly run: string
  /** Its standard input (iptables-restore, ipset restore), or null. */
  readonly stdin: string | null
  readonly origin: ScriptOrigin
  /** For commands that load many objects at once: origin of each line of `stdin`, null where it is `origin`. */
  readonly lines: readonly (ScriptOrigin | null)[] | null
}

/** A NIC that the machine has when it boots. */
export interface NicSpec {
  readonly name: string
  readonly network: string
  readonly mac: string
}

/** A program that runs on the machine from the start. */
export interface ProgramSpec {
  /** `ip netns` name; null for the initial namespace. */
  readonly netns: string | null
  /** Which program in `process/`: 'http-server' answers HTTP and any TCP or UDP question, 'coredns' answers DNS, 'service-health' kube-proxy's health checks, 'flanneld' carries packets between nodes. */
  readonly program: 'http-server' | 'coredns' | 'service-health' | 'flanneld'
  readonly listen: readonly { readonly protocol: 'tcp' | 'udp' | 'sctp'; readonly port: number; readonly address: string | null }[]
  /** What the user calls it: 'pod/default/web-1' with the container's name, or 'host/db'. */
  readonly owner: string
  readonly container: string | null
  /** Program configuration, as the program defines it (CoreDNS: its records). */
  readonly config: unknown
  readonly origin: ScriptOrigin
}

export interface NodeScript {
  /** 'node/worker-1', 'host/client', 'gateway', 'internet'. */
  readonly machine: string
  readonly hostname: string
  readonly nics: readonly NicSpec[]
  /** `ip netns` name → name the user knows ('pod/default/web-1'). */
  readonly netns: ReadonlyMap<string, string>
  /** Its /etc/resolv.conf. Not written by a command: a lab shares /etc with the machine it runs on. */
  readonly resolvConf: string
  readonly commands: readonly ScriptCommand[]
  readonly programs: readonly ProgramSpec[]
  /** Programs that go on with another configuration. */
  readonly reconfigured?: readonly ProgramSpec[]
}
