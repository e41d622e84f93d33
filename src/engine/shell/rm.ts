/** coreutils: src/rm.c. */
import { type Command, failed, printed } from './command.ts'
import { absolutePath, isDirectory } from './files.ts'

/** `rm [-r] [-f] FILE…`. */
export const rm: Command = (argv, context) => {
  const words = argv.slice(1)
  const flags = words.filter((word) => /^-./.test(word)).join('')
  const paths = words.filter((word) => !/^-./.test(word))
  const unknown = /[^-rRf]/.exec(flags)
  if (unknown) return failed(`rm: invalid option -- '${unknown[0]}'\nTry 'rm --help' for more information.`)
  const force = flags.includes('f')
  if (paths.length === 0 && !force) return failed("rm: missing operand\nTry 'rm --help' for more information.")
  let stderr = ''
  for (const path of paths) {
    const full = absolutePath(path)
    if (context.machine.files.delete(full)) continue
    if (!isDirectory(context, full)) {
      if (!force) stderr += `rm: cannot remove '${path}': No such file or directory\n`
    } else if (!/[rR]/.test(flags)) stderr += `rm: cannot remove '${path}': Is a directory\n`
    else for (const file of [...context.machine.files.keys()]) if (file.startsWith(`${full}/`)) context.machine.files.delete(file)
  }
  return { ...printed(''), stderr, code: stderr === '' ? 0 : 1 }
}
