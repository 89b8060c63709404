import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { newPlanId } from '../../../src/change/id.ts'
import { collectionPath, objectPath } from '../../../src/cluster/object-path.ts'
import { objectName, planLabel } from '../../../src/change/plan.ts'
import { leaseRef } from '../../../src/change/record/lease-body.ts'
import {
  acquireLease,
  leaseHolders,
  releaseLease,
  renewLease,
  takeOverLease,
} from '../../../src/change/record/lease.ts'
import { stateNamespaceBody } from '../../../src/change/record/namespace.ts'
import { recordRef, recordSecret } from '../../../src/change/record/record.ts'
import { listRecords } from '../../../src/change/record/records.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { createObject, deleteObject, getObject, patchObject } from '../../../src/cluster/write.ts'
import { SecureError } from '../../../src/errors.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { honestPlan } from '../../unit/change/record/honest.ts'
import { connectTo } from './harness.ts'

const namespace = 'kubectl-secure'

describeWithCluster('control-plane', 'the record and the lease in a real cluster', (cluster) => {
  let api: Cluster
  beforeAll(async () => {
    api = await connectTo(cluster().kubeconfig)
    await createObject(api, '/api/v1/namespaces', stateNamespaceBody(namespace))
  })
  afterAll(() => api.close())

  const acquire = async (planId: string, holder: string) => await acquireLease(api, namespace, planId, holder)
  const pathOf = (planId: string) => objectPath(leaseRef(planId, namespace))
  const specOf = async (planId: string) =>
    (await getObject(api, pathOf(planId)))?.['spec'] as Record<string, string | number>
  const setSpec = async (planId: string, field: string, value: unknown) =>
    await patchObject(api, pathOf(planId), [{ op: 'replace', path: `/spec/${field}`, value }])

  describe('a lease', () => {
    test('is got by exactly one of twenty who ask at once, whoever had it', async () => {
      const planId = newPlanId()
      const race = async () => {
        const names = Array.from({ length: 20 }, (_, index) => `responder-${index}@host`)
        const tries = await Promise.allSettled(names.map((name) => acquire(planId, name)))
        const won = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
        expect(won.length).toBe(1)
        expect((await specOf(planId))['holderIdentity']).toBe(won[0]?.holder)
        for (const one of tries.filter(({ status }) => status === 'rejected')) {
          expect((one as PromiseRejectedResult).reason).toMatchObject({
            code: 'conflict',
            message: expect.stringMatching(`^${won[0]?.holder} works on plan ${planId} since 2.*Z, last renewed 2`),
            hint: expect.stringContaining('--take-over'),
          })
        }
        return won[0]
      }
      const first = await race()
      if (!first) throw new Error('nobody got it')
      await releaseLease(api, first)
      const second = await race()
      expect(second?.note).toBeUndefined()
      await setSpec(planId, 'renewTime', '2020-01-01T00:00:00.000000Z')
      const third = await race()
      if (third?.holder !== second?.holder) expect(third?.note).toMatch(/expired/)
    })

    test('that expired is passed on, by the clock of the server and not by ours', async () => {
      const planId = newPlanId()
      await acquire(planId, 'ana')
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 })
      onTestFinished(() => void vi.useRealTimers())
      await expect(acquire(planId, 'bob')).rejects.toMatchObject({ code: 'conflict' })
      vi.setSystemTime(Date.now() - 7_200_000)
      await setSpec(planId, 'renewTime', new Date(Date.now() + 1_800_000).toISOString().replace('Z', '000Z'))
      const held = await acquire(planId, 'bob')
      expect(held.note).toMatch(/held by ana since .* had expired/)
      vi.useRealTimers()
      const spec = await specOf(planId)
      expect(Math.abs(Date.parse(String(spec['renewTime'])) - Date.now())).toBeLessThan(600_000)
      expect(spec).toMatchObject({ holderIdentity: 'bob', leaseTransitions: 1 })
    })

    test('never expires where nobody knows the time of the server', async () => {
      const planId = newPlanId()
      await acquire(planId, 'ana')
      await setSpec(planId, 'renewTime', '2020-01-01T00:00:00.000000Z')
      const dateless: Cluster = {
        ...api,
        request: async (request) => {
          const answer = await api.request(request)
          return { ...answer, headers: { ...answer.headers, date: undefined } }
        },
      }
      await expect(acquireLease(dateless, namespace, planId, 'bob')).rejects.toMatchObject({ code: 'conflict' })
      expect((await acquire(planId, 'bob')).note).toMatch(/expired/)
    })

    test('is the same holder’s again after a crash, and is renewed', async () => {
      const planId = newPlanId()
      const first = await acquire(planId, 'ana')
      await setSpec(planId, 'renewTime', '2020-01-01T00:00:00.000000Z')
      const again = await acquire(planId, 'ana')
      expect([again.uid, again.note]).toEqual([first.uid, undefined])
      await setSpec(planId, 'renewTime', '2020-01-01T00:00:00.000000Z')
      await renewLease(api, first)
      expect(String((await specOf(planId))['renewTime'])).not.toMatch(/^2020/)
      expect((await leaseHolders(api, namespace)).get(planId)).toBe('ana')
      await releaseLease(api, again)
      expect((await leaseHolders(api, namespace)).has(planId)).toBe(false)
    })

    test('that was taken over is lost to the one before, who is told by whom', async () => {
      const planId = newPlanId()
      const ana = await acquire(planId, 'ana')
      const takers = ['bob', 'cem', 'dan', 'eva'].map((name) => takeOverLease(api, namespace, planId, name))
      const won = (await Promise.allSettled(takers)).flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
      expect(won.length).toBeGreaterThan(0)
      const holder = String((await specOf(planId))['holderIdentity'])
      expect(won.at(-1)?.note).toMatch(/taken over/)
      const lost = {
        code: 'conflict',
        message: expect.stringMatching(`not ours any more: ${holder} has taken it over`),
      }
      await expect(renewLease(api, ana)).rejects.toMatchObject(lost)
      await expect(releaseLease(api, ana)).rejects.toMatchObject(lost)
      expect((await specOf(planId))['holderIdentity']).toBe(holder)
    })

    test('is taken over from the one who was there, not from another who was faster at it', async () => {
      const planId = newPlanId()
      await acquire(planId, 'ana')
      let isFirst = true
      const before = async () => {
        if (isFirst) await takeOverLease(api, namespace, planId, 'cem')
        isFirst = false
      }
      const bob = takeOverLease(api, namespace, planId, 'bob', { before })
      await expect(bob).rejects.toMatchObject({ code: 'conflict', message: expect.stringMatching('^cem works on') })
      expect((await specOf(planId))['holderIdentity']).toBe('cem')
    })

    test('that was removed is lost, also when another has its name', async () => {
      const planId = newPlanId()
      const ana = await acquire(planId, 'ana')
      await deleteObject(api, pathOf(planId), { uid: ana.uid })
      await expect(renewLease(api, ana)).rejects.toMatchObject({ code: 'conflict' })
      await acquire(planId, 'ana')
      await expect(renewLease(api, ana)).rejects.toMatchObject({ code: 'conflict' })
    })

    test('is not written where what is to be written could not be noted before', async () => {
      const planId = newPlanId()
      const asked: unknown[] = []
      const before = async (request: unknown) => {
        asked.push(request)
        throw new SecureError('journal', 'the disk is full')
      }
      await expect(acquireLease(api, namespace, planId, 'ana', { before })).rejects.toMatchObject({ code: 'journal' })
      expect(asked).toMatchObject([{ method: 'POST', path: collectionPath(leaseRef(planId, namespace)) }])
      expect(await getObject(api, pathOf(planId))).toBeUndefined()
    })

    test('somebody else’s object in its place is not taken for a free one', async () => {
      const planId = newPlanId()
      const { metadata } = stateNamespaceBody(objectName(planId))
      await createObject(api, collectionPath(leaseRef(planId, namespace)), {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { ...metadata, namespace },
        spec: { holderIdentity: 'mallory' },
      })
      await expect(acquire(planId, 'ana')).rejects.toMatchObject({ message: expect.stringContaining('mallory') })
      expect((await takeOverLease(api, namespace, planId, 'ana')).note).toMatch(/mallory since an unknown time/)
    })
  })

  describe('records', () => {
    const secrets = collectionPath(recordRef('', namespace))
    const copy = (id = newPlanId()) => ({ ...honestPlan, id })

    test('are found by another responder, and cannot be changed', async () => {
      const plan = copy()
      const made = await createObject(api, secrets, recordSecret(plan, namespace, 'ana@laptop'))
      const { plans, problems } = await listRecords(api, namespace)
      expect(plans).toEqual([plan])
      expect(problems).toEqual([])
      const change = patchObject(api, objectPath(recordRef(plan.id, namespace)), [
        { op: 'replace', path: '/data/by', value: 'eA==' },
      ])
      await expect(change).rejects.toMatchObject({ code: 'invalid' })
      await deleteObject(api, objectPath(recordRef(plan.id, namespace)), { uid: made.metadata.uid })
    })

    test('that are none are named, and those of others are not looked at', async () => {
      const [good, renamed] = [copy(), copy()]
      await createObject(api, secrets, recordSecret(good, namespace, 'ana'))
      const forged = recordSecret(renamed, namespace, 'eve')
      await createObject(api, secrets, { ...forged, metadata: { ...forged.metadata, name: 'kubectl-secure-forged' } })
      const plain = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'other', labels: { [planLabel]: 'x' } } }
      await createObject(api, secrets, plain)
      const { plans, problems } = await listRecords(api, namespace)
      expect(plans.map(({ id }) => id)).toEqual([good.id])
      expect(problems).toMatchObject([{ name: 'kubectl-secure-forged', why: expect.stringContaining(renamed.id) }])
    })

    test('are none where there is no namespace for them', async () => {
      expect(await listRecords(api, 'nowhere')).toEqual({ plans: [], problems: [] })
    })

    test('as large as they may be are taken by the server', async () => {
      const plan = copy()
      const notes = Array.from({ length: 115 }, () => randomBytes(9000).toString('base64'))
      const body = recordSecret({ ...plan, notes }, namespace, 'ana')
      expect(Buffer.from(body.data.plan, 'base64').length).toBeGreaterThan(1_000_000)
      const made = await createObject(api, secrets, body)
      expect((await listRecords(api, namespace)).plans).toContainEqual({ ...plan, notes })
      await deleteObject(api, objectPath(recordRef(plan.id, namespace)), { uid: made.metadata.uid })
    })
  })
})
