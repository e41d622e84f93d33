/** coreutils: src/mkdir.c. */
import { type Command, failed, printed } from './command.ts'
import { absolutePath, isDirectory, makeDirectory, parentOf } from './files.ts'

/** `mkdir [-p] DIRECTORY…`. */
export const mkdir: Command = (argv, context) => {
  const words = argv.slice(1)
  const option = words.find((word) => /^-./.test(word) && word !== '-p' && word !== '--parents' && word !== '-v')
  if (option !== undefined) return failed(`mkdir: invalid option -- '${option.slice(1, 2)}'\nTry 'mkdir --help' for more information.`)
  const parents = words.some((word) => word === '-p' || word === '--parents')
  const paths = words.filter((word) => !word.startsWith('-'))
  if (paths.length === 0) return failed("mkdir: missing operand\nTry 'mkdir --help' for more information.")
  let stderr = ''
  const make = (path: string): string | null => {
    if (parents && isDirectory(context, path)) return null
    if (parents) {
      const error = make(parentOf(absolutePath(path)))
      if (error !== null) return error
    }
    return makeDirectory(context, path)
  }
  for (const path of paths) {
    const error = make(path)
    if (error !== null) stderr += `mkdir: cannot create directory ‘${path}’: ${error}\n`
  }
  return { ...printed(''), stderr, code: stderr === '' ? 0 : 1 }
}
