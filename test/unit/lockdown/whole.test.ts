import fc from 'fast-check'
import { load } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import type { Change } from '../../../src/change/plan.ts'
import { planLabel } from '../../../src/change/plan.ts'
import { planOf } from '../../../src/change/record/plan-shape.ts'
import { trusted } from '../../../src/change/record/trusted.ts'
import { canariesOf } from '../../../src/lockdown/canaries.ts'
import { manifestFiles } from '../../../src/lockdown/emit.ts'
import { probedGate } from '../../../src/lockdown/gates.ts'
import { levels, type LockdownOptions, type LockdownScene } from '../../../src/lockdown/model.ts'
import { inOrder, planLockdown } from '../../../src/lockdown/plan.ts'
import { narrowed } from '../../../src/lockdown/touched.ts'
import { arbitraryShop } from './network/arbitrary-shop.ts'
import { planId, scene } from './network/scenes.ts'
import { optionsOf } from './options.ts'

const responder = { name: 'ana', groups: [] }
const createdAt = '2026-11-21T03:04:05Z'
const ids = { planId, names: 'unguessable' as const, responder, createdAt }
const readable = { ...ids, names: 'readable' as const }
const made = (parts: Parameters<typeof scene>[0]): LockdownScene => {
  const one = scene(parts)
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: 'shop', uid: 'u-1' },
  }
  const space = { ...one.namespace, metadata: { name: 'shop', uid: 'u-2', labels: {} } }
  return { ...one, namespace: space, accounts: [account], version: 'v1.34' }
}
const around = { planId, image: 'x', stateNamespace: 'kubectl-secure' }

function wholeOf(one: LockdownScene, level: (typeof levels)[number]): { changes: Change[]; proofs: Change[] } {
  const { changes, namespaces } = planLockdown([one], optionsOf({ level }), ids)
  const proofs = namespaces.flatMap(
    (plan, index) => canariesOf(plan, index + 1, { ...around, controls: new Map() }).changes,
  )
  return { changes: inOrder(changes, proofs), proofs }
}

describe('any shop, at any level', () => {
  test('what a level does not touch, it does not change', () => {
    fc.assert(
      fc.property(arbitraryShop, fc.constantFrom(...levels), (parts, level) => {
        const changesOf = (options: LockdownOptions) => planLockdown([made(parts)], options, ids).changes
        expect(changesOf(narrowed(optionsOf({ level })))).toEqual(changesOf(optionsOf({ level })))
      }),
    )
  })

  test('policies come first, then what sees them, then the rest; quotas last and after the probes', () => {
    fc.assert(
      fc.property(arbitraryShop, fc.constantFrom(...levels), (parts, level) => {
        const { changes, proofs } = wholeOf(made(parts), level)
        const rank = ({ ref, temporary }: Change) =>
          temporary
            ? 1
            : ref.kind === 'NetworkPolicy'
              ? 0
              : ref.kind === 'LimitRange'
                ? 3
                : ref.kind === 'ResourceQuota'
                  ? 4
                  : 2
        expect(changes.map(rank)).toEqual(changes.map(rank).toSorted((a, b) => a - b))
        const quotas = changes.filter(({ ref }) => ref.kind === 'ResourceQuota')
        for (const { gate } of quotas) expect(gate).toBe(proofs.length > 0 ? probedGate : undefined)
        expect(new Set(changes.map(({ id }) => id)).size).toBe(changes.length)
      }),
    )
  })

  test('the plan is one that can be saved, recorded, and taken back by its record alone', () => {
    fc.assert(
      fc.property(arbitraryShop, fc.constantFrom(...levels), (parts, level) => {
        const plan = {
          apiVersion: 'kubectl-secure.github.io/v1' as const,
          kind: 'Plan' as const,
          id: planId,
          command: ['lockdown', 'shop'],
          createdAt,
          cluster: { id: 'c', server: 's' },
          user: responder,
          changes: wholeOf(made(parts), level).changes,
          notes: [],
        }
        expect(planOf(JSON.parse(JSON.stringify(plan)))).toMatchObject({ plan: { id: planId } })
        const { plan: kept, refused } = trusted(plan, { clusterId: 'c', stateNamespace: 'kubectl-secure' })
        expect(refused).toEqual([])
        expect(kept.changes.map(({ id }) => id)).toEqual(plan.changes.map(({ id }) => id))
      }),
    )
  })

  test('its manifests are whole objects under their own names, and no mark of a plan is on them', () => {
    fc.assert(
      fc.property(arbitraryShop, fc.constantFrom(...levels), (parts, level) => {
        const { changes } = planLockdown([made(parts)], optionsOf({ level }), readable)
        const { files, left } = manifestFiles(changes)
        expect(left).toEqual([])
        expect(manifestFiles(changes).files).toEqual(files)
        const [kustomization, ...rest] = files
        if (!kustomization) return
        expect((load(kustomization.text) as { resources: string[] }).resources).toEqual(
          rest.map(({ path }) => path).toSorted(),
        )
        expect(new Set(rest.map(({ path }) => path)).size).toBe(rest.length)
        for (const [index, { path, text }] of rest.entries()) {
          expect(path).toMatch(/^[a-z0-9._=-]+\/[a-z0-9._=-]+\.yaml$/)
          const { kind, name } = changes[index]?.ref ?? {}
          expect(load(text)).toMatchObject({ kind, metadata: { name } })
          expect(text).not.toContain(planLabel)
        }
      }),
    )
  })
})

describe('words that YAML takes for something else', () => {
  test('stay what they are, to every reader', () => {
    const hostile = fc.oneof(
      fc.constantFrom(
        'null',
        '1e3',
        'true',
        'yes',
        'n',
        '0x1f',
        '~',
        '1_000',
        '.inf',
        '2026-11-21',
        '-',
        '',
        '#',
        ': ',
      ),
      fc.string({ unit: 'binary', maxLength: 12 }),
    )
    fc.assert(
      fc.property(hostile, (text) => {
        const change: Change = {
          id: 'x',
          do: 'create',
          why: text,
          ref: { apiVersion: 'v1', kind: 'LimitRange', resource: 'limitranges', namespace: text, name: text },
          body: { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: text, namespace: text }, spec: { text } },
        }
        const [, file] = manifestFiles([change]).files
        expect(load(file?.text ?? '')).toEqual(change.body)
      }),
    )
  })
})
