import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareWarnings, enforceWarnings } from '../../../../src/workload/pod-security/dry-run-warnings.ts'

const restricted = { level: 'restricted' as const, version: 'latest' as const }
const named = (name: string, more: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: 'a' }], ...more },
})
const reasons = 'allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile'

// What the API server itself says is in test/real.
describe('warnings of a dry run', () => {
  test('are counted by what is wrong, under the first name', () => {
    const pods = [named('c'), named('b'), named('z', { hostPID: true }), named('a'), named('e', { hostIPC: true })]
    expect(enforceWarnings('n', restricted, pods, 'v1.34')).toEqual([
      'existing pods in namespace "n" violate the new PodSecurity enforce level "restricted:latest"',
      `a (and 2 other pods): ${reasons}`,
      `e (and 1 other pod): host namespaces, ${reasons}`,
    ])
    expect(enforceWarnings('n', { ...restricted, level: 'baseline' }, [named('a')], 'v1.34')).toEqual([])
  })

  test('agree with themselves however the server cuts them, and never with others', () => {
    const line = fc
      .tuple(fc.nat(), fc.constantFrom('x', '😀'), fc.nat(900))
      .map(([start, rest, length]) => `${start}:${rest.repeat(length)}`)
    fc.assert(
      fc.property(fc.uniqueArray(line, { maxLength: 25, size: 'max' }), line, (lines, other) => {
        const got = recorded(lines)
        const { missing, unexpected, isPartial } = compareWarnings(lines, got)
        expect(unexpected).toEqual([])
        expect(isPartial || missing.length === 0).toBe(true)
        // Of what is cut nobody can tell which of two that begin alike it was.
        fc.pre(!lines.some((one) => one.startsWith(other) || cut(one) === cut(other)))
        expect(compareWarnings(lines, [...got, other]).unexpected).toEqual([other])
        expect(compareWarnings([...lines, other], got).missing).toContain(other)
      }),
    )
  })

  test('say when not all pods were checked', () => {
    const line = 'new PodSecurity enforce level only checked against the first 3000 of 4000 existing pods'
    expect(compareWarnings(['a'], [line])).toEqual({ missing: ['a'], unexpected: [], isPartial: true })
  })
})

/** What the API server gives out of its warnings. Source: recorder.AddWarning in k8s.io/apiserver, filters/warning.go. */
function recorded(lines: string[]): string[] {
  const lengthOf = (texts: string[]) => texts.reduce((length, text) => length + Array.from(text).length, 0)
  if (lengthOf(lines) <= 4096) return lines
  const given: string[] = []
  for (const line of lines) {
    if (lengthOf(given) >= 4096) break
    given.push(cut(line))
  }
  return given
}

function cut(line: string): string {
  return Array.from(line).slice(0, 256).join('')
}
