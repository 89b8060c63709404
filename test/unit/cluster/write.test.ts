import { expect, test } from 'vitest'
import {
  createObject,
  deleteObject,
  evictPod,
  getObject,
  jsonPointer,
  patchObject,
} from '../../../src/cluster/write.ts'
import { warningTexts } from '../../../src/cluster/warnings.ts'
import type { Handler } from './fake-server.ts'
import { connected, server } from './setting.ts'

const collection = '/api/v1/namespaces/shop/configmaps'
const object = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'shop', uid: 'u', resourceVersion: '7' },
  data: { from: '1', _from: '2' },
}

const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}): Handler =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
const status = (code: number, reason: string, message: string, details: object = {}) =>
  answer(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, details, code })

test('a create says who we are, wants strict fields, and hands back what came', async () => {
  const api = await server(answer(201, object))
  expect(await createObject(await connected(api), collection, { kind: 'ConfigMap' })).toEqual(object)
  const [seen] = api.seen
  expect(seen).toMatchObject({ method: 'POST', body: '{"kind":"ConfigMap"}' })
  expect(seen?.url).toBe(`${collection}?fieldManager=kubectl-secure&fieldValidation=Strict`)
})

test('a dry run asks for one, in the query and in the options of a delete', async () => {
  const api = await server((request, response, seen) => {
    const body = request.method === 'DELETE' ? { kind: 'Status', status: 'Success' } : object
    answer(200, body)(request, response, seen)
  })
  const cluster = await connected(api)
  const dry = { dryRun: true }
  await createObject(cluster, collection, {}, dry)
  await patchObject(cluster, `${collection}/a`, [{ op: 'remove', path: '/data' }], dry)
  expect(await deleteObject(cluster, `${collection}/a`, { uid: 'u' }, dry)).toBe('deleted')
  expect(await evictPod(cluster, '/api/v1/namespaces/shop/pods/web-0', { uid: 'u' }, dry)).toBe('evicted')
  for (const { url } of api.seen) expect(url).toMatch(/[?&]dryRun=All$/)
  const [, , deleted, evicted] = api.seen
  expect(JSON.parse(deleted?.body ?? '')).toEqual({
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions: { uid: 'u' },
    dryRun: ['All'],
  })
  expect(JSON.parse(evicted?.body ?? '')).toMatchObject({
    metadata: { name: 'web-0', namespace: 'shop' },
    deleteOptions: { preconditions: { uid: 'u' }, dryRun: ['All'] },
  })
})

test('a delete tells its length: a server that reads no body deletes without conditions', async () => {
  const api = await server(answer(200, { kind: 'Status', status: 'Success' }))
  await deleteObject(await connected(api), `${collection}/a`, { uid: 'u', gracePeriodSeconds: 0 })
  expect(Number(api.seen[0]?.headers['content-length'])).toBe(api.seen[0]?.body.length)
  expect(api.seen[0]?.body).toContain('"uid":"u"')
})

test('an operation without a value is not sent: it makes an API server panic', async () => {
  const api = await server()
  const asked = patchObject(await connected(api), `${collection}/a`, [{ op: 'test', path: '/metadata/uid' }])
  await expect(asked).rejects.toThrow('the test of /metadata/uid has no value')
  expect(api.seen).toHaveLength(0)
})

const bare = { reason: 'Invalid', message: 'the server rejected our request due to an error in our request' }
test.each<[string, Handler, object]>([
  ['a test that fails', status(422, bare.reason, bare.message), { code: 'conflict' }],
  ['an invalid value', status(422, 'Invalid', 'x is invalid', { kind: 'ConfigMap', causes: [] }), { code: 'invalid' }],
  ['an unknown field', status(422, 'Invalid', ' "" is invalid', { causes: [{ field: 'patch' }] }), { code: 'invalid' }],
  ['a 422 that is not of the API', answer(422, 'no'), { code: 'invalid' }],
  ['a patch that is none', status(400, 'BadRequest', 'error decoding patch'), { code: 'invalid' }],
  ['an object that has changed', status(409, 'Conflict', 'modified'), { code: 'conflict' }],
  ['a name that is taken', status(409, 'AlreadyExists', 'already exists'), { code: 'already-exists', exitCode: 4 }],
])('%s', async (_, handler, expected) => {
  const cluster = await connected(await server(handler))
  const asked = patchObject(cluster, `${collection}/a`, [{ op: 'test', path: '/metadata/uid', value: 'u' }])
  await expect(asked).rejects.toMatchObject({ ...expected, unsettled: false })
})

test.each<[string, Handler, string | undefined]>([
  ['a role that is missing', status(403, 'Forbidden', 'pods "a" is forbidden: User "eve" cannot get …'), 'authorizer'],
  ['one for a list', status(403, 'Forbidden', 'pods is forbidden: User "\\"x" cannot list …'), 'authorizer'],
  ['one for a path', status(403, 'Forbidden', 'forbidden: User "eve" cannot get path "/x"'), 'authorizer'],
  ['PodSecurity', status(403, 'Forbidden', 'pods "a" is forbidden: violates PodSecurity "restricted"'), 'admission'],
  [
    'a policy that pretends',
    status(403, 'Forbidden', 'pods "a" is forbidden: is forbidden: User "eve" cannot'),
    'admission',
  ],
  ['an escalation', status(403, 'Forbidden', 'roles is forbidden: user "eve" is attempting to grant'), 'admission'],
  ['a webhook, with its own code', status(400, '', 'admission webhook "w" denied the request: no'), 'admission'],
  ['a firewall', answer(403, '<html>no</html>'), undefined],
  ['a firewall that speaks JSON', answer(403, { message: 'no' }), undefined],
])('who refused: %s', async (_, handler, refusedBy) => {
  const cluster = await connected(await server(handler))
  await expect(createObject(cluster, collection, {})).rejects.toMatchObject({ refusedBy })
})

test('a 404 is no object only when it names the object', async () => {
  const gone = status(404, 'NotFound', 'configmaps "a" not found', { name: 'a', kind: 'configmaps' })
  const cluster = await connected(await server(gone))
  expect(await getObject(cluster, `${collection}/a`)).toBeUndefined()
  expect(await deleteObject(cluster, `${collection}/a`, { uid: 'u' })).toBe('gone')
  await expect(getObject(cluster, `${collection}/b`)).rejects.toMatchObject({ code: 'not-found' })
  for (const handler of [status(404, 'NotFound', 'could not find'), answer(404, '404 page not found')]) {
    await expect(getObject(await connected(await server(handler)), `${collection}/a`)).rejects.toMatchObject({
      code: 'not-found',
    })
  }
})

test.each([['{"kind":'], ['<html>'], ['null'], ['{"kind":"ConfigMap","metadata":{"name":"a"}}']])(
  'a success that cannot be read leaves a write unsettled: %s',
  async (text) => {
    const cluster = await connected(await server(answer(201, text)))
    await expect(createObject(cluster, collection, {})).rejects.toMatchObject({ code: 'bad-answer', unsettled: true })
    await expect(getObject(cluster, `${collection}/a`)).rejects.toMatchObject({ code: 'bad-answer', unsettled: false })
  },
)

test('warnings come through, from refusals too', async () => {
  const warning = '299 - "a \\"quoted\\" word, and a comma", 299 - "second"'
  const heard: string[] = []
  const onWarning = (text: string): void => void heard.push(text)
  for (const code of [201, 403]) {
    const cluster = await connected(await server(answer(code, object, { warning })))
    await createObject(cluster, collection, {}, { onWarning }).catch(() => {})
  }
  expect(heard).toEqual(['a "quoted" word, and a comma', 'second', 'a "quoted" word, and a comma', 'second'])
})

test('a warning that is not as it should be is not lost', () => {
  expect(warningTexts('299 - "one", nonsense')).toEqual(['one', 'nonsense'])
  expect(warningTexts('plain')).toEqual(['plain'])
  expect(warningTexts(undefined)).toEqual([])
  expect(warningTexts(Buffer.from('299 - "grün"').toString('latin1'))).toEqual(['grün'])
})

test('a JSON pointer escapes what has a meaning in it', () => {
  expect(jsonPointer(['metadata', 'labels', 'app.kubernetes.io/na~me'])).toBe(
    '/metadata/labels/app.kubernetes.io~1na~0me',
  )
  expect(jsonPointer(['spec', 'containers', 0, '~1'])).toBe('/spec/containers/0/~01')
  expect(jsonPointer([])).toBe('')
})
