/** One Linux machine: its initial network namespace, the named ones (`ip netns`), and the files that commands touch. */
import type { NetNs } from './netns.ts'

export interface Machine {
  /** 'node/worker-1', 'host/client', 'gateway' … */
  readonly name: string
  readonly hostname: string
  readonly root: NetNs
  /** Named namespaces by their `ip netns` name (not the name the user sees, which is `NetNs.name`). */
  readonly netns: Map<string, NetNs>
  /** `ip netns` name → the `NetNs.name` that `ip netns add` gives it; a name not listed becomes `MACHINE/NAME`. */
  readonly netnsNames: Map<string, string>
  /** Absolute path → text: /etc/resolv.conf, /etc/netns/NAME/resolv.conf … */
  readonly files: Map<string, string>
}
