import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyEdits, editsWithin } from '../../../../src/workload/pod-security/edit.ts'
import { evaluatePod, type Violation } from '../../../../src/workload/pod-security/evaluate.ts'
import { type JsonPatchOp, jsonPatch } from '../../../../src/workload/pod-security/json-patch.ts'
import type { PolicyVersion } from '../../../../src/workload/pod-security/level.ts'
import { strategicMerge } from '../../../../src/workload/pod-security/strategic-merge.ts'
import { arbitraryPod } from './arbitrary-pod.ts'
import { type RawPod, readTruth } from './read-truth.ts'

const level = fc.constantFrom('baseline' as const, 'restricted' as const)
const version = fc.integer({ min: 0, max: 37 }).map((minor): PolicyVersion => `v1.${minor}`)
const fixturePod = fc.constantFrom(...readTruth().pods)
const anyPod = fc.oneof(arbitraryPod, fixturePod)
const editsOf = (violations: Violation[]) => violations.flatMap(({ fix }) => fix?.edits ?? [])

describe('fixes', () => {
  test('each lets the pod pass its check, all together every check that has one', () => {
    fc.assert(
      fc.property(anyPod, level, version, (pod, level, version) => {
        const violations = evaluatePod(level, version, pod)
        for (const { id, fix } of violations) {
          const left = evaluatePod(level, version, fix ? applyEdits(pod, fix.edits) : pod)
          expect(left.some((one) => one.id === id)).toBe(!fix)
        }
        const left = evaluatePod(level, version, applyEdits(pod, editsOf(violations)))
        expect(left.map(({ id }) => id)).toEqual(violations.filter(({ fix }) => !fix).map(({ id }) => id))
      }),
      { numRuns: 2000 },
    )
  })

  test('only Windows pods before 1.25 fail checks that nothing fixes', () => {
    const unfixable = readTruth().pods.flatMap((pod) =>
      evaluatePod('restricted', 'v1.24', pod)
        .filter(({ fix }) => !fix)
        .map(() => pod.spec['os']),
    )
    expect(new Set(unfixable.map((os) => (os as { name: string }).name))).toEqual(new Set(['windows']))
    fc.assert(
      fc.property(anyPod, level, fc.integer({ min: 25, max: 37 }), (pod, level, minor) => {
        expect(evaluatePod(level, `v1.${minor}`, pod).filter(({ fix }) => !fix)).toEqual([])
      }),
    )
  })

  test('every field at fault lies in the pod, or is one that is to be set or implied', () => {
    fc.assert(
      fc.property(anyPod, level, version, (pod, level, version) => {
        for (const { fields, fix } of evaluatePod(level, version, pod)) {
          expect(fields.length).toBeGreaterThan(0)
          expect(new Set(fields).size).toBe(fields.length)
          for (const field of fields) expect(field).toMatch(/^(?:spec|metadata)[.[]/)
          if (fix) expect(fix.edits.length).toBeGreaterThan(0)
        }
      }),
    )
  })

  test('what is not risky takes nothing away and changes nothing that is set, but lists of dropped capabilities', () => {
    fc.assert(
      fc.property(anyPod, level, version, (pod, level, version) => {
        const safe = evaluatePod(level, version, pod).filter(({ fix }) => fix?.risky === false)
        const ops = jsonPatch(pod, editsOf(safe)).filter(({ op }) => op !== 'test')
        expect(ops.filter(({ op, path }) => op !== 'add' && !path.endsWith('/drop'))).toEqual([])
      }),
      { numRuns: 2000 },
    )
  })

  test('patches leave the object as the edits do, where it lies in a workload too', () => {
    fc.assert(
      fc.property(anyPod, level, version, fc.constantFrom([], ['spec', 'template']), (pod, level, version, prefix) => {
        const object =
          prefix.length === 0
            ? { ...pod, metadata: { name: 'x', ...pod.metadata } }
            : { kind: 'Deployment', metadata: { name: 'x' }, spec: { template: pod } }
        const edits = editsWithin(prefix, editsOf(evaluatePod(level, version, pod)))
        const before = structuredClone(object)
        const wanted = applyEdits(object, edits)
        expect(object).toEqual(before)
        expect(jsonPatch(object, edits).reduce(carryOut, structuredClone(object) as object)).toEqual(wanted)
        expect([jsonPatch(wanted, edits), strategicMerge(wanted, edits)]).toEqual([[], undefined])
        const patch = strategicMerge(object, edits)
        expect(patch ? mergeInto(structuredClone(object), patch) : object).toEqual(wanted)
      }),
    )
  })

  test('a JSON Patch does not fit once the containers are others', () => {
    const pod: RawPod = { spec: { containers: [{ name: 'a' }, { name: 'b' }] } }
    const other: RawPod = { spec: { containers: [{ name: 'b' }, { name: 'a' }] } }
    const patch = jsonPatch(pod, editsOf(evaluatePod('restricted', 'v1.34', pod)))
    expect(() => patch.reduce(carryOut, structuredClone(other) as object)).toThrow('test failed')
  })
})

/** RFC 6902, as far as it is used. */
function carryOut(object: object, op: JsonPatchOp): object {
  const keys = op.path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  let at = object as Record<string, unknown>
  for (const key of keys.slice(0, -1)) at = at[key] as typeof at
  const key = keys.at(-1) ?? ''
  if (op.op !== 'add' && !Object.hasOwn(at, key)) throw new Error(`${op.path} is not there`)
  if (op.op === 'test') {
    if (JSON.stringify(at[key]) !== JSON.stringify(op.value)) throw new Error('test failed')
  } else if (op.op === 'remove') {
    delete at[key]
  } else {
    if (op.op === 'add' && Object.hasOwn(at, key)) throw new Error(`${op.path} is there`)
    at[key] = structuredClone(op.value)
  }
  return object
}

/** A strategic merge as Kubernetes does it, as far as it is used. */
function mergeInto(into: unknown, patch: unknown, field = ''): unknown {
  if (Array.isArray(patch)) {
    const [first, ...rest] = patch as Record<string, unknown>[]
    if (first?.['$patch'] === 'replace') return rest
    if (!/^(?:.*ontainers|volumes)$/.test(field) || !Array.isArray(into)) return patch
    for (const entry of patch as { name: string }[]) {
      const at = into.findIndex((one: { name?: unknown }) => one.name === entry.name)
      into[at] = mergeInto(into[at], entry)
    }
    return into
  }
  if (typeof patch !== 'object' || patch === null) return patch
  const merged = { ...(into as Record<string, unknown> | undefined) }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = mergeInto(merged[key], value, key)
  }
  return merged
}
