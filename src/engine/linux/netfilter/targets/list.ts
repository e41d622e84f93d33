/** Every target extension. A new target is one file and one line here. */
import { KNOWN_TARGETS } from '../unmodelled.ts'
import { connmarkTarget } from './connmark.ts'
import { ct, notrack } from './ct.ts'
import { dnat } from './dnat.ts'
import { log } from './log.ts'
import { markTarget } from './mark.ts'
import { masquerade } from './masquerade.ts'
import { netmap } from './netmap.ts'
import { nflog } from './nflog.ts'
import { nfqueue } from './nfqueue.ts'
import { redirect } from './redirect.ts'
import { reject } from './reject.ts'
import { setTarget } from './set.ts'
import { snat } from './snat.ts'
import { accept, drop, returnTarget } from './standard.ts'
import type { Target, TargetExtension } from './target.ts'
import { tcpmssTarget } from './tcpmss.ts'
import { trace } from './trace.ts'
import { ttlTarget } from './ttl.ts'
import { unmodelledTarget } from './unmodelled.ts'

const LIST: readonly TargetExtension<Target>[] = [
  ...[accept, drop, returnTarget, reject, markTarget, connmarkTarget, dnat, snat, masquerade, redirect, log, ct, notrack, trace],
  ...[netmap, nflog, nfqueue, setTarget, tcpmssTarget, ttlTarget],
]

/** Target extensions by name; those of the list take the place of what would only keep its text. */
export const TARGETS: ReadonlyMap<string, TargetExtension<Target>> = new Map(
  [...[...KNOWN_TARGETS].map(unmodelledTarget), ...LIST].map((target) => [target.name, target]),
)
