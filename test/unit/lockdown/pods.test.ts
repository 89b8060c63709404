import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyChanges } from '../../../src/change/planned.ts'
import type { Raw } from '../../../src/isolation/raw.ts'
import { levels } from '../../../src/lockdown/model.ts'
import { planPods } from '../../../src/lockdown/pods.ts'
import { labelChange, wantedLevels } from '../../../src/lockdown/pods-labels.ts'
import { evaluatePod } from '../../../src/workload/pod-security/evaluate.ts'
import { versionOn } from '../../../src/workload/pod-security/level.ts'
import { type Mode, namespaceLevels } from '../../../src/workload/pod-security/namespace-levels.ts'
import { arbitraryPod } from '../workload/pod-security/arbitrary-pod.ts'
import { pod, scene, workload } from './network/scenes.ts'
import { optionsOf } from './options.ts'

const prefix = 'pod-security.kubernetes.io/'
const modes: Mode[] = ['enforce', 'audit', 'warn']
const level = fc.constantFrom('privileged', 'baseline', 'restricted', 'Restricted', '', undefined)
const version = fc.constantFrom('latest', 'v1.20', 'v1.34', 'v1.40', 'v1.04', undefined)
const labelled = fc
  .tuple(fc.array(level, { minLength: 3, maxLength: 3 }), fc.array(version, { minLength: 3, maxLength: 3 }))
  .map(([chosen, versions]): Raw => {
    const entries = modes.flatMap((mode, index) => [
      [`${prefix}${mode}`, chosen[index]],
      [`${prefix}${mode}-version`, versions[index]],
    ])
    const labels = Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as object
    return {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', uid: 'u', labels: { team: 'a', ...labels } },
    }
  })
const strictness = ['privileged', 'baseline', 'restricted']

test('labels come to be as strict as the level asks, and nothing becomes weaker', () => {
  fc.assert(
    fc.property(
      labelled,
      fc.constantFrom(...levels),
      fc.array(arbitraryPod, { maxLength: 3 }),
      (namespace, aim, pods) => {
        const wanted = wantedLevels(aim, 'v1.34')
        const { change } = labelChange(namespace, wanted)
        const [after = {}] = applyChanges([namespace], change ? [change] : [])
        const [before, now] = [namespaceLevels(namespace), namespaceLevels(after)]
        for (const mode of modes) {
          expect(strictness.indexOf(now[mode].level)).toBeGreaterThanOrEqual(strictness.indexOf(before[mode].level))
          const asked = wanted[mode]
          if (!asked) expect(now[mode]).toEqual(before[mode])
          else expect(strictness.indexOf(now[mode].level)).toBeGreaterThanOrEqual(strictness.indexOf(asked.level))
          // Of the same level: what was refused by an older version may pass a newer one, and only there.
          if (now[mode].level !== before[mode].level || now[mode].version === before[mode].version) continue
          expect([asked?.version]).toContain(now[mode].version)
        }
        for (const one of pods) {
          const refused = (levels: typeof now) =>
            evaluatePod(levels.enforce.level, versionOn(34, levels.enforce.version), one).length > 0
          if (before.enforce.level !== now.enforce.level && refused(before)) expect(refused(now)).toBe(true)
        }
        // A second time there is nothing to do.
        expect(labelChange(after, wanted).change).toBeUndefined()
      },
    ),
  )
})

test('each template is on the list exactly when its pods were taken and will not be', () => {
  fc.assert(
    fc.property(fc.array(arbitraryPod, { minLength: 1, maxLength: 4 }), labelled, (drawn, namespace) => {
      const workloads = drawn.map((one, index) => workload(`shop/w${index}`, { spec: one.spec }))
      const plan = planPods({ ...scene({ workloads }), namespace }, optionsOf())
      const names = new Set(plan.breaks.filter(({ what }) => what === 'rollout').map(({ of }) => of.name))
      const { enforce } = plan.before
      const isTaken = (at: typeof enforce, index: number) => {
        const { workload: raw } = workloads[index] as { workload: Raw }
        const { template } = raw['spec'] as { template: { spec: object } }
        return evaluatePod(at.level, versionOn(34, at.version), template).length === 0
      }
      for (const index of drawn.keys()) {
        const isBroken = isTaken(enforce, index) && !isTaken(plan.after.enforce, index)
        expect(names.has(`w${index}`)).toBe(isBroken && enforce !== plan.after.enforce)
      }
    }),
    { numRuns: 60 },
  )
})

test('fields are those of the object, and a pod of an unknown owner stands for its owner', () => {
  const owner = { apiVersion: 'example.com/v1', kind: 'Farm', name: 'farm', uid: 'f', controller: true }
  const grown = ['one', 'two'].map((name): Raw => {
    const raw = pod(`shop/${name}`)
    return { ...raw, metadata: { ...(raw['metadata'] as object), ownerReferences: [owner] } }
  })
  const given = scene({ workloads: [workload('shop/web', { kind: 'StatefulSet' })], objects: grown })
  const { breaks } = planPods({ ...given, namespace: { ...given.namespace, apiVersion: 'v1' } }, optionsOf())
  expect(breaks.map(({ of, what }) => `${what} ${of.kind} ${of.name}`)).toEqual([
    'rollout StatefulSet web',
    'rollout Pod web-0',
    'rollout Farm farm',
    'debug Namespace shop',
  ])
  expect(breaks[0]?.evidence.map(({ at }) => at)).toContain(
    'spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation',
  )
})

test('baseline refuses nothing, and a selector changes nothing', () => {
  const given = scene({ workloads: [workload('shop/web', { spec: { hostNetwork: true } })] })
  const baseline = planPods(given, optionsOf({ level: 'baseline' }))
  expect(baseline.breaks).toEqual([])
  expect(baseline.judged).not.toEqual([])
  expect(
    baseline.changes.flatMap(({ do: how, ...one }) =>
      'edits' in one ? one.edits.map(({ path }) => path.at(-1)) : [how],
    ),
  ).toEqual(['audit', 'audit-version', 'warn', 'warn-version'].map((one) => `${prefix}${one}`))
  const selector = { matchLabels: { app: 'web' }, matchExpressions: [] }
  expect(planPods(given, optionsOf({ selector }))).toMatchObject({ changes: [], breaks: [] })
})
