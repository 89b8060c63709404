import { describe, expect, test } from 'vitest'
import { parseVersion, versionOn } from '../../../../src/workload/pod-security/level.ts'
import { namespaceLevels } from '../../../../src/workload/pod-security/namespace-levels.ts'

const prefix = 'pod-security.kubernetes.io/'
const levelsBy = (labels: Record<string, unknown>) => {
  const written = Object.fromEntries(Object.entries(labels).map(([key, value]) => [`${prefix}${key}`, value]))
  const { problems, ...levels } = namespaceLevels({ metadata: { labels: written } })
  const texts = Object.entries(levels).map(([mode, { level, version }]) => `${mode}=${level}:${version}`)
  return [...texts, ...problems.map(({ label, message }) => `${label.slice(prefix.length)} ${message}`)]
}

// The cases of TestPolicyToEvaluate in api/helpers_test.go of k8s.io/pod-security-admission; test/real asks the API server.
describe('namespaceLevels', () => {
  test('without labels everything is allowed', () => {
    const nothing = ['enforce=privileged:latest', 'audit=privileged:latest', 'warn=privileged:latest']
    expect(levelsBy({})).toEqual(nothing)
    for (const metadata of [undefined, null, 'x', { labels: null }, { labels: 'x' }]) {
      expect(namespaceLevels({ metadata })).toEqual(namespaceLevels({}))
    }
  })

  test('each mode has its own level and version', () => {
    const labels = {
      enforce: 'baseline',
      'enforce-version': 'v1.0',
      audit: 'restricted',
      'audit-version': 'v1.10',
      warn: 'privileged',
      'warn-version': 'v1.34',
    }
    expect(levelsBy(labels)).toEqual(['enforce=baseline:v1.0', 'audit=restricted:v1.10', 'warn=privileged:v1.34'])
  })

  test('warn follows enforce where it is not set', () => {
    expect(levelsBy({ enforce: 'baseline', 'enforce-version': 'v1.2' })[2]).toBe('warn=baseline:v1.2')
    expect(levelsBy({ enforce: 'baseline', 'warn-version': 'v1.3' })[2]).toBe('warn=baseline:v1.3')
    expect(levelsBy({ enforce: 'restricted', warn: 'baseline' })[2]).toBe('warn=baseline:latest')
    expect(levelsBy({ 'enforce-version': 'v1.2' })[2]).toBe('warn=privileged:latest')
  })

  test('what cannot be read is restricted to enforce, privileged to audit and warn, and the latest version', () => {
    const bad = { enforce: 'x', 'enforce-version': '1.2', audit: 'Restricted', 'audit-version': 'v1', warn: '' }
    const mustBe = 'must be one of privileged, baseline, restricted'
    expect(levelsBy(bad)).toEqual([
      'enforce=restricted:latest',
      'audit=privileged:latest',
      'warn=privileged:latest',
      `enforce ${mustBe}`,
      'enforce-version must be "latest" or "v1.x"',
      `audit ${mustBe}`,
      'audit-version must be "latest" or "v1.x"',
      `warn ${mustBe}`,
    ])
    expect(levelsBy({ enforce: true })[0]).toBe('enforce=restricted:latest')
  })
})

describe('versions', () => {
  test('are written in one way', () => {
    for (const text of ['latest', 'v1.0', 'v1.9', 'v1.10', 'v1.9223372036854775807'])
      expect(parseVersion(text)).toBe(text)
    const others = [
      'v1.01',
      'v1.',
      'v1',
      '1.2',
      'v2.0',
      'v1.2.3',
      'v1.1\n',
      ' v1.1',
      'V1.1',
      'v1.9223372036854775808',
      1,
    ]
    for (const text of others) expect(parseVersion(text)).toBeUndefined()
  })

  test('are no newer than the server', () => {
    expect(versionOn(34, 'latest')).toBe('v1.34')
    expect(versionOn(34, 'v1.35')).toBe('v1.34')
    expect(versionOn(34, 'v1.34')).toBe('v1.34')
    expect(versionOn(34, 'v1.9')).toBe('v1.9')
  })
})
