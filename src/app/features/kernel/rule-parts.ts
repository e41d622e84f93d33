/** A rule's text in the parts that are set apart: what it asks, what it does, and its comment. Pure. */

export interface RuleParts {
  readonly condition: string
  readonly target: string
  readonly comment: string | null
}

const COMMENT = / -m comment --comment ("(?:[^"\\]|\\.)*"|\S+)/

/** `text` as iptables-save prints it. */
export function ruleParts(text: string, chain: string): RuleParts {
  const comment = COMMENT.exec(text)?.[1] ?? null
  const rest = text.replace(`-A ${chain}`, '').replace(COMMENT, '')
  const [, condition = '', target = ''] = /^(.*?)(?: -[jg] (.*))?$/.exec(rest) ?? []
  return {
    condition: condition.trim(),
    target: target.trim(),
    comment: comment === null ? null : comment.replace(/^"(.*)"$/, '$1').replace(/\\(.)/g, '$1'),
  }
}
