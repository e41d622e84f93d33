/** Words of a line as iptables-restore, ipset and ip -batch read them. Userspace: iptables/xshared.c. */

/** Splits a line in words: double quotes group, a backslash inside them takes the next character literally (add_param_to_argv). */
export function splitWords(line: string): readonly string[] {
  if (!line.includes('"')) return line.split(/[ \t]+/).filter((word) => word !== '')
  const words: string[] = []
  for (const [text] of line.matchAll(/(?:[^ \t"]|"(?:[^"\\]|\\.)*(?:"|$))+/g)) {
    words.push(
      text.includes('"') ? text.replace(/"((?:[^"\\]|\\.)*)(?:"|$)/g, (_, quoted: string) => quoted.replace(/\\(.)/g, '$1')) : text,
    )
  }
  return words
}
