/** The operator mutations that can be placed in a TypeScript source file, found in its syntax tree. */
import ts from 'typescript'

export type MutationKind = 'comparison' | 'constant' | 'branch' | 'and/or' | 'plus/minus' | 'boolean'

/** One change: characters `start` to `end` of the file become `replacement`. */
export interface Mutation {
  readonly file: string
  readonly kind: MutationKind
  readonly start: number
  readonly end: number
  readonly replacement: string
  /** The expression around it: characters `from` to `to`. */
  readonly expression: { readonly from: number; readonly to: number }
  /** Evaluated when the module loads, not in a function. */
  readonly atLoad: boolean
}

export interface Pick {
  readonly seed: number
  readonly count: number
}

const OPERATORS: ReadonlyMap<ts.SyntaxKind, readonly [MutationKind, readonly string[]]> = new Map<
  ts.SyntaxKind,
  readonly [MutationKind, readonly string[]]
>([
  [ts.SyntaxKind.LessThanToken, ['comparison', ['<=', '>=']]],
  [ts.SyntaxKind.LessThanEqualsToken, ['comparison', ['<', '>']]],
  [ts.SyntaxKind.GreaterThanToken, ['comparison', ['>=', '<=']]],
  [ts.SyntaxKind.GreaterThanEqualsToken, ['comparison', ['>', '<']]],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, ['comparison', ['!==']]],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, ['comparison', ['===']]],
  [ts.SyntaxKind.AmpersandAmpersandToken, ['and/or', ['||']]],
  [ts.SyntaxKind.BarBarToken, ['and/or', ['&&']]],
  [ts.SyntaxKind.PlusToken, ['plus/minus', ['-']]],
  [ts.SyntaxKind.MinusToken, ['plus/minus', ['+']]],
  [ts.SyntaxKind.PlusEqualsToken, ['plus/minus', ['-=']]],
  [ts.SyntaxKind.MinusEqualsToken, ['plus/minus', ['+=']]],
])

function isText(node: ts.Node): boolean {
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) return isText(node.left) || isText(node.right)
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)
}

function isName(node: ts.Node): boolean {
  return ts.isPropertyAssignment(node.parent) && node.parent.name === node
}

function isInFunction(node: ts.Node): boolean {
  return node.parent !== undefined && (ts.isFunctionLike(node.parent) || isInFunction(node.parent))
}

/** `import.meta.glob(…)` is replaced while building and takes literals only. */
function isGlob(node: ts.Node): boolean {
  return ts.isCallExpression(node) && node.expression.getText().startsWith('import.meta.glob')
}

/** Every mutation of one file. Types, imports and string concatenation have none. */
export function mutationsOf(file: string, text: string): Mutation[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found: Mutation[] = []
  const replace = (kind: MutationKind, node: ts.Node, replacement: string, around = node): void => {
    const expression = { from: around.getStart(source), to: around.getEnd() }
    found.push({ file, kind, start: node.getStart(source), end: node.getEnd(), replacement, expression, atLoad: !isInFunction(node) })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isImportDeclaration(node)) return
    if (isGlob(node)) return
    if (ts.isBinaryExpression(node)) {
      const [kind, others] = OPERATORS.get(node.operatorToken.kind) ?? ['comparison', []]
      if (!(kind === 'plus/minus' && (isText(node.left) || isText(node.right))))
        for (const other of others) replace(kind, node.operatorToken, other, node)
    }
    if (ts.isNumericLiteral(node) && !isName(node)) replace('constant', node, String(Number(node.text) + 1))
    if (node.kind === ts.SyntaxKind.TrueKeyword) replace('boolean', node, 'false')
    if (node.kind === ts.SyntaxKind.FalseKeyword) replace('boolean', node, 'true')
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
      replace('boolean', node, node.operand.getText(source))
    if (ts.isIfStatement(node)) replace('branch', node.expression, 'false')
    if (ts.isConditionalExpression(node)) replace('branch', node, `(${node.whenFalse.getText(source)})`)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** A number below 2 ** 32 that looks random (FNV-1a, mixed as in MurmurHash3). */
function hash(text: string): number {
  let mixed = 0x811c9dc5
  for (const character of text) mixed = Math.imul(mixed ^ (character.codePointAt(0) ?? 0), 0x01000193)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/**
 * `count` of them, picked by a seed. Each has a random place in the order that hangs on its own line only, so that a change elsewhere in the tree
 * leaves the others picked; the first 60 of 600 are those that a count of 60 picks.
 */
export function pickMutations(all: readonly Mutation[], texts: ReadonlyMap<string, string>, { seed, count }: Pick): Mutation[] {
  const seen = new Map<string, number>()
  const order = all.map((mutation) => {
    const text = texts.get(mutation.file) ?? ''
    const line = text.slice(text.lastIndexOf('\n', mutation.start - 1) + 1, text.indexOf('\n', mutation.end)).trim()
    const words = `${seed} ${mutation.file} ${mutation.kind} ${line} ${mutation.replacement}`
    const nth = seen.get(words) ?? 0
    seen.set(words, nth + 1)
    return { mutation, place: hash(`${words} ${nth}`) }
  })
  order.sort((a, b) => a.place - b.place)
  return order.slice(0, count).map(({ mutation }) => mutation)
}
