/** Which documents the list shows, and what is wrong with them. Pure. */
import type { Diagnostic } from '../../../engine/kubernetes/diagnostic.ts'
import type { DocumentInfo } from '../../../engine/kubernetes/scenario.ts'

/** Those whose kind, namespace and name hold every word, in the order of the text. */
export function matchingDocuments(documents: readonly DocumentInfo[], words: string): readonly DocumentInfo[] {
  const wanted = words
    .toLowerCase()
    .split(/[\s/]+/)
    .filter(Boolean)
  if (wanted.length === 0) return documents
  return documents.filter(({ kind, namespace, name }) => {
    const text = `${kind} ${namespace ?? ''} ${name}`.toLowerCase()
    return wanted.every((word) => text.includes(word))
  })
}

/** The worst that is said of a document; notes do not count. */
export function worstIn({ range }: DocumentInfo, diagnostics: readonly Diagnostic[]): 'error' | 'warning' | null {
  const own = diagnostics.filter((one) => one.range.from >= range.from && one.range.from < range.to)
  return own.some(({ severity }) => severity === 'error') ? 'error' : own.some(({ severity }) => severity === 'warning') ? 'warning' : null
}
