import { describe, expect, it } from 'vitest'
import { REPORTERS, type TestResult } from './test-reporters.ts'

const RESULTS: readonly TestResult[] = [
  { file: 'a.yaml', name: 'right', line: 3, errors: [] },
  { file: 'a.yaml', name: 'wr<o>ng #1', line: 9, errors: ['outcome: expected "delivered", got timeout', 'by: nobody'] },
  { file: 'b.yaml', name: 'right', line: 1, errors: [] },
]
const report = (name: string, results = RESULTS) => REPORTERS[name]?.(results) ?? ''

describe('reporters', () => {
  it('spec', () => {
    expect(report('spec')).toBe(`a.yaml
  ✓ right
  ✗ wr<o>ng #1
      a.yaml:9: outcome: expected "delivered", got timeout
      a.yaml:9: by: nobody
b.yaml
  ✓ right
2 passed, 1 failed
`)
  })

  it('tap escapes what TAP reads', () => {
    expect(report('tap')).toBe(`TAP version 14
1..3
ok 1 - a.yaml: right
not ok 2 - a.yaml: wr<o>ng \\#1
  ---
  at: "a.yaml:9"
  errors:
    - "outcome: expected \\"delivered\\", got timeout"
    - "by: nobody"
  ...
ok 3 - b.yaml: right
`)
  })

  it('junit escapes what XML reads', () => {
    expect(report('junit')).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="3" failures="1">
  <testsuite name="a.yaml" tests="2" failures="1">
    <testcase name="right" classname="a.yaml" file="a.yaml" line="3"/>
    <testcase name="wr&lt;o&gt;ng #1" classname="a.yaml" file="a.yaml" line="9">
      <failure message="outcome: expected &quot;delivered&quot;, got timeout">outcome: expected &quot;delivered&quot;, got timeout
by: nobody</failure>
    </testcase>
  </testsuite>
  <testsuite name="b.yaml" tests="1" failures="0">
    <testcase name="right" classname="b.yaml" file="b.yaml" line="1"/>
  </testsuite>
</testsuites>
`)
  })

  it('json', () => {
    expect(JSON.parse(report('json'))).toMatchObject({
      passed: 2,
      failed: 1,
      tests: [{ ok: true }, { ok: false, errors: [expect.any(String), 'by: nobody'] }, { ok: true }],
    })
  })

  it('say so when there was nothing to test', () => {
    expect(report('spec', [])).toBe('0 passed, 0 failed\n')
    expect(report('tap', [])).toBe('TAP version 14\n1..0\n')
  })
})
