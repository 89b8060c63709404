import { expect, test } from 'vitest'
import { nobodyChosen } from '../../../src/lockdown/nobody-chosen.ts'
import { pod, scene, workload } from './network/scenes.ts'

const by = (app: string) => ({ selector: { matchLabels: { app }, matchExpressions: [] } })

test('a selection that chooses nobody is named; pods alone and workloads without pods are somebody', () => {
  const shop = scene({ workloads: [workload('shop/web')], objects: [pod('shop/alone', { labels: { app: 'alone' } })] })
  expect(nobodyChosen([shop], by('nope'))).toEqual([expect.stringContaining('namespace shop')])
  expect(nobodyChosen([shop], by('web'))).toEqual([])
  expect(nobodyChosen([shop], by('alone'))).toEqual([])
  expect(nobodyChosen([scene({})], {})).toEqual([])
})
