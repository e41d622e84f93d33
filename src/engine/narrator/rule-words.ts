/** An iptables rule, as iptables-save prints it, in the words of a sentence. */

/** What the narrator says about one rule. */
export interface RuleWords {
  /** "10.96.40.7, tcp port 3306": all that the rule asks of the packet; '' when it asks nothing, or something there are no words for. */
  readonly condition: string
  /** It asks nothing. */
  readonly everyPacket: boolean
  /** "jumps to KUBE-SVC-…", "drops the packet": what it does. */
  readonly action: string
  /** 0 … 1, of a `statistic` match in random mode. */
  readonly probability: number | null
  /** The text of its comment. */
  readonly comment: string | null
}

/** Splits a rule's text in words, taking quotes and backslashes off. */
export function ruleTokens(text: string): readonly string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|\S+/g)].map((match) =>
    match[1] === undefined ? match[0] : match[1].replace(/\\(.)/g, '$1'),
  )
}

/** `second`: the word after the value, for options that take two. */
type Phrase = (value: string, not: boolean, second: string) => string

const bare = (value: string) => value.replace(/\/32$/, '')
const mark: Phrase = (value, not) => `${not ? 'no mark' : 'mark'} ${value.split('/')[0]}`

/** Options that become part of the condition, in the order they are said. */
const PHRASES: Readonly<Record<string, Phrase>> = {
  '-d': (value, not) => (not ? `not to ${bare(value)}` : bare(value)),
  '-s': (value, not) => (not ? `not from ${bare(value)}` : `from ${bare(value)}`),
  '--dport': (value, not) => `${not ? 'not ' : ''}PROTOCOL port ${value}`,
  '--dports': (value, not) => `${not ? 'not ' : ''}PROTOCOL ports ${value}`,
  '--sport': (value, not) => `${not ? 'not ' : ''}PROTOCOL source port ${value}`,
  '--sports': (value, not) => `${not ? 'not ' : ''}PROTOCOL source ports ${value}`,
  '-i': (value, not) => `${not ? 'not in by' : 'in by'} ${value}`,
  '-o': (value, not) => `${not ? 'not out by' : 'out by'} ${value}`,
  '--physdev-in': (value, not) => `${not ? 'not in by port' : 'in by port'} ${value}`,
  '--physdev-out': (value, not) => `${not ? 'not out by port' : 'out by port'} ${value}`,
  '--dst-type': (value, not) => `a ${not ? 'non-' : ''}${value.toLowerCase()} destination`,
  '--src-type': (value, not) => `a ${not ? 'non-' : ''}${value.toLowerCase()} source`,
  '--ctstate': (value, not) => `${not ? 'not ' : ''}state ${value}`,
  '--state': (value, not) => `${not ? 'not ' : ''}state ${value}`,
  '--mark': mark,
  '--match-set': (value, not) => `${not ? 'no address of' : 'an address of'} set ${value}`,
  '--icmp-type': (value, not) => `${not ? 'not ' : ''}icmp type ${value}`,
  '--rcheck': () => 'a client seen before',
  '--tcp-flags': (mask, not, set) =>
    mask === 'FIN,SYN,RST,ACK' && set === 'SYN' ? `${not ? 'no ' : 'a '}SYN` : `${not ? 'not ' : ''}tcp flags ${set} of ${mask}`,
  '--syn': (_value, not) => `${not ? 'no ' : 'a '}SYN`,
}
const ORDER = Object.keys(PHRASES)

/** What else may stand among the matches of a rule whose condition is said in full. */
const UNSAID = new Set(['-A', '-m', '-p', '!', '--comment', '--mode', '--probability'])
/** Which entries of a list --rcheck looks at. */
const RECENT_OPTIONS = new Set(['--seconds', '--reap', '--name', '--mask', '--rsource'])
/** Matches that ask nothing without an option of theirs. */
const SAID_BY_OPTIONS = new Set([
  ...['comment', 'tcp', 'udp', 'icmp', 'multiport', 'mark', 'connmark', 'conntrack', 'state'],
  ...['addrtype', 'physdev', 'set', 'statistic', 'recent'],
])

/** Are there words for every match of the rule? */
function isSaid(matches: readonly string[]): boolean {
  return matches.every((token, at) => {
    const before = matches[at - 1]
    if (before === '-m') return SAID_BY_OPTIONS.has(token)
    if (!token.startsWith('-') || before === '--comment') return true
    return token in PHRASES || UNSAID.has(token) || (RECENT_OPTIONS.has(token) && matches.includes('--rcheck'))
  })
}

/** Reads a rule's text. The condition is said in full or not at all. */
export function ruleWords(text: string): RuleWords {
  const tokens = ruleTokens(text)
  const after = (name: string) => {
    const at = tokens.indexOf(name)
    return at < 0 ? null : (tokens[at + 1] ?? null)
  }
  const target = tokens.findIndex((token) => token === '-j' || token === '-g')
  const matches = target < 0 ? tokens : tokens.slice(0, target)
  const protocol = after('-p')
  const anyOther = tokens[tokens.indexOf('-p') - 1] === '!'
  const said: { readonly rank: number; readonly phrase: string }[] = []
  matches.forEach((token, at) => {
    const phrase = matches[at - 1] === '--comment' ? undefined : PHRASES[token]
    if (phrase)
      said.push({
        rank: ORDER.indexOf(token),
        phrase: phrase(tokens[at + 1] ?? '', tokens[at - 1] === '!', tokens[at + 2] ?? '').replace('PROTOCOL', protocol ?? 'any'),
      })
  })
  const phrases = said.sort((a, b) => a.rank - b.rank).map(({ phrase }) => phrase)
  if (protocol !== null && anyOther) phrases.push(`not ${protocol}`)
  else if (protocol !== null && !phrases.some((phrase) => /port|^icmp|^not icmp|SYN|^(not )?tcp/.test(phrase))) phrases.push(protocol)
  const probability = after('--probability')
  return {
    condition: isSaid(matches) ? phrases.join(', ') : '',
    everyPacket: phrases.length === 0 && isSaid(matches),
    action: actionWords(after),
    probability: probability === null ? null : Number(probability),
    comment: after('--comment'),
  }
}

function actionWords(after: (name: string) => string | null): string {
  const chain = after('-g')
  if (chain !== null) return `goes to ${chain}`
  const target = after('-j')
  switch (target) {
    case null:
      return 'counts the packet'
    case 'ACCEPT':
      return 'accepts the packet'
    case 'DROP':
      return 'drops the packet'
    case 'REJECT':
      return `rejects the packet with ${after('--reject-with') ?? 'icmp-port-unreachable'}`
    case 'RETURN':
      return 'returns to the calling chain'
    case 'MARK':
      return markWords(after)
    case 'DNAT':
      return `chooses ${after('--to-destination') ?? 'a new destination'} as the destination`
    case 'SNAT':
      return `chooses ${after('--to-source') ?? 'a new source'} as the source`
    case 'MASQUERADE':
      return 'masquerades the source'
    case 'LOG':
      return 'writes the packet to the kernel log'
    case 'CT':
    case 'NOTRACK':
      return 'takes the packet out of connection tracking'
    default:
      return `jumps to ${target}`
  }
}

function markWords(after: (name: string) => string | null): string {
  const or = after('--or-mark')
  if (or !== null) return `sets mark ${or}`
  const set = after('--set-xmark') ?? after('--set-mark')
  if (set === null) return 'changes the mark'
  const [value = '', mask = ''] = set.split('/')
  if (value === '0x0' || value === '0') return 'clears the mark'
  return value === mask || mask === '' || mask === '0xffffffff' ? `sets mark ${value}` : `flips mark ${value}`
}
