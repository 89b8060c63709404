import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '../../../../src/bundle/entry.ts'
import { typeKey } from '../../../../src/evidence/diff/areas.ts'
import { differences, type Differences } from '../../../../src/evidence/diff/differences.ts'
import { isSame } from '../../../../src/evidence/diff/fields.ts'
import { type Fields, meaningOf } from '../../../../src/evidence/diff/meaning.ts'
import type { ObjectChange } from '../../../../src/evidence/diff/report.ts'
import { applied } from './apply.ts'
import { type Held, sideOf, world } from './arbitrary-side.ts'

const between = async (one: Held[], other: Held[]) => await differences(sideOf(one), sideOf(other))
const uidOf = ({ raw }: Held) => (raw['metadata'] as Fields)['uid'] as string
const ids = ({ changes }: Differences) =>
  changes.map(
    ({ change, object: { group, resource, uid }, uidBefore }) => `${change} ${group}/${resource} ${uid} ${uidBefore}`,
  )

/** The same cluster a while later: what moves by itself has moved. */
function later(objects: Held[]): Held[] {
  return objects.map(({ type, raw }) => ({
    type,
    raw: {
      ...raw,
      apiVersion: 'v2',
      status: { observedGeneration: 2, conditions: [{ type: 'Ready', lastHeartbeatTime: 'now' }] },
      metadata: {
        ...(raw['metadata'] as Fields),
        resourceVersion: '99',
        generation: 7,
        managedFields: [{ manager: 'kubelet', time: 'now' }],
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
      },
    },
  }))
}

test('nothing differs from itself, nor from itself a while later', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (objects) => {
      for (const other of [objects, objects.toReversed(), later(objects)])
        expect(await between(objects, other)).toMatchObject({ changes: [], rights: [], unknown: [] })
    }),
  )
})

test('carrying the changes out makes the one world of the other', async () => {
  await fc.assert(
    fc.asyncProperty(world, world, async (one, other) => {
      const meanings = (objects: Held[]) =>
        new Map(objects.map((held) => [`${typeKey(held.type)} ${uidOf(held)}`, meaningOf(held.raw, held.type) as Json]))
      const [so, wanted] = [meanings(one), meanings(other)]
      for (const { change, object, uidBefore, fields } of (await between(one, other)).changes) {
        const key = (uid = object.uid) => `${typeKey(object)} ${uid}`
        const was = so.get(key(uidBefore)) ?? null
        if (change === 'removed' || change === 'recreated') expect(so.delete(key(uidBefore))).toBe(true)
        if (change === 'added') so.set(key(), wanted.get(key()) ?? null)
        else if (change !== 'removed') so.set(key(), applied(was, fields))
      }
      expect([...so.keys()].toSorted()).toEqual([...wanted.keys()].toSorted())
      for (const [key, meaning] of so) expect(isSame(meaning, wanted.get(key) ?? null), key).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('the other way round it is the same with the sides changed', async () => {
  const opposite = { added: 'removed', removed: 'added', changed: 'changed', recreated: 'recreated' } as const
  await fc.assert(
    fc.asyncProperty(world, world, async (one, other) => {
      const [there, back] = [await between(one, other), await between(other, one)]
      const turned = there.changes.map((change): ObjectChange => {
        const { object, uidBefore } = change
        const uids =
          uidBefore === undefined ? {} : { object: { ...object, uid: uidBefore }, uidBefore: object.uid ?? '' }
        return { ...change, change: opposite[change.change], ...uids }
      })
      expect(ids(back).toSorted()).toEqual(ids({ ...there, changes: turned }).toSorted())
      expect(back.rights).toEqual(
        there.rights.map(({ subject, gained, lost }) => ({ subject, gained: lost, lost: gained })),
      )
    }),
    { numRuns: 500 },
  )
})

test('what was not all read is unknown, and never added or removed', async () => {
  await fc.assert(
    fc.asyncProperty(world, world, async (one, other) => {
      const key = '/pods'
      const found = await differences(sideOf(one), sideOf(other, new Set([key, '/namespaces'])))
      const podNames = (objects: Held[]) => objects.filter(({ type }) => typeKey(type) === key).map(uidOf)
      const missing = podNames(one).filter((uid) => !podNames(other).includes(uid))
      const about = found.changes.filter(({ object }) => typeKey(object) === key)
      expect(about.filter(({ change }) => change === 'removed' || change === 'recreated')).toEqual([])
      const isThere = podNames(one).length + podNames(other).length > 0
      expect(found.unknown).toEqual(
        isThere ? [{ group: '', resource: 'pods', in: 'after', why: 'refused', objects: missing.length }] : [],
      )
    }),
  )
})

test('an object of the same name with another uid is another object', async () => {
  const pod = (uid: string, image: string): Held => ({
    type: { group: '', resource: 'pods' },
    raw: { metadata: { namespace: 'shop', name: 'web', uid }, spec: { containers: [{ name: 'app', image }] } },
  })
  expect((await between([pod('1', 'a')], [pod('2', 'b')])).changes).toEqual([
    {
      area: 'pods',
      change: 'recreated',
      object: { group: '', resource: 'pods', namespace: 'shop', name: 'web', uid: '2' },
      uidBefore: '1',
      facts: ['image b'],
      fields: [{ path: ['spec', 'containers', { name: 'app' }, 'image'], before: 'a', after: 'b' }],
    },
  ])
})

test('what was not read of a namespace that was not there is no question', async () => {
  const [pods, namespaces] = [
    { group: '', resource: 'pods' },
    { group: '', resource: 'namespaces' },
  ]
  const pod: Held = { type: pods, raw: { metadata: { namespace: 'shop', name: 'web', uid: '1' } } }
  const shop: Held = { type: namespaces, raw: { metadata: { name: 'shop', uid: '2' } } }
  const refused = new Set(['/pods'])
  const gone = await differences(sideOf([pod, shop]), sideOf([], refused))
  expect(gone.changes.map(({ change }) => change)).toEqual(['removed', 'removed'])
  const unknown = await differences(sideOf([pod, shop]), sideOf([shop], refused))
  expect(unknown).toMatchObject({ changes: [], unknown: [{ resource: 'pods', in: 'after', objects: 1 }] })
})

test('a role that changed gives and takes rights, though no binding has moved', async () => {
  const rbac = 'rbac.authorization.k8s.io'
  const role = (verbs: string[]): Held => ({
    type: { group: rbac, resource: 'clusterroles' },
    raw: { metadata: { name: 'r', uid: '1' }, rules: [{ verbs, apiGroups: [''], resources: ['pods'] }] },
  })
  const roleRef = { kind: 'ClusterRole', name: 'r' }
  const binding: Held = {
    type: { group: rbac, resource: 'clusterrolebindings' },
    raw: { metadata: { name: 'b', uid: '2' }, roleRef, subjects: [{ kind: 'User', name: 'eve' }] },
  }
  expect((await between([role(['get']), binding], [role(['list']), binding])).rights).toMatchObject([
    { subject: { name: 'eve' }, gained: [{ verbs: ['list'] }], lost: [{ verbs: ['get'] }] },
  ])
})
