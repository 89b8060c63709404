import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyOps, stateOf, undoOps } from '../../../src/change/edits.ts'
import { type Edit, type Json, quarantineLabel } from '../../../src/change/plan.ts'
import type { ApiObject } from '../../../src/cluster/write.ts'
import { applyPatch } from './json-patch.ts'

const own = quarantineLabel('bbbb-cccc-dddd')
const key = fc.constantFrom('app', 'a/b', 'x~y', 'x~1y', 'app.kubernetes.io/name', '-', '0', 'constructor')
const labels = fc.dictionary(key, fc.constantFrom('', 'web', 'db', '1'), { maxKeys: 5 })
const subject = fc.constantFrom<Json>(
  { kind: 'User', name: 'mallory' },
  { kind: 'User', name: 'ann' },
  { kind: 'ServiceAccount', name: 'web', namespace: 'shop' },
)

function objectOf(parts: { labels?: Record<string, string>; subjects?: Json[]; unschedulable?: boolean }): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: { name: 'it', uid: 'u', resourceVersion: '7', ...(parts.labels && { labels: parts.labels }) },
    spec: { ...(parts.unschedulable !== undefined && { unschedulable: parts.unschedulable }) },
    ...(parts.subjects && { subjects: parts.subjects }),
  }
}

const object = fc
  .record(
    {
      labels,
      subjects: fc.uniqueArray(subject, { selector: (entry) => JSON.stringify(entry) }),
      unschedulable: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  .map(objectOf)

/** Edits as a planner makes them: from what the object is now to something else. */
function editsFor(it: ApiObject) {
  const now = (it.metadata['labels'] ?? {}) as Record<string, string>
  const label = fc.record({ key, after: fc.option(fc.constantFrom('new', ''), { nil: undefined }) })
  const subjects = (it['subjects'] ?? []) as Json[]
  return fc
    .record({
      some: fc.uniqueArray(label, { selector: (entry) => entry.key }),
      item: fc.option(subject),
      cordon: fc.boolean(),
    })
    .map(({ some, item, cordon }): Edit[] => [
      ...some
        .filter((entry) => now[entry.key] !== entry.after)
        .map(
          (entry): Edit => ({
            path: ['metadata', 'labels', entry.key],
            ...(Object.hasOwn(now, entry.key) && { before: now[entry.key] as string }),
            ...(entry.after !== undefined && { after: entry.after }),
            restore: 'always',
          }),
        ),
      ...(item === null
        ? []
        : [
            {
              path: ['subjects'],
              item: item as Json,
              how: subjects.some((entry) => JSON.stringify(entry) === JSON.stringify(item)) ? 'remove' : 'add',
              restore: 'always',
            } satisfies Edit,
          ]),
      ...(cordon && (it['spec'] as { unschedulable?: boolean }).unschedulable !== true
        ? [
            {
              path: ['spec', 'unschedulable'],
              before: (it['spec'] as never)['unschedulable'] ?? false,
              after: true,
              restore: 'always',
            } satisfies Edit,
          ]
        : []),
    ])
}

const planned = object.chain((it) => fc.record({ it: fc.constant(it), edits: editsFor(it) }))

describe('edits', () => {
  it('tell false from nothing, which for some fields is another thing', () => {
    const it = objectOf({})
    const edit: Edit = { path: ['automountServiceAccountToken'], after: false, restore: 'always' }
    expect(stateOf(it, edit)).toBe('before')
    const made = applyPatch(it, applyOps(it, [edit])) as ApiObject
    expect(stateOf(made, edit)).toBe('after')
    expect(applyPatch(made, undoOps(made, [edit], own, false).ops)).toEqual(it)
  })

  it('are all made by one patch, which then has nothing left to do', () => {
    fc.assert(
      fc.property(planned, ({ it, edits }) => {
        const after = applyPatch(it, applyOps(it, edits)) as ApiObject
        for (const edit of edits) expect(stateOf(after, edit)).toBe('after')
        expect(applyOps(after, edits)).toEqual([])
      }),
    )
  })

  it('are taken back exactly, whatever other fields became meanwhile', () => {
    fc.assert(
      fc.property(planned, labels, ({ it, edits }, foreign) => {
        const after = applyPatch(it, applyOps(it, edits)) as ApiObject
        const others = Object.entries(foreign).filter(([name]) => !edits.some(({ path }) => path.at(-1) === name))
        const touched = {
          ...after,
          metadata: {
            ...after.metadata,
            labels: { ...(after.metadata['labels'] as object), ...Object.fromEntries(others) },
          },
        }
        const { ops, left } = undoOps(touched, edits, own, false)
        expect(left).toEqual([])
        const back = applyPatch(touched, ops) as ApiObject
        expect(
          sorted({
            ...it,
            metadata: {
              ...it.metadata,
              labels: { ...(it.metadata['labels'] as object), ...Object.fromEntries(others) },
            },
          }),
        ).toEqual(sorted(back))
        expect(undoOps(back, edits, own, false)).toEqual({ ops: [], left: [] })
      }),
    )
  })

  it('that somebody else changed since are left, and said', () => {
    const it = objectOf({ labels: { app: 'web', tier: 'front' } })
    const edits: Edit[] = [
      { path: ['metadata', 'labels', 'app'], before: 'web', restore: 'always' },
      { path: ['metadata', 'labels', 'tier'], before: 'front', restore: 'always' },
    ]
    const after = applyPatch(it, applyOps(it, edits)) as ApiObject
    ;(after.metadata['labels'] as Record<string, string>)['app'] = 'mine'
    const { ops, left } = undoOps(after, edits, own, false)
    expect(left).toEqual([
      { path: ['metadata', 'labels', 'app'], found: 'mine', how: 'foreign', why: 'somebody else has changed it since' },
    ])
    expect((applyPatch(after, ops) as ApiObject).metadata['labels']).toEqual({ app: 'mine', tier: 'front' })
  })

  it('of a quarantine wait while another plan quarantines the object', () => {
    const it = objectOf({ labels: { app: 'web' } })
    const edits: Edit[] = [
      { path: ['metadata', 'labels', own], after: 'true', restore: 'always' },
      { path: ['metadata', 'labels', 'app'], before: 'web', restore: 'unquarantined' },
    ]
    const after = applyPatch(it, applyOps(it, edits)) as ApiObject
    ;(after.metadata['labels'] as Record<string, string>)[quarantineLabel('other')] = 'true'
    const first = undoOps(after, edits, own, false)
    expect(first.left.map(({ path }) => path.at(-1))).toEqual(['app'])
    const half = applyPatch(after, first.ops) as ApiObject
    expect(half.metadata['labels']).toEqual({ [quarantineLabel('other')]: 'true' })
    half.metadata['labels'] = {}
    expect((applyPatch(half, undoOps(half, edits, own, false).ops) as ApiObject).metadata['labels']).toEqual({
      app: 'web',
    })
  })

  it('that a controller would act on come back only when asked for', () => {
    const it = objectOf({ labels: { app: 'web' } })
    const edits: Edit[] = [{ path: ['metadata', 'labels', 'app'], before: 'web', restore: 'on-request' }]
    const after = applyPatch(it, applyOps(it, edits)) as ApiObject
    expect(undoOps(after, edits, own, false).ops).toEqual([])
    expect((applyPatch(after, undoOps(after, edits, own, true).ops) as ApiObject).metadata['labels']).toEqual({
      app: 'web',
    })
  })

  it('bring several items back to a list that is gone, each once', () => {
    const subjects = ['a', 'b', 'c'].map((name) => ({ kind: 'User', name }))
    const it = { ...objectOf({}), subjects }
    const edits = subjects.map((item): Edit => ({ path: ['subjects'], item, how: 'remove', restore: 'always' }))
    const { subjects: none, ...emptied } = applyPatch(it, applyOps(it, edits)) as ApiObject
    expect(none).toEqual([])
    // The server leaves out a list without entries.
    expect((applyPatch(emptied, undoOps(emptied, edits, own, false).ops) as ApiObject)['subjects']).toEqual(subjects)
  })

  it('are refused by the server when the object is not the one that was read', () => {
    const it = objectOf({ labels: { app: 'web' } })
    const ops = applyOps(it, [{ path: ['metadata', 'labels', 'app'], before: 'web', restore: 'always' }])
    expect(() => applyPatch({ ...it, metadata: { ...it.metadata, resourceVersion: '8' } }, ops)).toThrow(
      'resourceVersion',
    )
    expect(() => applyPatch({ ...it, metadata: { ...it.metadata, uid: 'v' } }, ops)).toThrow('uid')
  })
})

// An empty map and one that is not there are the same to the server; the order of a list of subjects means nothing.
function sorted(it: ApiObject): unknown {
  const { labels: some, ...metadata } = it.metadata
  const subjects = ((it['subjects'] ?? []) as Json[]).map((entry) => JSON.stringify(entry)).toSorted()
  const { unschedulable = false } = it['spec'] as { unschedulable?: boolean }
  return { metadata, labels: some ?? {}, subjects, unschedulable }
}
