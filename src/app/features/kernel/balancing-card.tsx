import { Check } from 'lucide-react'
import type { KernelBalancing, KernelView } from '../../../engine/simulation/kernel-view.ts'
import styles from './chains.module.css'

const HOW: Readonly<Record<KernelBalancing['how'], string>> = {
  scheduled: 'a new connection: the scheduler chooses',
  persistent: 'this client stays with the server it had',
  known: 'a known connection keeps its server',
  none: 'no server takes connections',
}

/** The packet is in IPVS. */
export function isBalanced({ balancing, stations }: KernelView): boolean {
  return balancing !== null && stations.some(({ run, current }) => current && run.startsWith('ip_vs'))
}

/** The virtual server of IPVS that has the packet, with its real servers. */
export function BalancingCard({ balancing }: { readonly balancing: KernelBalancing }) {
  const { service, scheduler, how, servers } = balancing
  return (
    <section className={styles.chain} aria-label={`IPVS service ${service}`}>
      <header>
        <h3>
          IPVS {service}, {scheduler}
        </h3>
        <p>{HOW[how]}</p>
      </header>
      {servers.map(({ server, weight, active, inactive, chosen }) => (
        <div key={server} className={styles.rule} data-state={chosen ? 'matched' : 'ahead'} data-effect={chosen ? 'rewrites' : undefined}>
          <span className={styles.sign}>{chosen && <Check size={12} aria-label="chosen" />}</span>
          <p className={styles.line}>
            <code>{server}</code>
            <span className={styles.target}>
              weight {weight}, {active} active, {inactive} inactive
            </span>
          </p>
        </div>
      ))}
      {servers.length === 0 && <p className={styles.more}>no real servers</p>}
    </section>
  )
}
