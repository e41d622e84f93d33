/** coreutils: src/ls.c, one name a line as it prints into a pipe. */
import { type Command, failed, type ShellContext } from './command.ts'
import { absolutePath, isDirectory, readFile } from './files.ts'

/** `ls [PATH…]`: files of the machine; /sys/class/net lists the devices of the namespace. */
export const ls: Command = (argv, context) => {
  const option = argv.slice(1).find((word) => /^-1*[^1]/.test(word))
  if (option !== undefined)
    return failed(`ls: invalid option -- '${option.replace(/^-1*/, '').charAt(0)}'\nTry 'ls --help' for more information.`, 2)
  const paths = inOrder(
    argv.slice(1).filter((word) => !word.startsWith('-')),
    context,
  )
  let stdout = ''
  let stderr = ''
  for (const path of paths.length > 0 ? paths : ['.']) {
    const full = absolutePath(path)
    const names = new Set<string>()
    if (full === '/sys/class/net') for (const name of context.netns.devices.keys()) names.add(name)
    else if (isDirectory(context, full)) {
      const prefix = full === '/' ? '/' : `${full}/`
      for (const file of context.machine.files.keys())
        if (file.startsWith(prefix) && file !== prefix) names.add(file.slice(prefix.length).split('/')[0] ?? '')
      if (full === '/run/netns' || full === '/var/run/netns') for (const name of context.machine.netns.keys()) names.add(name)
    } else if (readFile(context, full) !== null) names.add(path)
    else {
      stderr += `ls: cannot access '${path}': No such file or directory\n`
      continue
    }
    if (paths.length > 1 && isDirectory(context, full)) stdout += `${stdout === '' ? '' : '\n'}${path}:\n`
    stdout += [...names]
      .sort()
      .map((name) => `${name}\n`)
      .join('')
  }
  return { stdout, stderr, code: stderr === '' ? 0 : 2, effects: [] }
}

/** Files before directories, each by name. */
function inOrder(paths: readonly string[], context: ShellContext): string[] {
  const sorted = [...paths].sort()
  return [...sorted.filter((path) => !isDirectory(context, path)), ...sorted.filter((path) => isDirectory(context, path))]
}
