/** Targets that iptables has and this engine does not model: kept as text, and a packet that reaches one is UNSUPPORTED. */
import type { Target, TargetExtension } from './target.ts'

export interface UnmodelledTarget extends Target {
  /** The options as they were written. */
  readonly text: string
}

/** The extension object of one target that is not modelled. */
export function unmodelledTarget(name: string): TargetExtension<UnmodelledTarget> {
  return {
    name,
    tables: null,
    hooks: null,
    options: [],
    keepsText: true,
    parse: () => ({ name, text: '' }),
    print: (target) => target.text,
    list: (target) => target.text.trimStart(),
    apply: (_target, packet) => ({ kind: 'UNSUPPORTED', packet }),
  }
}
