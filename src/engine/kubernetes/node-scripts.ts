/** Cluster → the commands every machine would be given. */
import type { NodeScript } from '../net/node-script.ts'
import type { Cluster } from './cluster.ts'

/** With `before` null: scripts of fresh machines (nodes, hosts, gateway, internet). Otherwise only what changes. */
export function nodeScripts(_before: Cluster | null, _after: Cluster): NodeScript[] {
  return []
}
