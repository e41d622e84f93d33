/** Source text that holds its mutations behind switches, so that a test can be run with each of them without loading anything anew. */
import ts from 'typescript'
import type { Mutation } from './mutations.ts'

/** A mutation and the number that its switch asks for. */
export type Numbered = readonly [number: number, mutation: Mutation]

const covers = ([, outer]: Numbered, [, inner]: Numbered): boolean =>
  outer.expression.from <= inner.expression.from && inner.expression.to <= outer.expression.to

/** Where a statement begins with an expression, a parenthesis in its place would continue the line before. */
function statementStarts(source: ts.SourceFile): ReadonlySet<number> {
  const starts = new Set<number>()
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node)) starts.add(node.getStart(source))
    ts.forEachChild(node, visit)
  }
  visit(source)
  return starts
}

/** `mutated(N) ? changed : as it was` in place of each expression that these mutations would change, one in the other where they nest. */
export function switched(file: string, text: string, mutations: readonly Numbered[]): string {
  const starts = statementStarts(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true))
  const width = ([, { expression }]: Numbered): number => expression.to - expression.from
  const render = (from: number, to: number, inside: readonly Numbered[]): string => {
    const [outer, ...others] = [...inside].sort((a, b) => width(b) - width(a))
    if (!outer) return text.slice(from, to)
    const [number, { expression, start, end, replacement }] = outer
    const nested = others.filter((other) => covers(outer, other))
    const beside = others.filter((other) => !covers(outer, other))
    const changed = text.slice(expression.from, start) + replacement + text.slice(end, expression.to)
    const same = render(expression.from, expression.to, nested)
    const choice = `${starts.has(expression.from) ? 'void 0, ' : ''}(globalThis.mutated(${number}) ? (${changed}) : (${same}))`
    const before = beside.filter(([, other]) => other.expression.to <= expression.from)
    const after = beside.filter(([, other]) => other.expression.from >= expression.to)
    return render(from, expression.from, before) + choice + render(expression.to, to, after)
  }
  return render(0, text.length, mutations)
}

/** An empty `Map` or `WeakMap` of the module: what stands there first, a test that runs again would find. */
function isCache(node: ts.Expression | undefined): node is ts.NewExpression {
  return node !== undefined && ts.isNewExpression(node) && /^(Weak)?Map$/.test(node.expression.getText()) && !node.arguments?.length
}

/** The text with a `forgetful()` Map in place of each cache, which the runner can empty. */
export function withForgettingCaches(file: string, text: string): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const caches = source.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => declarationList.declarations.map(({ initializer }) => initializer))
    .filter(isCache)
  return caches.reduceRight((whole, cache) => {
    const [from, to] = [cache.getStart(source), cache.getEnd()]
    return `${whole.slice(0, from)}globalThis.forgetful()${whole.slice(to)}`
  }, text)
}

/** The text with a call at the start of every loop, which ends a loop that a mutation made endless. */
export function withEndingLoops(file: string, text: string): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const bodies: ts.Statement[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isIterationStatement(node, false)) bodies.push(node.statement)
    ts.forEachChild(node, visit)
  }
  visit(source)
  const inserted = bodies.flatMap((body) =>
    ts.isBlock(body)
      ? [{ at: body.getStart(source) + 1, piece: ' globalThis.looped();' }]
      : [
          { at: body.getStart(source), piece: '{ globalThis.looped(); ' },
          { at: body.getEnd(), piece: '\n}' },
        ],
  )
  inserted.sort((a, b) => b.at - a.at)
  return inserted.reduce((whole, { at, piece }) => whole.slice(0, at) + piece + whole.slice(at), text)
}
