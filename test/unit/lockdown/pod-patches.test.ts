import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planPods } from '../../../src/lockdown/pods.ts'
import { patchFiles } from '../../../src/lockdown/pod-patches.ts'
import { readYaml } from '../../../src/snapshot/yaml.ts'
import { scene, workload } from './network/scenes.ts'
import { optionsOf } from './options.ts'

const name = fc.oneof(
  fc.constantFrom(
    'null',
    '1e3',
    'true',
    'yes',
    'n',
    '~',
    '012',
    '0x1f',
    '1_000',
    '12:30',
    '-',
    '.',
    '..',
    'con',
    '<<',
    '=',
    'a: b',
    '# c',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
)

test('whatever things are called, files stay below their folder and say what is meant', () => {
  fc.assert(
    fc.property(name, name, name, (space, one, container) => {
      const raw = {
        ...workload('shop/x', { spec: { containers: [{ name: container || 'c' }] } }).workload,
        metadata: { name: one, namespace: space },
      }
      const given = { ...scene({}), workloads: [raw] }
      const files = patchFiles(space, planPods(given, optionsOf()).judged)
      expect(files.map(({ path }) => path.replace(/^[a-z\d=._-]+\//, ''))).toEqual([
        'kustomization.yaml',
        expect.stringMatching(/^deployment-[a-z\d=._-]*\.yaml$/),
        expect.stringMatching(/^deployment-[a-z\d=._-]*\.json$/),
      ])
      expect(files.some(({ path }) => path.split('/').some((part) => part.startsWith('.')))).toBe(false)
      const [component, merge] = files.map(({ text }) => readYaml(text))
      expect(merge?.[0]?.value).toMatchObject({
        metadata: { name: one, namespace: space },
        spec: { template: { spec: { containers: [{ name: container || 'c' }] } } },
      })
      expect(merge).toHaveLength(1)
      expect(component?.[0]?.value).toMatchObject({
        kind: 'Component',
        patches: [{ path: files[1]?.path.split('/')[1] }],
      })
    }),
  )
})

test('what is managed by something else has no patch, nor has what passes', () => {
  const { workload: web } = workload('shop/web')
  const ownerReferences = [{ apiVersion: 'example.com/v1', kind: 'App', name: 'app', uid: 'a', controller: true }]
  const managed = { ...web, metadata: { ...(web['metadata'] as object), ownerReferences } }
  expect(patchFiles('shop', planPods({ ...scene({}), workloads: [managed] }, optionsOf()).judged)).toEqual([])
  expect(patchFiles('shop', [])).toEqual([])
})
