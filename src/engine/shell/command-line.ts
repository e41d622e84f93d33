/** The part of the shell's grammar (POSIX.1 XCU 2) that people type into a terminal: words, quotes, lists, pipes, redirections, here-documents. */

export type Redirection =
  | { readonly kind: 'write' | 'append'; readonly fd: 1 | 2 | 'both'; readonly path: string }
  | { readonly kind: 'read'; readonly path: string }
  | { readonly kind: 'here'; readonly text: string }
  /** `2>&1`, `>&2`. */
  | { readonly kind: 'duplicate'; readonly fd: 1 | 2; readonly of: 1 | 2 }

export interface SimpleCommand {
  readonly argv: readonly string[]
  readonly redirections: readonly Redirection[]
}

/** Commands joined by `|`, and how the pipeline depends on the one before it. */
export interface Pipeline {
  readonly after: ';' | '&&' | '||'
  readonly commands: readonly SimpleCommand[]
}

/** Where something stands in the text: offsets, the end excluded. */
export interface Place {
  readonly from: number
  readonly to: number
}

/** The parsed text, with the place of each pipeline, or bash's complaint. */
export type CommandLine =
  | { readonly ok: true; readonly pipelines: readonly Pipeline[]; readonly places: readonly Place[] }
  | { readonly ok: false; readonly error: string }

type Token =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'operator'; readonly text: string }
  | { readonly kind: 'redirect'; readonly operator: string; readonly fd: number | null }
  | { readonly kind: 'here'; readonly text: string }

interface Scanner {
  readonly text: string
  at: number
  readonly tokens: Token[]
  /** Of each token. */
  readonly places: Place[]
  /** Here-documents whose text begins at the next line. */
  readonly pending: { readonly index: number; readonly delimiter: string; readonly stripTabs: boolean }[]
}

const BLANK = /(?:[ \t\r]|\\\n)+|#[^\n]*/y
const SPACES = /[ \t]*/y
const REDIRECT = /(\d?)(<<-|<<<|<<|&>>|&>|>>|>&|>\||>|<)/y
const OPERATOR = /&&|\|\||;;|;|\||&|\(|\)/y
/** What those begin with. Anything else begins a word. */
const BLANKS = ' \t\r\\#'
const REDIRECTS = '0123456789<>&'
const OPERATORS = '&|;()'
/** Letters that mean themselves: in a word, and between double quotes. */
const PLAIN = /[^\s;&|<>()$`'"\\]+/y
const QUOTED = /[^"$`\\]+/y

/** What a sticky pattern matches where the scanner stands. */
function matchHere(pattern: RegExp, { text, at }: Scanner): string | null {
  pattern.lastIndex = at
  return pattern.test(text) ? text.slice(at, pattern.lastIndex) : null
}

/** Reads command text of one or more lines. */
export function parseCommandLine(text: string): CommandLine {
  const scanner: Scanner = { text, at: 0, tokens: [], places: [], pending: [] }
  const error = scan(scanner)
  return error === null ? group(scanner) : { ok: false, error: `bash: ${error}` }
}

/** Scans all tokens; returns an error message or null. */
function scan(scanner: Scanner): string | null {
  const { text, tokens, places } = scanner
  let from = 0
  for (;;) {
    if (places.length < tokens.length) places.push({ from, to: scanner.at })
    from = scanner.at
    if (from >= text.length) break
    const first = text.charAt(from)
    const blank = BLANKS.includes(first) ? matchHere(BLANK, scanner) : null
    if (blank) {
      scanner.at += blank.length
      continue
    }
    if (first === '\n') {
      scanner.at++
      tokens.push({ kind: 'operator', text: '\n' })
      takeHereDocuments(scanner)
      continue
    }
    REDIRECT.lastIndex = from
    const redirect = REDIRECTS.includes(first) ? REDIRECT.exec(text) : null
    if (redirect) {
      const error = scanRedirect(scanner, redirect)
      if (error !== null) return error
      continue
    }
    const symbol = OPERATORS.includes(first) ? matchHere(OPERATOR, scanner) : null
    if (symbol !== null) {
      if (symbol === '&') return 'background jobs are not modelled'
      if (symbol === '(' || symbol === ')' || symbol === ';;') return `syntax error near unexpected token \`${symbol}'`
      tokens.push({ kind: 'operator', text: symbol })
      scanner.at += symbol.length
      continue
    }
    const word = scanWord(scanner)
    if (typeof word !== 'string') return word.error
    tokens.push({ kind: 'word', text: word })
  }
  return scanner.pending.length === 0
    ? null
    : `warning: here-document delimited by end-of-file (wanted \`${scanner.pending[0]?.delimiter}')`
}

function scanRedirect(scanner: Scanner, match: RegExpExecArray): string | null {
  scanner.at += match[0].length
  const operator = match[2] ?? ''
  if (operator.startsWith('<<')) {
    scanner.at += matchHere(SPACES, scanner)?.length ?? 0
    const word = scanWord(scanner)
    if (typeof word !== 'string') return word.error
    if (operator === '<<<') scanner.tokens.push({ kind: 'here', text: `${word}\n` })
    else
      scanner.pending.push({ index: scanner.tokens.push({ kind: 'here', text: '' }) - 1, delimiter: word, stripTabs: operator === '<<-' })
    return null
  }
  scanner.tokens.push({ kind: 'redirect', operator, fd: match[1] === '' ? null : Number(match[1]) })
  return null
}

/** After a newline: the lines up to each waiting delimiter are that redirection's text. */
function takeHereDocuments(scanner: Scanner): void {
  for (let pending = scanner.pending[0]; pending; pending = scanner.pending[0]) {
    const lines: string[] = []
    for (;;) {
      if (scanner.at >= scanner.text.length) return
      const end = scanner.text.indexOf('\n', scanner.at)
      const raw = scanner.text.slice(scanner.at, end < 0 ? undefined : end)
      scanner.at = end < 0 ? scanner.text.length : end + 1
      const line = pending.stripTabs ? raw.replace(/^\t+/, '') : raw
      if (line === pending.delimiter) break
      lines.push(`${line}\n`)
    }
    scanner.tokens[pending.index] = { kind: 'here', text: lines.join('') }
    scanner.pending.shift()
  }
}

/** One word with its quotes removed. Expansions are refused loudly: nothing here has variables. */
function scanWord(scanner: Scanner): string | { readonly error: string } {
  const { text } = scanner
  let word = ''
  while (scanner.at < text.length) {
    const plain = matchHere(PLAIN, scanner)
    if (plain) {
      word += plain
      scanner.at += plain.length
      continue
    }
    const c = text.charAt(scanner.at)
    if (/[\s;&|<>()]/.test(c)) break
    if (c === '$' || c === '`') return { error: `expansions are not modelled: ${text.slice(scanner.at).split(/\s/)[0]}` }
    scanner.at++
    if (c === "'") {
      const end = text.indexOf("'", scanner.at)
      if (end < 0) return { error: "unexpected EOF while looking for matching `''" }
      word += text.slice(scanner.at, end)
      scanner.at = end + 1
    } else if (c === '"') {
      const quoted = scanDoubleQuotes(scanner)
      if (typeof quoted !== 'string') return quoted
      word += quoted
    } else if (c === '\\') {
      if (text.charAt(scanner.at) !== '\n') word += text.charAt(scanner.at)
      scanner.at++
    }
  }
  return word
}

function scanDoubleQuotes(scanner: Scanner): string | { readonly error: string } {
  const { text } = scanner
  let word = ''
  for (; scanner.at < text.length; scanner.at++) {
    const plain = matchHere(QUOTED, scanner)
    if (plain) {
      word += plain
      scanner.at += plain.length
    }
    const c = text.charAt(scanner.at)
    if (c === '"') {
      scanner.at++
      return word
    }
    if ((c === '$' && /[A-Za-z_{(0-9?]/.test(text.charAt(scanner.at + 1))) || c === '`')
      return { error: `expansions are not modelled: ${text.slice(scanner.at).split(/[\s"]/)[0]}` }
    const next = text.charAt(scanner.at + 1)
    if (c === '\\' && next === '\n') scanner.at++
    else if (c === '\\' && next !== '' && '"\\$`'.includes(next)) {
      word += next
      scanner.at++
    } else word += c
  }
  return { error: 'unexpected EOF while looking for matching `"\'' }
}

/** Tokens to pipelines. */
function group({ tokens, places }: Pick<Scanner, 'tokens' | 'places'>): CommandLine {
  const pipelines: Pipeline[] = []
  const taken: Place[] = []
  let begun: number | null = null
  let after: Pipeline['after'] = ';'
  let commands: SimpleCommand[] = []
  let argv: string[] = []
  let redirections: Redirection[] = []
  const unexpected = (token: string): CommandLine => ({
    ok: false,
    error: `bash: syntax error near unexpected token \`${token === '\n' ? 'newline' : token}'`,
  })
  const endCommand = (): boolean => {
    if (argv.length === 0 && redirections.length === 0) return false
    commands.push({ argv, redirections })
    argv = []
    redirections = []
    return true
  }
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token
    if (token.kind !== 'operator') begun ??= i
    if (token.kind === 'word') argv.push(token.text)
    else if (token.kind === 'here') redirections.push({ kind: 'here', text: token.text })
    else if (token.kind === 'redirect') {
      const target = tokens[++i]
      if (target?.kind !== 'word') return unexpected(target?.kind === 'operator' ? target.text : '\n')
      const redirection = redirectionOf(token.operator, token.fd, target.text)
      if (redirection === null)
        return { ok: false, error: `bash: redirection ${token.fd ?? ''}${token.operator}${target.text} is not modelled` }
      redirections.push(redirection)
    } else {
      const ended = endCommand()
      if (token.text === '\n' && !ended) {
        // A newline after `&&` or `|` continues the line.
        continue
      }
      if (!ended) return unexpected(token.text)
      if (token.text === '|') continue
      pipelines.push({ after, commands })
      taken.push(placeOf(places, begun, i - 1))
      begun = null
      commands = []
      after = token.text === '&&' || token.text === '||' ? token.text : ';'
    }
  }
  if (endCommand()) {
    pipelines.push({ after, commands })
    taken.push(placeOf(places, begun, tokens.length - 1))
  } else if (commands.length > 0 || after !== ';') return { ok: false, error: 'bash: syntax error: unexpected end of file' }
  return { ok: true, pipelines, places: taken }
}

/** From one token to another. */
function placeOf(places: readonly Place[], first: number | null, last: number): Place {
  return { from: places[first ?? 0]?.from ?? 0, to: places[last]?.to ?? 0 }
}

function redirectionOf(operator: string, fd: number | null, target: string): Redirection | null {
  if (operator === '<') return fd === null || fd === 0 ? { kind: 'read', path: target } : null
  if (operator === '&>' || operator === '&>>') return { kind: operator === '&>' ? 'write' : 'append', fd: 'both', path: target }
  const stream = fd ?? 1
  if (stream !== 1 && stream !== 2) return null
  if (operator === '>&') {
    if (target === '1' || target === '2') return { kind: 'duplicate', fd: stream, of: target === '1' ? 1 : 2 }
    return /^\d|^-$/.test(target) ? null : { kind: 'write', fd: 'both', path: target }
  }
  return { kind: operator === '>>' ? 'append' : 'write', fd: stream, path: target }
}

/** Quotes a word where the shell would otherwise take it apart. */
export function quoteWord(word: string): string {
  return word !== '' && /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** Prints parsed text back: parsing the result gives the same again. */
export function printCommandLine(pipelines: readonly Pipeline[]): string {
  let text = ''
  let documents: string[] = []
  for (const [i, pipeline] of pipelines.entries()) {
    if (i > 0 && pipeline.after === ';') {
      text += `\n${documents.join('')}`
      documents = []
    } else if (i > 0) text += ` ${pipeline.after} `
    text += pipeline.commands.map((command) => printCommand(command, documents)).join(' | ')
  }
  return documents.length > 0 ? `${text}\n${documents.join('')}` : text
}

function printCommand(command: SimpleCommand, documents: string[]): string {
  const words = command.argv.map(quoteWord)
  for (const redirection of command.redirections) {
    if (redirection.kind === 'here') {
      const delimiter = freeDelimiter(redirection.text)
      words.push(`<<'${delimiter}'`)
      documents.push(`${redirection.text}${delimiter}\n`)
    } else if (redirection.kind === 'read') words.push(`< ${quoteWord(redirection.path)}`)
    else if (redirection.kind === 'duplicate') words.push(`${redirection.fd}>&${redirection.of}`)
    else {
      const operator = redirection.kind === 'append' ? '>>' : '>'
      words.push(`${redirection.fd === 'both' ? '&' : redirection.fd === 2 ? '2' : ''}${operator} ${quoteWord(redirection.path)}`)
    }
  }
  return words.join(' ')
}

/** A here-document delimiter that is no line of the text. */
function freeDelimiter(text: string): string {
  let delimiter = 'EOF'
  while (text.split('\n').includes(delimiter)) delimiter += '_'
  return delimiter
}
