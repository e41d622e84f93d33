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

/** `count` of them, picked by a seed (mulberry32), the same for the same tree. */
export function pickMutations(all: readonly Mutation[], seed: number, count: number): Mutation[] {
  let state = seed >>> 0
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const left = [...all]
  return Array.from({ length: Math.min(count, all.length) }, () => left.splice(Math.floor(random() * left.length), 1)).flat()
}
