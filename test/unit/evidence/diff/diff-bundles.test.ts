import { expect, test } from 'vitest'
import type { Case } from '../../../../src/bundle/case.ts'
import { readBundle } from '../../../../src/bundle/read.ts'
import { diffBundles } from '../../../../src/evidence/diff/diff-bundles.ts'
import { rawListPath } from '../../../../src/snapshot/bundle-layout.ts'
import {
  bundleWith,
  type Raw,
  record,
  type RecordedList,
  recordList,
  type World,
} from '../../snapshot/recorded-world.ts'

const pods = { group: '', version: 'v1', resource: 'pods' }
const named = (name: string, uid: string, namespace?: string) => {
  const metadata = { name, uid, ...(namespace !== undefined && { namespace }) }
  return { metadata }
}
const pod = (name: string, uid: string, namespace = 'shop', image = 'a'): Raw => ({
  ...named(name, uid, namespace),
  spec: { containers: [{ name: 'app', image }] },
})
const space = (name: string): Raw => named(name, `ns-${name}`)
const worldOf = (items: Raw[], more: Partial<World> & { lists?: RecordedList[] } = {}): World => ({
  refused: new Set(),
  pageSize: 2,
  ...more,
  lists: [
    {
      list: { group: '', version: 'v1', resource: 'namespaces' },
      kind: 'Namespace',
      items: [space('shop'), space('other')],
    },
    { list: pods, kind: 'Pod', items },
    ...(more.lists ?? []),
  ],
})
const write = async (how: (made: Case) => Promise<void>) => await readBundle((await bundleWith(how)).file)
const taken = async (world: World) => await write(async (made) => await record(made, world))
const diff = async (one: Awaited<ReturnType<typeof taken>>, other: Awaited<ReturnType<typeof taken>>) =>
  await diffBundles({ path: 'one', bundle: one }, { path: 'other', bundle: other })
const told = ({ changes }: Awaited<ReturnType<typeof diff>>) =>
  changes.map(({ change, object: { namespace, name } }) => `${change} ${namespace}/${name}`)

test('bundles of several pages are compared by what they have', async () => {
  const one = await taken(worldOf([pod('a', '1'), pod('b', '2'), pod('c', '3'), pod('d', '4'), pod('e', '5')]))
  const other = await taken(
    worldOf([pod('b', '2', 'shop', 'x'), pod('c', '3'), pod('e', '6'), pod('f', '7'), pod('d', '4')]),
  )
  const report = await diff(one, other)
  expect(report).toMatchObject({ complete: true, unknown: [], before: { path: 'one', case: 'case-1' } })
  expect(told(report)).toEqual(['removed shop/a', 'changed shop/b', 'recreated shop/e', 'added shop/f'])
})

test('where a list was refused in one of them, lists of namespaces tell what they can', async () => {
  const items = [pod('a', '1'), pod('b', '2', 'other')]
  const whole = await taken(worldOf(items))
  const refused = new Set(['/api/v1/pods', '/api/v1/namespaces/other/pods'])
  const partly = await taken(worldOf([pod('c', '3')], { refused }))
  const report = await diff(whole, partly)
  expect(told(report)).toEqual(['removed shop/a', 'added shop/c'])
  expect(report).toMatchObject({
    complete: false,
    unknown: [{ resource: 'pods', in: 'after', why: 'GET /api/v1/pods: 403 Forbidden: no', objects: 1 }],
  })
  expect(await diff(partly, whole)).toMatchObject({ unknown: [{ in: 'before', objects: 1 }] })
})

test('pages that are missing are no objects that are gone', async () => {
  const world = worldOf([pod('a', '1'), pod('b', '2'), pod('c', '3')])
  const cut = await write(async (made) => {
    await record(made, { ...world, lists: world.lists.slice(0, 1) })
    await recordList(made, world, pods, { pages: 1 })
  })
  const report = await diff(await taken(world), cut)
  expect(report).toMatchObject({ changes: [], unknown: [{ resource: 'pods', in: 'after', objects: 1 }] })
  expect(report.unknown[0]?.why).toMatch(/^page 2 and what follows/)
})

test('a type that the server did not have had no objects; one that was not collected is unknown', async () => {
  const things = { group: 'example.com', version: 'v1', resource: 'things' }
  const list: RecordedList = {
    list: things,
    kind: 'Thing',
    items: [named('x', '9', 'shop')],
  }
  const without = await taken(worldOf([]))
  const having = await taken(worldOf([], { lists: [list] }))
  const report = await diff(without, having)
  expect([report.unknown, told(report)]).toEqual([[], ['added shop/x']])
  const uncollected = await write(async (made) => {
    const world = worldOf([], { lists: [list] })
    const fails = new Proxy(made, {
      get: (target, key) =>
        key === 'artefact'
          ? async (path: string[], ...rest: [never, never]) =>
              path.includes('things') ? undefined : await target.artefact(path, ...rest)
          : Reflect.get(target, key),
    })
    await record(fails, world)
  })
  expect(await diff(uncollected, having)).toMatchObject({
    changes: [],
    unknown: [{ resource: 'things', in: 'before', objects: 1 }],
  })
})

test('numbers that a double cannot hold are compared all the same', async () => {
  const things = { group: 'example.com', version: 'v1', resource: 'things' }
  const having = async (value: string) =>
    await write(async (made) => {
      const item = `{"metadata":{"name":"x","uid":"1"},"value":${value}}`
      const meta = { path: '/apis/example.com/v1/things', list: { resourceVersion: '1', run: 1, page: 1, last: true } }
      await made.artefact(rawListPath(things, 1), meta, Buffer.from(`{"kind":"ThingList","items":[${item}]}`))
    })
  const report = await diff(await having('9007199254740993'), await having('9007199254740992'))
  expect(report.changes).toMatchObject([{ fields: [{ path: ['value'], before: '9007199254740993' }] }])
})

test('bundles of two clusters are refused', async () => {
  const one = await taken(worldOf([]))
  const other = await taken(worldOf([]))
  const of = (bundle: typeof one, id: string | null) => ({ ...bundle, head: { ...bundle.head, cluster: { id } } })
  await expect(diff(of(one, 'x'), of(other, 'y'))).rejects.toMatchObject({ code: 'usage' })
  expect((await diff(of(one, 'x'), of(other, 'x'))).notes).toHaveLength(1)
  expect((await diff(of(one, 'x'), of(other, null))).notes[0]).toContain('nothing in the bundles tells')
})
