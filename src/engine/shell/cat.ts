/** coreutils: src/cat.c. */
import { type Command, failed, printed } from './command.ts'
import { isDirectory, readFile } from './files.ts'

/** `cat [FILE…]`: `-` or none is standard input. */
export const cat: Command = (argv, context) => {
  const paths = argv.slice(1)
  const option = paths.find((path) => /^-./.test(path))
  if (option !== undefined) return failed(`cat: invalid option -- '${option.slice(1, 2)}'`)
  let stdout = ''
  let stderr = ''
  for (const path of paths.length > 0 ? paths : ['-']) {
    const text = path === '-' ? context.stdin : readFile(context, path)
    if (text !== null) stdout += text
    else stderr += `cat: ${path}: ${isDirectory(context, path) ? 'Is a directory' : 'No such file or directory'}\n`
  }
  return { ...printed(stdout), stderr, code: stderr === '' ? 0 : 1 }
}
