import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { findRun } from '../../../src/change/find-run.ts'
import { undoRun } from '../../../src/change/runs.ts'
import { status } from '../../../src/change/status.ts'
import { previewRelease, releaseFirst } from '../../../src/isolation/release.ts'
import { runText } from '../../../src/terminal/run-text.ts'
import { plain } from '../../../src/terminal/look.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { isolate } from './isolating.ts'
import { image, kubectl } from './stage.ts'
import { block, everything, opens, openStreet, type Street } from './street.ts'

vi.setConfig({ testTimeout: 300_000 })

const nowhere = 'localhost:1/nothing/here:1'

describeWithCluster('node', 'undo of a cut', (running) => {
  let street: Street
  beforeAll(async () => {
    street = await openStreet(running())
  })
  afterAll(() => street?.close())

  const sever = async (namespace: string) => {
    await block(street, namespace)
    return (await isolate(street.engine, { kind: 'Pod', namespace, name: 'web' }, { sever: true })).plan
  }
  const undo = async (id: string, chosen?: string) => {
    const run = await findRun(street.engine, id)
    return await undoRun(street.engine, run, { first: releaseFirst(street.engine, run, chosen) })
  }
  const statusOf = async (id: string) => (await status(street.engine, ({ plan }) => plan.id === id)).runs[0]

  test('the image is that of the cut; where it does not work, undo and status say that the pod stays cut off', async () => {
    const id = await sever('cut')
    const [shown] = await previewRelease(street.engine, await findRun(street.engine, id))
    expect(shown?.missing).toBeUndefined()
    expect(JSON.stringify(shown?.before)).not.toContain(`${id}-release`)
    expect(shown?.after).toMatchObject({
      spec: { ephemeralContainers: [{}, { name: expect.stringContaining('release') as string, image }] },
    })

    const failed = await undo(id, nowhere)
    expect(failed).toMatchObject({ state: 'partly-undone' })
    expect(failed.irreversible[0]).toMatchObject({
      ref: { namespace: 'cut', name: 'web' },
      what: expect.stringMatching(/stays cut off from its network: .*(?:ErrImagePull|ImagePullBackOff).*--probe-image/),
    })
    const text = runText(failed, plain).replaceAll(/\s+/g, ' ')
    expect(text).toContain('What did not come back: - Pod cut/web: it stays cut off from its network')
    expect(text).toMatch(/1 PARTLY undone/)
    const left = await statusOf(id)
    expect(left).toMatchObject({
      state: 'partly-undone',
      drift: [expect.stringContaining('pods web in namespace cut: it stays cut off')],
    })

    expect(await undo(id)).toMatchObject({ state: 'undone' })
    expect(await statusOf(id)).toMatchObject({ state: 'undone', drift: [] })
    await opens(street, 'cut', everything)
  })

  test('with the pod gone it is over', async () => {
    const id = await sever('gone')
    await undo(id, nowhere)
    await kubectl(running(), 'delete', 'pod', '-n', 'gone', 'web', '--grace-period=0', '--force')
    expect((await statusOf(id))?.drift.join()).not.toContain('stays cut off')
    expect(await undo(id)).toMatchObject({ state: 'undone' })
  })
})
