/** The same walk in two scenarios: of two texts, or of one text under two settings. */
import type { Scenario } from '../kubernetes/scenario.ts'
import type { Trace } from './trace.ts'
import { findWalk, type WalkOptions, type WalkRequest, walk } from './walk.ts'
import type { WalkProblem } from './walk-client.ts'

/**
 * Runs a walk in both. A Walk document that the second does not have is taken by its ends there, after all its Scripts;
 * `side` says in which of the two it cannot be run.
 */
export function walkInBoth(
  scenarios: { readonly a: Scenario; readonly b: Scenario },
  request: WalkRequest,
  options: WalkOptions = {},
): { readonly a: Trace; readonly b: Trace } | (WalkProblem & { readonly side: 'a' | 'b' }) {
  const a = walk(scenarios.a, request, options)
  if ('problem' in a) return { ...a, side: 'a' }
  const b = walk(scenarios.b, inOther(scenarios, request), options)
  return 'problem' in b ? { ...b, side: 'b' } : { a, b }
}

function inOther(scenarios: { readonly a: Scenario; readonly b: Scenario }, request: WalkRequest): WalkRequest {
  if (!('problem' in findWalk(scenarios.b, request))) return request
  const asked = findWalk(scenarios.a, request)
  return 'problem' in asked ? request : { from: asked.spec.from, to: asked.spec.to }
}
