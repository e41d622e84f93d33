/** What the gallery says about a scenario: its opening comment, and what it holds. Pure. */
export interface Description {
  readonly title: string
  readonly words: string
  /** "2 Deployments, 2 Services, 1 Walk" */
  readonly kinds: string
}

/** Names a scenario by its file, describes it by the comment at the top of its text, and counts the documents by kind. */
export function describe(name: string, text: string): Description {
  const comment: string[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) comment.push(line.replace(/^#\s?/, '').trim())
    else if (line.trim() !== '' && line !== '---') break
  }
  return { title: titleOf(name), words: comment.join(' '), kinds: kindsOf(text) }
}

function titleOf(name: string): string {
  const words = name.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function kindsOf(text: string): string {
  const counts = new Map<string, number>()
  for (const [, kind = ''] of text.matchAll(/^kind:\s*(\w+)/gm)) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return [...counts]
    .map(([kind, count]) => `${count} ${kind}${count === 1 ? '' : kind.endsWith('s') ? 'es' : kind.endsWith('y') ? '' : 's'}`)
    .join(', ')
}
