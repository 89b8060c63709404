import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyEdits } from '../../../../src/workload/pod-security/edit.ts'
import { evaluatePod } from '../../../../src/workload/pod-security/evaluate.ts'
import { jsonPatch } from '../../../../src/workload/pod-security/json-patch.ts'
import { strategicMerge } from '../../../../src/workload/pod-security/strategic-merge.ts'
import { arbitraryPod } from './arbitrary-pod.ts'

type Raw = Record<string, unknown>
const junk = fc.constantFrom<unknown>(null, true, 0, -1.5, 'x', '', [], {}, [null], ['x'], [[]], [{}])

/** A pod one of whose values, anywhere, is another; with the path of it. */
const damaged = fc.tuple(arbitraryPod, fc.nat(), junk).map(([pod, nth, value]) => {
  const copy = structuredClone(pod)
  const places: [Raw, string][] = []
  const walk = (at: Raw) => {
    for (const key of Object.keys(at)) {
      places.push([at, key])
      if (typeof at[key] === 'object' && at[key] !== null) walk(at[key] as Raw)
    }
  }
  walk(copy)
  const [at, key] = places[nth % places.length] ?? [{}, '']
  at[key] = value
  return copy
})

describe('pods that no API server has taken', () => {
  test('nothing in them makes the evaluation or its fixes throw', () => {
    fc.assert(
      fc.property(fc.oneof(damaged, fc.record({ metadata: fc.anything(), spec: fc.anything() })), (pod) => {
        const violations = evaluatePod('restricted', 'v1.34', pod)
        const edits = violations.flatMap(({ fix }) => fix?.edits ?? [])
        if (!isJson(pod)) return
        const fixed = applyEdits(pod, edits)
        jsonPatch(pod, edits)
        strategicMerge(pod, edits)
        const left = evaluatePod('restricted', 'v1.34', fixed)
        const isMalformed = violations.some(({ id }) => id === 'malformed')
        expect(left).toEqual(isMalformed ? violations : [])
        if (isMalformed) expect(edits).toEqual([])
      }),
      { numRuns: 3000 },
    )
  })

  test.each([
    ['spec', { spec: undefined }],
    ['spec', { spec: 'x' }],
    ['spec.containers', { spec: { containers: {} } }],
    ['spec.containers[1]', { spec: { containers: [{}, 'x'] } }],
    ['spec.containers[0].name', { spec: { containers: [{ name: 1 }] } }],
    ['spec.containers[0].securityContext', { spec: { containers: [{ securityContext: [] }] } }],
    ['spec.containers[0].ports[0].hostPort', { spec: { containers: [{ ports: [{ hostPort: '80' }] }] } }],
    [
      'spec.containers[0].securityContext.capabilities.drop[1]',
      { spec: { containers: [{ securityContext: { capabilities: { drop: ['ALL', 1] } } }] } },
    ],
    [
      'spec.ephemeralContainers[0].livenessProbe.httpGet',
      { spec: { ephemeralContainers: [{ livenessProbe: { httpGet: 1 } }] } },
    ],
    ['spec.hostNetwork', { spec: { hostNetwork: 'true' } }],
    ['spec.securityContext.runAsUser', { spec: { securityContext: { runAsUser: 0.5 } } }],
    ['spec.securityContext.sysctls[0].name', { spec: { securityContext: { sysctls: [{ name: 5 }] } } }],
    ['spec.volumes[0].hostPath', { spec: { volumes: [{ hostPath: '/' }] } }],
    ['spec.volumes[0]', { spec: { volumes: [{ hostPath: {}, emptyDir: {} }] } }],
    ['metadata.annotations[a/b]', { metadata: { annotations: { 'a/b': true } }, spec: {} }],
    ['metadata', { metadata: [], spec: {} }],
  ])('%s is said to be malformed', (field, pod) => {
    const [malformed] = evaluatePod('baseline', 'v1.34', pod)
    expect(malformed).toMatchObject({ id: 'malformed', fields: [field] })
    expect(malformed?.detail).toContain(field)
    expect(malformed).not.toHaveProperty('fix')
  })

  test('null is as absent as it is to the API server', () => {
    fc.assert(
      fc.property(arbitraryPod, (pod) => {
        const nulled = structuredClone(pod) as Raw
        const fields = [
          'securityContext',
          'ports',
          'livenessProbe',
          'lifecycle',
          'hostNetwork',
          'volumes',
          'os',
          'hostUsers',
        ]
        const addNulls = (at: Raw) => {
          for (const field of fields) at[field] ??= null
        }
        const spec = nulled['spec'] as Raw
        addNulls(spec)
        for (const container of spec['containers'] as Raw[]) addNulls(container)
        expect(evaluatePod('restricted', 'v1.37', nulled)).toEqual(evaluatePod('restricted', 'v1.37', pod))
      }),
    )
  })

  test('names are told as they are, whatever is in them', () => {
    const name = 'a", "b\u001b[31m'
    const [violation] = evaluatePod('baseline', 'v1.34', {
      metadata: { annotations: { [`container.apparmor.security.beta.kubernetes.io/${name}`]: 'no\n\u202e"' } },
      spec: { containers: [{ name, securityContext: { privileged: true } }] },
    })
    expect(violation?.detail).toBe(
      String.raw`annotation must not set AppArmor profile type to "container.apparmor.security.beta.kubernetes.io/${name}="no\n\u202e\"""`,
    )
  })

  test('a volume source that is not known is not taken for a harmless one', () => {
    const of = (source: object) =>
      evaluatePod('restricted', 'v1.0', { spec: { volumes: [{ name: 'v', ...source }] } }).map(({ detail }) => detail)
    expect(of({})).toEqual([])
    expect(of({ toBeInvented: {} })).toEqual(['volume "v" uses restricted volume type "unknown"'])
    expect(of({ toBeInvented: 'x' })).toEqual(['volume "v" uses restricted volume type "unknown"'])
    expect(of({ emptyDir: {}, toBeInvented: {} })).toEqual([])
    expect(of(JSON.parse('{"__proto__": {}}') as object)).toEqual(['volume "v" uses restricted volume type "unknown"'])
  })
})

function isJson(value: unknown): boolean {
  try {
    return JSON.stringify(JSON.parse(JSON.stringify(value))) === JSON.stringify(structuredClone(value))
  } catch {
    return false
  }
}
