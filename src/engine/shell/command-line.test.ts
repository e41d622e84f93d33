import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCommandLine, printCommandLine } from './command-line.ts'
import { testTerminal } from './test-machine.ts'

/** The words of each command: pipelines by `;`, commands by `|`. */
function words(text: string): string {
  const parsed = parseCommandLine(text)
  if (!parsed.ok) return parsed.error
  return parsed.pipelines
    .map(({ after, commands }) => `${after} ${commands.map(({ argv }) => JSON.stringify(argv)).join(' | ')}`)
    .join('\n')
}

describe('grammar', () => {
  test.each([
    ['ip link', '; ["ip","link"]'],
    [`echo 'a  b' "c \\" d" e\\ f`, '; ["echo","a  b","c \\" d","e f"]'],
    ['a && b || c; d', '; ["a"]\n&& ["b"]\n|| ["c"]\n; ["d"]'],
    ['a | grep b | wc -l # counts', '; ["a"] | ["grep","b"] | ["wc","-l"]'],
    ['a \\\n  b', '; ["a","b"]'],
    ['a &&\n b\n\n\n c', '; ["a"]\n&& ["b"]\n; ["c"]'],
    ["''", '; [""]'],
    ['# nothing', ''],
    ["echo 'x", "bash: unexpected EOF while looking for matching `''"],
    ['| b', "bash: syntax error near unexpected token `|'"],
    ['a >', "bash: syntax error near unexpected token `newline'"],
    ['a &&', 'bash: syntax error: unexpected end of file'],
    ['echo $HOME', 'bash: expansions are not modelled: $HOME'],
    ['echo `date`', 'bash: expansions are not modelled: `date`'],
    ['sleep 1 &', 'bash: background jobs are not modelled'],
  ])('%s', (text, expected) => {
    expect(words(text)).toBe(expected)
  })

  const word = fc.string({ minLength: 1, maxLength: 8 })
  const redirection = fc.oneof(
    fc.record({
      kind: fc.constantFrom('write' as const, 'append' as const),
      fd: fc.constantFrom(1 as const, 2 as const, 'both' as const),
      path: word,
    }),
    fc.record({ kind: fc.constant('read' as const), path: word }),
    fc.record({
      kind: fc.constant('here' as const),
      text: fc
        .array(
          fc.string().filter((line) => !line.includes('\n')),
          { maxLength: 3 },
        )
        .map((lines) => lines.map((line) => `${line}\n`).join('')),
    }),
    fc.constant({ kind: 'duplicate' as const, fd: 2 as const, of: 1 as const }),
  )
  const command = fc.record({
    argv: fc.array(fc.string({ maxLength: 8 }), { minLength: 1, maxLength: 4 }),
    redirections: fc.array(redirection, { maxLength: 2 }),
  })
  const pipeline = fc.record({
    after: fc.constantFrom(';' as const, '&&' as const, '||' as const),
    commands: fc.array(command, { minLength: 1, maxLength: 3 }),
  })

  test('parse after print is the same', () => {
    fc.assert(
      fc.property(fc.array(pipeline, { minLength: 1, maxLength: 3 }), (pipelines) => {
        const given = pipelines.map((one, i) => (i === 0 ? { ...one, after: ';' as const } : one))
        expect(parseCommandLine(printCommandLine(given))).toMatchObject({ ok: true, pipelines: given })
      }),
    )
  })
})

describe('running', () => {
  test.each([
    ['nosuch', 'bash: nosuch: command not found\n=> 127\n'],
    ['false && echo no; true || echo no; false || echo yes', 'yes\n'],
    ['echo one > /tmp/a; echo two >> /tmp/a; cat < /tmp/a', 'one\ntwo\n'],
    ['cat <<EOF | grep b\na\nb\nEOF', 'b\n'],
    ['printf "nameserver 10.96.0.10\\noptions ndots:5\\n" > /etc/resolv.conf; tail -n 1 /etc/resolv.conf', 'options ndots:5\n'],
    ['echo x > /no/where', 'bash: /no/where: No such file or directory\n=> 1\n'],
    ['mkdir -p /etc/netns/b && echo x > /etc/netns/b/f && ls /etc/netns/b', 'f\n'],
    ['mkdir /etc/netns/c/d', 'mkdir: cannot create directory ‘/etc/netns/c/d’: No such file or directory\n=> 1\n'],
    ['cat /nope', 'cat: /nope: No such file or directory\n=> 1\n'],
    ['cat /nope 2> /dev/null || echo none', 'none\n'],
    ['cat /nope 2>&1 | wc -l', '1\n'],
    ['cat /nope > /tmp/both 2>&1; cat /tmp/both', 'cat: /nope: No such file or directory\n'],
    [
      'echo 1 > /proc/sys/net/ipv4/ip_forward; cat /proc/sys/net/ipv4/ip_forward; sysctl net.ipv4.ip_forward',
      '1\nnet.ipv4.ip_forward = 1\n',
    ],
    ['echo 1 > /proc/sys/net/ipv4/nope', 'bash: /proc/sys/net/ipv4/nope: No such file or directory\n=> 1\n'],
    ['hostname; sudo hostname -s', 'worker-1\nworker-1\n'],
    ['printf "%s=%d\\n" a 1 b 2', 'a=1\nb=2\n'],
    ['printf "c\\nb\\na\\n" | sort | head -n 2', 'a\nb\n'],
    ['echo -n x; echo -e "\\ty"', 'x\ty\n'],
    ['grep -c o /etc/hostname', '1\n'],
    [
      `ip netns add a; ip netns exec a sh -c 'sysctl -qw net.ipv4.ip_forward=1; sysctl -n net.ipv4.ip_forward'; sysctl -n net.ipv4.ip_forward`,
      '1\n0\n',
    ],
  ])('%s', (line, seen) => {
    expect(testTerminal().see(line)).toBe(seen)
  })

  test('a named namespace has its own /etc, its own sysctls and its own name', () => {
    const { see } = testTerminal()
    see(
      'ip netns add cni-1; mkdir -p /etc/netns/cni-1; echo "nameserver 10.96.0.10" > /etc/netns/cni-1/resolv.conf; echo "nameserver 172.18.0.1" > /etc/resolv.conf',
    )
    expect(see('ip netns exec cni-1 cat /etc/resolv.conf; cat /etc/resolv.conf')).toBe('nameserver 10.96.0.10\nnameserver 172.18.0.1\n')
    expect(see('ip netns exec cni-1 sysctl -w net.ipv4.ip_forward=1; sysctl net.ipv4.ip_forward')).toBe(
      'net.ipv4.ip_forward = 1\nnet.ipv4.ip_forward = 0\n',
    )
    expect(see('ip netns exec cni-1 hostname')).toBe('web\n')
  })
})
