/** Who is to blame where a packet has no way to go. */
import { decidedBy } from './drop.ts'
import type { FibError } from './fib.ts'
import { policyRuleText, routeText } from './route-text.ts'
import type { DropBy } from './trace-event.ts'

/** Who says that there is no route: the refusing route or rule, or that nothing matched. */
export function refusedBy(error: FibError): DropBy {
  if (error.by === null) return decidedBy('route', error.error === 'ENETUNREACH' ? 'network is unreachable' : 'no route to host')
  return 'destination' in error.by ? decidedBy('route', routeText(error.by)) : decidedBy('route', policyRuleText(error.by))
}
