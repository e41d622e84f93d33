/** `kubectl get`. Tables as pkg/printers/internalversion/printers.go makes them (see kubectl-tables.ts). */
import { stringify } from 'yaml'
import { type CommandResult, failed, type KubeApi, printed } from './command.ts'
import { notModelled } from './ip-arguments.ts'
import type { KubectlOptions } from './kubectl-options.ts'
import { type KubeObject, metadataOf, type Resource, tableOf } from './kubectl-tables.ts'
import { readSelector, readTargets } from './kubectl-targets.ts'

/** Objects of one resource that were asked for. */
interface Selection {
  readonly resource: Resource
  readonly objects: readonly KubeObject[]
}

/** `kubectl get RESOURCE[,RESOURCE] [NAME…]`. */
export function kubectlGet(words: readonly string[], options: KubectlOptions, kube: KubeApi): CommandResult {
  const asked = readTargets(words, options)
  if ('code' in asked) return asked
  const format = options.output.replace(/=.*/s, '').replace(/^(?:json|yaml|name)$/i, (word) => word.toLowerCase())
  if (!['', 'wide', 'yaml', 'json', 'name'].includes(format)) {
    if (/^(jsonpath|custom-columns|go-template)/.test(format)) return notModelled('kubectl', `-o ${format}`)
    return failed(
      `error: unable to match a printer suitable for the output format "${options.output}", allowed formats are: custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,wide,yaml`,
    )
  }
  const matches = options.selector === null ? () => true : readSelector(options.selector)
  if (typeof matches !== 'function') return matches
  const selections: Selection[] = []
  let stderr = ''
  for (const { resource, names } of asked) {
    const namespace = resource.namespaced && !options.allNamespaces ? options.namespace : null
    const listed = kube.list(resource.plural, namespace)
    if (listed === null) return failed(`error: the server doesn't have a resource type "${resource.plural}"`)
    const all = listed as readonly KubeObject[]
    for (const name of names)
      if (!all.some((object) => metadataOf(object).name === name))
        stderr += `Error from server (NotFound): ${resource.full} "${name}" not found\n`
    const named = names.flatMap((name) => all.filter((object) => metadataOf(object).name === name))
    selections.push({ resource, objects: names.length > 0 ? named : all.filter((object) => matches(metadataOf(object).labels ?? {})) })
  }
  const single = asked.length === 1 && asked[0]?.names.length === 1
  const stdout = print(selections, options, { format, single, complete: stderr === '' })
  if (stdout === '' && stderr === '' && format !== 'name') {
    const scoped = asked.every(({ resource }) => resource.namespaced) && !options.allNamespaces
    return { ...printed(''), stderr: scoped ? `No resources found in ${options.namespace} namespace.\n` : 'No resources found\n' }
  }
  return { stdout, stderr, code: stderr === '' ? 0 : 1, effects: [] }
}

interface Printing {
  readonly format: string
  /** One object was named. */
  readonly single: boolean
  /** All that were named are there. */
  readonly complete: boolean
}

function print(selections: readonly Selection[], options: KubectlOptions, { format, single, complete }: Printing): string {
  if (format === 'name')
    return selections
      .flatMap(({ resource, objects }) => objects.map((object) => `${resource.kindPath}/${metadataOf(object).name}\n`))
      .join('')
  if (format === 'yaml' || format === 'json') {
    const objects = selections.flatMap((selection) => selection.objects)
    if (single && !complete) return ''
    const value = sortKeys(single ? objects[0] : { apiVersion: 'v1', items: objects, kind: 'List', metadata: { resourceVersion: '' } })
    return format === 'json' ? `${JSON.stringify(value, null, 4)}\n` : stringify(value, { version: '1.1', lineWidth: 0, indentSeq: false })
  }
  const shown = selections.filter(({ objects }) => objects.length > 0)
  const prefix = selections.length > 1
  const wide = format === 'wide'
  const tables = shown.map(({ resource, objects }, i) => {
    // get.go: printWithNamespace stays set from one table to the next.
    const namespace = options.allNamespaces && shown.slice(0, i + 1).some((one) => one.resource.namespaced)
    return formatTable(tableOf(resource, objects, { wide, namespace, prefix, labels: options.showLabels }), options.headers)
  })
  return tables.join(options.headers ? '\n' : '')
}

/** Keys in alphabetical order, as the YAML printer of kubectl gives them. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const held = new Map<string, unknown>(Object.entries(value))
  return Object.fromEntries([...held.keys()].sort().map((key) => [key, sortKeys(held.get(key))]))
}

/** cli-runtime's tabwriter: three spaces after the longest cell, six columns at least; the last one is not padded. */
function formatTable(rows: readonly (readonly string[])[], headers: boolean): string {
  const shown = headers ? rows : rows.slice(1)
  const widths = (shown[0] ?? []).map((_cell, column) => Math.max(6, ...shown.map((row) => `${row[column]}   `.length)))
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('')
  return shown.map((row) => `${line(row)}\n`).join('')
}
