import { expect, it } from 'vitest'
import { snapshotEngine } from '../../../src/playbook/snapshot-engine.ts'
import type { Step } from '../../../src/playbook/model.ts'
import { preflightPath } from '../../../src/playbook/preflight.ts'
import { stopsOf } from '../../../src/playbook/stops.ts'
import { worldOf } from '../../../src/playbook/test/fixture.ts'
import { readOf } from './playbooks.ts'

const rightsOf = async (step: Omit<Extract<Step, { type: 'get' }>, 'id' | 'type'>) => {
  const { planning } = await worldOf([], 'test')
  const read = readOf('main', [{ id: 'look', type: 'get', ...step }], { x: { type: 'string', ask: '?' } })
  const stops = await stopsOf(read, () => Promise.reject(new Error('nothing is called')))
  const { steps } = await preflightPath(await snapshotEngine(planning, 'state'), {}, stops, { x: 'web' })
  return steps.flatMap(({ rights }) => rights.map(({ allowed: _allowed, ...right }) => right))
}

it('a step that reads an object has its right asked for, as far as it is known which', async () => {
  expect(await rightsOf({ kind: 'Deployment', name: '${{ inputs.x }}', namespace: 'shop' })).toEqual([
    { verb: 'get', group: 'apps', resource: 'deployments', name: 'web', namespace: 'shop', sure: true },
  ])
  expect(await rightsOf({ kind: 'Pod', name: 'a' })).toEqual([
    { verb: 'get', group: '', resource: 'pods', name: 'a', namespace: 'default', sure: true },
  ])
  expect(await rightsOf({ kind: 'Node', name: '${{ inputs.x }}' })).toEqual([
    { verb: 'get', group: '', resource: 'nodes', name: 'web', sure: true },
  ])
  expect(await rightsOf({ kind: 'Node', name: '${{ steps.before.name }}' })).toEqual([
    { verb: 'get', group: '', resource: 'nodes', sure: false },
  ])
  expect(await rightsOf({ kind: 'Gadget', name: 'a' })).toEqual([])
})
