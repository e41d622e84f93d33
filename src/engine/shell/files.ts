/** The files commands read and write: the machine's text files, /etc as a named namespace sees it, and /proc/sys. */
import { isUnmodelled, setSysctl, sysctlText } from '../linux/sysctl.ts'
import type { ShellContext } from './command.ts'

type Place = Pick<ShellContext, 'machine' | 'netns'>

/** Directories that exist on a fresh machine. */
const DIRECTORIES = new Set([
  '/',
  '/dev',
  '/etc',
  '/home',
  '/opt',
  '/proc',
  '/proc/sys',
  '/root',
  '/run',
  '/run/netns',
  '/srv',
  '/sys',
  '/tmp',
  '/usr',
  '/var',
  '/var/lib',
  '/var/log',
  '/var/run',
])

/** `ip netns` name of the namespace a command runs in; null for the machine's own. */
export function netnsName(place: Place): string | null {
  for (const [name, netns] of place.machine.netns) if (netns === place.netns) return name
  return null
}

/** An absolute path without `.`, `..` and doubled slashes; the working directory is always /root. */
export function absolutePath(path: string): string {
  const parts: string[] = []
  for (const part of (path.startsWith('/') ? path : `/root/${path}`).split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

/** `ip netns exec NAME` bind-mounts what stands in /etc/netns/NAME over /etc (ip-netns(8)). */
function bindMounted(place: Place, path: string): string {
  const name = path.startsWith('/etc/') ? netnsName(place) : null
  if (name === null) return path
  const own = `/etc/netns/${name}/${path.slice('/etc/'.length)}`
  return place.machine.files.has(own) ? own : path
}

function sysctlName(path: string): string | null {
  // A dot inside a path component (eth0.5) is written as a slash in sysctl names.
  return path.startsWith('/proc/sys/') ? path.slice('/proc/sys/'.length).replace(/[./]/g, (c) => (c === '.' ? '/' : '.')) : null
}

/** The text of a file, or null when there is no such file. */
export function readFile(place: Place, path: string): string | null {
  const full = absolutePath(path)
  if (full === '/dev/null') return ''
  const name = sysctlName(full)
  if (name !== null) {
    const value = sysctlText(place.netns, name)
    return value === null ? null : `${value}\n`
  }
  if (full === '/etc/hostname' && !place.machine.files.has(full)) return `${place.machine.hostname}\n`
  return place.machine.files.get(bindMounted(place, full)) ?? null
}

/** Opens a file for writing, as a redirection does: empties it unless appending. Returns an error in strerror(3) words, or null. */
export function openFile(place: Place, path: string, append: boolean): string | null {
  const full = absolutePath(path)
  if (full === '/dev/null') return null
  const name = sysctlName(full)
  if (name !== null) return sysctlText(place.netns, name) === null ? 'No such file or directory' : null
  if (isDirectory(place, full)) return 'Is a directory'
  if (!isDirectory(place, parentOf(full))) return 'No such file or directory'
  const file = bindMounted(place, full)
  if (!append || !place.machine.files.has(file)) place.machine.files.set(file, '')
  return null
}

/** Adds to a file that was opened; returns an error in strerror(3) words, or null. */
export function writeFile(place: Place, path: string, text: string): string | null {
  const full = absolutePath(path)
  if (full === '/dev/null') return null
  const name = sysctlName(full)
  if (name !== null && isUnmodelled(name, text)) return `${name}=${text.trim()} is not modelled`
  if (name !== null) return setSysctl(place.netns, name, text.trim()) ? null : 'Invalid argument'
  const file = bindMounted(place, full)
  place.machine.files.set(file, (place.machine.files.get(file) ?? '') + text)
  return null
}

/** The directory a path stands in. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

/** Does the directory exist? Those made by mkdir are kept as keys with a trailing slash. */
export function isDirectory(place: Place, path: string): boolean {
  const full = absolutePath(path)
  if (DIRECTORIES.has(full)) return true
  const prefix = `${full}/`
  for (const file of place.machine.files.keys()) if (file.startsWith(prefix)) return true
  return false
}

/** Makes one directory whose parent exists; returns an error in strerror(3) words, or null. */
export function makeDirectory(place: Place, path: string): string | null {
  const full = absolutePath(path)
  if (isDirectory(place, full) || place.machine.files.has(full)) return 'File exists'
  if (!isDirectory(place, parentOf(full))) return 'No such file or directory'
  place.machine.files.set(`${full}/`, '')
  return null
}
