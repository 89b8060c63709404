import { describe, expect, test } from 'vitest'
import { evaluatePod, forbiddenDetail, type Violation } from '../../../../src/workload/pod-security/evaluate.ts'
import { newestMinor } from '../../../../src/workload/pod-security/level.ts'
import { readTruth, type TestedLevel } from './read-truth.ts'

const truth = readTruth()

describe("upstream's fixtures", () => {
  test('every one passes or fails as its path says, by the check of its name', () => {
    const failed = new Set<string>()
    const wrong: string[] = []
    for (const [path, index] of Object.entries(truth.fixtures)) {
      const [level = '', version = '', verdict = '', file = ''] = path.split('/')
      const violations = evaluatePod(level as TestedLevel, version as 'latest', truth.pods[index] ?? {})
      const check = file.replace(/\d+$/, '')
      const isAsSaid = verdict === 'pass' ? violations.length === 0 : violations.some((one) => standsFor(one, check))
      if (!isAsSaid) wrong.push(path)
      for (const { id } of violations) failed.add(id)
    }
    expect(wrong).toEqual([])
    expect(Object.keys(truth.fixtures).length).toBe(4537)
    expect([...failed].sort()).toEqual(allChecks)
  })

  test("every pod, at every level and version, fails in upstream's words", () => {
    const wrong: object[] = []
    let asked = 0
    for (const [index, pod] of truth.pods.entries()) {
      for (const level of ['baseline', 'restricted'] as const) {
        for (let minor = 0; minor <= newestMinor; minor += 1) {
          const said = forbiddenDetail(evaluatePod(level, `v1.${minor}`, pod))
          const expected = truth.verdicts[index]?.[level].findLast(({ from }) => from <= minor)?.text
          if (said !== expected) wrong.push({ index, level, minor, said, expected })
          asked += 1
        }
      }
    }
    expect(wrong.slice(0, 20)).toEqual([])
    expect(asked).toBe(363 * 2 * 38)
  })

  test('the newest version is the newest with fixtures; latest and versions to come are judged by it', () => {
    const versions = Object.keys(truth.fixtures).map((path) => Number(path.split('/')[1]?.slice('v1.'.length)))
    expect(Math.max(...versions)).toBe(newestMinor)
    for (const pod of truth.pods) {
      const newest = evaluatePod('restricted', `v1.${newestMinor}`, pod)
      expect(evaluatePod('restricted', 'latest', pod)).toEqual(newest)
      expect(evaluatePod('restricted', 'v1.999', pod)).toEqual(newest)
    }
  })

  // Of which upstream has no fixture; test/real asks the API server.
  test('the SELinux type of nested containers is taken from 1.31 on', () => {
    const pod = { spec: { securityContext: { seLinuxOptions: { type: 'container_engine_t' } } } }
    expect(evaluatePod('baseline', 'v1.30', pod).map(({ detail }) => detail)).toEqual([
      'pod set forbidden securityContext.seLinuxOptions: type "container_engine_t"',
    ])
    expect(evaluatePod('baseline', 'v1.31', pod)).toEqual([])
  })

  test('nothing is wrong with a pod at privileged, nor is any field of a fixture malformed', () => {
    for (const pod of truth.pods) {
      expect(evaluatePod('privileged', 'latest', pod)).toEqual([])
      expect(evaluatePod('restricted', 'latest', pod).map(({ id }) => id)).not.toContain('malformed')
    }
  })
})

const allChecks = [
  'allowPrivilegeEscalation',
  'appArmorProfile',
  'capabilities_baseline',
  'capabilities_restricted',
  'hostNamespaces',
  'hostPathVolumes',
  'hostPorts',
  'hostProbesAndHostLifecycle',
  'privileged',
  'procMount',
  'procMount_restricted',
  'restrictedVolumes',
  'runAsNonRoot',
  'runAsUser',
  'seLinuxOptions',
  'seccompProfile_baseline',
  'seccompProfile_restricted',
  'sysctls',
  'windowsHostProcess',
]

// At restricted the fixtures of a baseline check fail by the one that replaces it.
const replacements: Record<string, string> = {
  capabilities_baseline: 'capabilities_restricted',
  hostpathvolumes: 'restrictedvolumes',
  procmount: 'procmount_restricted',
  seccompprofile_baseline: 'seccompprofile_restricted',
}

function standsFor({ id }: Violation, check: string): boolean {
  return id.toLowerCase() === check || (id.toLowerCase() === replacements[check] && id !== 'malformed')
}
