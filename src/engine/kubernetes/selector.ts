/** Label selectors of the simplest kind: every label must be there with that value. */
import type { Labels } from './cluster.ts'

/** Do the labels satisfy the selector? An empty selector matches everything. */
export function matchesLabels(selector: Labels, labels: Labels): boolean {
  for (const key in selector) if (labels[key] !== selector[key]) return false
  return true
}

/** Things of one namespace by one of their labels, so that a selector looks at few of them. */
export class LabelIndex<Item extends { readonly meta: { readonly namespace: string; readonly labels: Labels } }> {
  readonly #byLabel = new Map<string, Item[]>()
  readonly #byNamespace = new Map<string, Item[]>()

  constructor(items: readonly Item[]) {
    for (const item of items) {
      push(this.#byNamespace, item.meta.namespace, item)
      for (const [key, value] of Object.entries(item.meta.labels)) push(this.#byLabel, `${item.meta.namespace}\n${key}\n${value}`, item)
    }
  }

  /** The items of a namespace that the selector matches, in order. */
  select(namespace: string, selector: Labels): readonly Item[] {
    let smallest = this.#byNamespace.get(namespace) ?? []
    for (const [key, value] of Object.entries(selector)) {
      const items = this.#byLabel.get(`${namespace}\n${key}\n${value}`) ?? []
      if (items.length < smallest.length) smallest = items
    }
    return smallest.filter((item) => matchesLabels(selector, item.meta.labels))
  }
}

function push<Item>(map: Map<string, Item[]>, key: string, item: Item): void {
  const list = map.get(key)
  if (list) list.push(item)
  else map.set(key, [item])
}
