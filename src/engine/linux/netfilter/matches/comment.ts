/** Userspace: extensions/libxt_comment.c. Kernel: net/netfilter/xt_comment.c. */
import { givenValue, quoteWord } from '../option.ts'
import type { Match, MatchExtension } from './match.ts'

/** `XT_MAX_COMMENT_LEN` without its end. */
const COMMENT_LENGTH = 255

export interface CommentMatch extends Match {
  readonly name: 'comment'
  readonly comment: string
}

/** `-m comment --comment TEXT`: matches everything. */
export const extension: MatchExtension<CommentMatch> = {
  name: 'comment',
  options: [{ name: 'comment', values: 1, mandatory: true }],
  parse(given) {
    return { name: 'comment', comment: (givenValue(given, 'comment') ?? '').slice(0, COMMENT_LENGTH) }
  },
  print: (m) => ` --comment ${quoteWord(m.comment)}`,
  list: (m) => `/* ${m.comment} */`,
  match: () => true,
}
