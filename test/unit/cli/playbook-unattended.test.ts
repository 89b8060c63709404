import { expect, it } from 'vitest'
import { unattended } from '../../../src/cli/playbook-unattended.ts'
import { noAnswers } from '../../../src/playbook/answers.ts'
import { snapshotEngine } from '../../../src/playbook/snapshot-engine.ts'
import { worldOf } from '../../../src/playbook/test/fixture.ts'

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'shop', name: 'web', uid: 'u-1' } }
const asked = async (inputs: Record<string, string>, byDefault?: string) => {
  const { cluster } = await worldOf([pod], 'test')
  const voice = { begin: () => {}, say: () => {}, hush: () => {} }
  const responder = unattended(await snapshotEngine(cluster, 'state'), { ...noAnswers, inputs }, 'a.yaml', voice)
  const input = { type: 'pod' as const, ask: 'Which?', ...(byDefault !== undefined && { default: byDefault }) }
  return (await responder.input('pod', input, {}))?.value
}

it('a default is pinned as an answer is, and gives way to one', async () => {
  const pinned = { kind: 'Pod', namespace: 'shop', name: 'web', uid: 'u-1' }
  expect(await asked({}, 'shop/web')).toEqual(pinned)
  expect(await asked({ pod: 'shop/web' }, 'shop/other')).toEqual(pinned)
  expect(await asked({})).toBeUndefined()
  await expect(asked({}, 'shop/gone')).rejects.toThrow('the default of pod: there is no Pod shop/gone')
  await expect(asked({ pod: 'shop/gone' }, 'shop/web')).rejects.toThrow('a.yaml: inputs.pod: there is no Pod shop/gone')
})
