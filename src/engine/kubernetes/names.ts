/** The API server's rules for names (apimachinery pkg/util/validation). */

const LABEL_1123 = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/

export type NameRule = 'label-1123' | 'label-1035' | 'subdomain-1123'

/** Why the name is refused, in the API server's sense; null when it is fine. */
export function nameProblem(name: string, rule: NameRule): string | null {
  const longest = rule === 'subdomain-1123' ? 253 : 63
  if (name.length > longest) return `must be at most ${longest} characters long`
  if (rule === 'label-1035')
    return LABEL_1035.test(name)
      ? null
      : "must consist of lower case letters, digits or '-', start with a letter, and end with a letter or digit"
  const parts = rule === 'subdomain-1123' ? name.split('.') : [name]
  if (parts.every((part) => LABEL_1123.test(part))) return null
  return `must consist of lower case letters, digits${rule === 'subdomain-1123' ? ", '-' or '.'" : " or '-'"}, and start and end with a letter or digit`
}

/** A name close to this one that the rule accepts; null when nothing is left of it. */
export function mendedName(name: string, rule: NameRule): string | null {
  const text = name
    .toLowerCase()
    .replace(rule === 'subdomain-1123' ? /[^-a-z0-9.]+/g : /[^-a-z0-9]+/g, '-')
    .replace(rule === 'label-1035' ? /^[^a-z]+/ : /^[^a-z0-9]+/, '')
    .slice(0, rule === 'subdomain-1123' ? 253 : 63)
    .replace(/[^a-z0-9]+$/, '')
  return text !== '' && nameProblem(text, rule) === null ? text : null
}

/** IANA_SVC_NAME: names of container ports and named targetPorts. */
export function portNameProblem(name: string): string | null {
  if (name.length > 15) return 'must be at most 15 characters long'
  if (!/^[-a-z0-9]+$/.test(name) || !/[a-z]/.test(name))
    return "must contain only lower case letters, digits and '-', and at least one letter"
  return /--|^-|-$/.test(name) ? "must not start or end with '-' nor contain '--'" : null
}

/** Label keys: 'name' or 'prefix.example/name'. */
export function labelKeyProblem(key: string): string | null {
  const parts = key.split('/')
  const name = parts.at(-1) ?? ''
  if (parts.length > 2 || name.length > 63 || !QUALIFIED.test(name))
    return "must be a name of letters, digits, '-', '_' or '.', at most 63 characters, with an optional DNS prefix and '/'"
  const prefix = parts.length === 2 ? parts[0] : undefined
  return prefix === undefined || nameProblem(prefix, 'subdomain-1123') === null ? null : 'has a prefix that is no DNS name'
}

/** Label values. */
export function labelValueProblem(value: string): string | null {
  return value === '' || (value.length <= 63 && QUALIFIED.test(value))
    ? null
    : "must be at most 63 letters, digits, '-', '_' or '.', starting and ending with a letter or digit"
}
