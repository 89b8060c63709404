import { expect, test } from 'vitest'
import { type Answer, but, json, refuse, serve } from './bad-server.ts'
import { whoReads } from './objects.ts'
import { type Report, secure } from './run.ts'

async function partial(answer: Answer, ...words: string[]) {
  const { url } = await serve(answer)
  const { code, stdout, stderr } = await secure([...words, '--server', url, '-o', 'json'])
  expect(stderr).not.toMatch(/this is a bug/)
  return { code, report: JSON.parse(stdout) as Report, stderr }
}

test('403 everywhere: nothing is known, and it says so', async () => {
  const { code, report } = await partial(refuse(403), ...whoReads)
  expect([code, report.complete, report.subjects]).toEqual([3, false, []])
  expect(report.gaps.map(({ what }) => what)).toEqual([
    'list clusterrolebindings',
    'list rolebindings in all namespaces',
    'other authorizers',
  ])
})

test.each([
  ['refused', 403],
  ['failing', 500],
  ['missing', 404],
])('discovery %s: known types are answered, of others the group is a gap', async (_, status) => {
  const answer = but(/^\/apis?(\?|$)/, refuse(status))
  expect(await partial(answer, ...whoReads)).toMatchObject({
    code: 0,
    report: { complete: true, subjects: [{ name: 'jane' }] },
  })
  const { code, report } = await partial(answer, 'who-can', 'get', 'widgets', '-A')
  expect([code, report.gaps.map(({ what }) => what)]).toEqual([3, ['the type widgets']])
  expect((await partial(answer, 'can', 'user:jane', 'get', 'widgets')).code).toBe(1)
})

test('discovery that is nonsense does not stop the question', async () => {
  const nonsense = { kind: 'APIGroupDiscoveryList', items: [{ versions: [{ resources: [null] }] }] }
  const { code, report } = await partial(
    but(/^\/apis?$/, (_, response) => json(response, nonsense)),
    ...whoReads,
  )
  expect([code, report.notes.join()]).toEqual([0, expect.stringContaining('discovery failed')])
})

test('an object that is not what its kind promises is a gap, and the others count', async () => {
  const items = [
    { metadata: { name: 'odd' }, rules: 'x' },
    { metadata: { name: 'reader' }, rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }] },
    {},
  ]
  const { code, report } = await partial(
    but(/\/clusterroles/, (_, response) => json(response, { kind: 'ClusterRoleList', items })),
    ...whoReads,
  )
  expect([code, report.subjects.map(({ name }) => name)]).toEqual([3, ['jane']])
  expect(report.gaps.map(({ what, why }) => `${what}: ${why}`)).toEqual([
    expect.stringMatching(/^clusterroles \(without a name\): .*metadata must be an object, not missing$/),
    expect.stringMatching(/^clusterroles odd: GET \/apis\S+clusterroles: rules must be a list, not "x"$/),
  ])
})
