import { copyFile, readFile, writeFile } from 'node:fs/promises'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { liveOrigin } from '../../../src/snapshot/origin.ts'
import { bundleOrigin } from '../../../src/snapshot/from-bundle.ts'
import { type Need, snapshotFrom } from '../../../src/snapshot/from-cluster.ts'
import { networkObjectsFrom } from '../../../src/snapshot/network-objects.ts'
import type { Snapshot } from '../../../src/snapshot/snapshot.ts'
import { listRequestPath } from '../../../src/snapshot/bundle-layout.ts'
import { drawFrom } from '../../fuzz/draw.ts'
import { namespaces } from '../../fuzz/words.ts'
import { drawWorld, rbacGroup, type WorldObject } from '../../fuzz/world.ts'
import { bundleWith, clusterOf, type Raw, record, recordList, type RecordedList, type World } from './recorded-world.ts'

const all: Need = { roleBindingsOf: '*', serviceAccounts: true, pods: true }
const options = { namespace: 'default' }

function worldOf(objects: readonly WorldObject[], more: Partial<World> = {}): World {
  const rbac = (kind: string): RecordedList => ({
    list: { group: rbacGroup, version: 'v1', resource: `${kind.toLowerCase()}s` },
    kind,
    items: objects
      .filter((object) => object.kind === kind)
      .map(({ metadata, ...object }): Raw => {
        const identified: Raw['metadata'] & { uid: string } = { ...metadata, uid: `u-${metadata.name}` }
        return { metadata: identified, ...object }
      }),
  })
  const core = (resource: string, kind: string, items: Raw[]): RecordedList => {
    return { list: { group: '', version: 'v1', resource }, kind, items }
  }
  return {
    lists: [
      ...['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'].map(rbac),
      core(
        'namespaces',
        'Namespace',
        namespaces.map((name) => ({ metadata: { name } })),
      ),
      core(
        'serviceaccounts',
        'ServiceAccount',
        namespaces.map((namespace) => ({ metadata: { name: 'app', namespace } })),
      ),
      core(
        'pods',
        'Pod',
        namespaces.map((namespace) => ({ metadata: { name: 'web-0', namespace }, spec: { nodeName: 'n' } })),
      ),
    ],
    refused: new Set(),
    pageSize: 500,
    ...more,
  }
}

/** A snapshot as it is compared: what was read at the same time comes in any order. */
function facts({ notes, ...snapshot }: Snapshot, { refused }: World) {
  // Without the list, nobody collects that a thing is not there which nobody had named yet.
  const isUnknown = (note: string) =>
    /^namespace .* does not exist/.test(note)
      ? refused.has('/api/v1/namespaces')
      : /^service account .* does not exist/.test(note) && refused.has('/api/v1/serviceaccounts')
  const sorted = (list: readonly unknown[]) => list.map((one) => JSON.stringify(one)).sort()
  return {
    ...Object.fromEntries(
      Object.entries(snapshot).map(([key, value]) => [key, Array.isArray(value) ? sorted(value) : value]),
    ),
    source: undefined,
    notes: notes.filter((note) => !note.startsWith('answered from the evidence') && !isUnknown(note)).sort(),
  }
}

async function same(world: World, need: Need = all): Promise<Snapshot> {
  const live = await snapshotFrom(
    liveOrigin(clusterOf(world), () => {}),
    () => need,
  )
  const { file, directory } = await bundleWith(async (made) => await record(made, world))
  for (const path of [file, directory]) {
    const recorded = await snapshotFrom(await bundleOrigin(path, options), () => need)
    expect(facts(recorded, world)).toEqual(facts(live, world))
  }
  return live
}

test('a world that was recorded is the world itself, whatever was refused of it', async () => {
  const refusable = worldOf([]).lists.map(({ list }) => listRequestPath(list))
  const one = fc.record({
    seed: fc.integer(),
    pageSize: fc.integer({ min: 2, max: 9 }),
    refused: fc.subarray([...refusable, '/apis', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews']),
    namespace: fc.constantFrom('*', 'fuzz-a', undefined),
  })
  await fc.assert(
    fc.asyncProperty(one, async ({ seed, pageSize, refused, namespace }) => {
      const world = worldOf(drawWorld(drawFrom(seed)), { pageSize, refused: new Set(refused) })
      await same(world, {
        ...(namespace === undefined ? {} : { roleBindingsOf: namespace }),
        ...(seed % 2 === 0 ? { pods: true, serviceAccounts: true } : {}),
        named: [{ namespace: namespace ?? 'gone' }, { namespace: 'fuzz-a', serviceAccount: 'app' }],
      })
    }),
    { numRuns: 15 },
  )
}, 120_000)

const small = drawWorld(drawFrom(7))
const bindings = { group: rbacGroup, version: 'v1', resource: 'rolebindings' }
const clusterRoles = { group: rbacGroup, version: 'v1', resource: 'clusterroles' }

test('the list of a namespace is read from the list of all', async () => {
  const [one, ...others] = await Promise.all(namespaces.map((name) => same(worldOf(small), { roleBindingsOf: name })))
  expect(new Set(one?.roleBindings.map(({ namespace }) => namespace))).toEqual(new Set([namespaces[0]]))
  expect(others.some(({ roleBindings }) => roleBindings.length > 0)).toBe(true)
})

test('what the objects of a type that is not collected hide is a gap, and not "none"', async () => {
  const world = worldOf(small)
  const without = { ...world, lists: world.lists.filter(({ list }) => list.resource !== 'rolebindings') }
  const { file } = await bundleWith(async (made) => await record(made, without))
  const { gaps, roleBindings } = await snapshotFrom(await bundleOrigin(file, options), () => all)
  expect(roleBindings).toEqual([])
  expect(gaps.map(({ what, why, hides }) => ({ what, why, hides }))).toContainEqual({
    what: expect.stringMatching(/^list rolebindings in /) as unknown,
    why: expect.stringContaining('it is not in the bundle') as unknown,
    hides: expect.stringContaining('granted in') as unknown,
  })
})

test('a list without its last page counts as far as it goes, and the rest is a gap', async () => {
  const world = worldOf(small, { pageSize: 1 })
  const { file } = await bundleWith(async (made) => {
    await record(made, {
      ...world,
      lists: world.lists.filter(({ list }) => !/rolebindings|clusterroles/.test(list.resource)),
    })
    await recordList(made, world, bindings, { pages: 2 })
    await recordList(made, world, clusterRoles, { pages: 1 })
  })
  const snapshot = await snapshotFrom(await bundleOrigin(file, options), () => all)
  expect(snapshot.roleBindings).toHaveLength(2)
  expect(snapshot.gaps).toContainEqual(
    expect.objectContaining({
      what: 'list rolebindings in all namespaces',
      why: expect.stringContaining(
        'page 3 and what follows are not in the bundle: the reading ended before it',
      ) as unknown,
    }),
  )
  // A role that may be on a page that is not there is no role that does not exist.
  const here = new Set(snapshot.clusterRoles.map(({ name }) => name))
  const named = snapshot.clusterRoleBindings.map(({ roleRef }) => roleRef.name).filter((name) => !here.has(name))
  const hidden = new Set(snapshot.gaps.filter(({ resource }) => resource === 'clusterroles').map(({ name }) => name))
  expect(named.filter((name) => !hidden.has(name))).toEqual([])
  expect(hidden.size).toBeGreaterThan(0)
})

test('of two readings of a list the last whole one counts', async () => {
  const world = worldOf(small, { pageSize: 2 })
  const { items = [], ...rest } = world.lists.find(({ list }) => list.resource === 'rolebindings') ?? {}
  const older = { ...world, lists: [{ ...(rest as RecordedList), items: items.slice(0, 3) }] }
  const others = { ...world, lists: world.lists.filter(({ list }) => list.resource !== 'rolebindings') }
  const read = async (write: Parameters<typeof bundleWith>[0]) => {
    const { file } = await bundleWith(async (made) => {
      await record(made, others)
      await write(made)
    })
    const { roleBindings, gaps } = await snapshotFrom(await bundleOrigin(file, options), () => all)
    return { count: roleBindings.length, gaps: gaps.length }
  }
  const both = await read(async (made) => {
    await recordList(made, older, bindings, { run: 1 })
    await recordList(made, world, bindings, { run: 2, before: 2 })
  })
  expect(both).toEqual({ count: items.length, gaps: 0 })
  const secondCut = await read(async (made) => {
    await recordList(made, older, bindings, { run: 1 })
    await recordList(made, world, bindings, { run: 2, before: 2, pages: 1 })
  })
  expect(secondCut).toEqual({ count: 3, gaps: 0 })
})

test('a page that was cut is not read, and says why', async () => {
  const world = worldOf(small, { pageSize: 1 })
  const { file } = await bundleWith(async (made) => {
    await record(made, { ...world, lists: world.lists.filter(({ list }) => list.resource !== 'rolebindings') })
    await recordList(made, world, bindings, { pages: 1 })
    const reset = async function* () {
      yield Buffer.from('{"kind":"RoleBindingList","items":[')
      throw new Error('connection reset')
    }
    const meta = {
      path: `${listRequestPath(bindings)}?continue=1`,
      list: { resourceVersion: '7', run: 1, page: 2, last: false },
    }
    await made
      .artefact(['raw', rbacGroup, 'v1', 'rolebindings', '_cluster', '0002.json'], meta, reset())
      .catch(() => {})
  })
  const { gaps, roleBindings } = await snapshotFrom(await bundleOrigin(file, options), () => all)
  expect(roleBindings).toHaveLength(1)
  expect(gaps.map(({ why }) => why)).toContainEqual(expect.stringMatching(/page 2 .*connection reset/) as unknown)
})

test('evidence of some namespaces answers for those, with a gap for the others', async () => {
  const world = worldOf(small)
  const [first = ''] =
    world.lists.find(({ list }) => list.resource === 'namespaces')?.items.map(({ metadata }) => metadata.name) ?? []
  const { file } = await bundleWith(async (made) => {
    await record(made, {
      ...world,
      lists: world.lists.filter(({ list }) => list.group !== '' && !list.resource.startsWith('role')),
    })
    for (const resource of ['roles', 'rolebindings'])
      await recordList(made, world, { ...bindings, resource, namespace: first })
  })
  const here = await snapshotFrom(await bundleOrigin(file, options), () => ({ roleBindingsOf: first }))
  expect(here.gaps).toEqual([])
  const everywhere = await snapshotFrom(await bundleOrigin(file, options), () => ({ roleBindingsOf: '*' }))
  expect(everywhere.roleBindings).toEqual(here.roleBindings)
  expect(everywhere.gaps).toContainEqual(
    expect.objectContaining({
      what: 'list rolebindings in all namespaces',
      why: expect.stringContaining(`some namespaces alone (${first})`) as unknown,
    }),
  )
})

test('an object that is not what its kind promises is a gap, as in a cluster', async () => {
  const world = worldOf(small)
  const odd = { metadata: { name: 'odd', namespace: 'shop' }, roleRef: 7 } as Raw
  const lists = world.lists.map((one) =>
    one.list.resource === 'rolebindings' ? { ...one, items: [...one.items, odd] } : one,
  )
  const { gaps } = await same({ ...world, lists })
  expect(gaps).toContainEqual(expect.objectContaining({ what: 'rolebindings shop/odd', name: 'odd' }))
})

test('a bundle without reviews does not say that RBAC alone decides', async () => {
  const world = worldOf(small)
  const { file } = await bundleWith(async (made) => {
    for (const { list } of world.lists) await recordList(made, world, list)
  })
  const { gaps, notes } = await snapshotFrom(await bundleOrigin(file, options), () => all)
  expect(gaps.map(({ what }) => what)).toEqual(['an authorizer that lets anyone do anything', 'other authorizers'])
  expect(notes.join()).toContain('the resources of Kubernetes 1.34 are assumed')
})

test('what is needed and damaged is refused; what is not needed is not looked at', async () => {
  const world = worldOf(small)
  const { directory } = await bundleWith(async (made) => await record(made, world))
  const page = `${directory}/data/raw/_core/v1/pods/_cluster/0001.json`
  await copyFile(page, `${page}.bak`)
  await writeFile(page, (await readFile(page, 'utf8')).replace('web-0', 'web-1'))
  const take = async (need: Need) => await snapshotFrom(await bundleOrigin(directory, options), () => need)
  await expect(take(all)).rejects.toThrow('data/raw/_core/v1/pods/_cluster/0001.json is not as it was recorded')
  expect((await take({ roleBindingsOf: '*' })).gaps).toEqual([])
})

test('objects of the network are the same from a bundle', async () => {
  const world = worldOf(small, { pageSize: 2 })
  const policies: RecordedList = {
    list: { group: 'networking.k8s.io', version: 'v1', resource: 'networkpolicies' },
    kind: 'NetworkPolicy',
    items: ['a', 'b', 'c'].map((name) => ({ metadata: { name, namespace: 'shop' }, spec: { podSelector: {} } })),
  }
  for (const refused of [[], ['/apis/networking.k8s.io/v1/networkpolicies']]) {
    const asked = { ...world, lists: [...world.lists, policies], refused: new Set(refused) }
    const live = await networkObjectsFrom(liveOrigin(clusterOf(asked), () => {}))
    const { file } = await bundleWith(async (made) => await record(made, asked))
    const recorded = await networkObjectsFrom(await bundleOrigin(file, options))
    const key = (raw: unknown) => JSON.stringify(raw)
    expect(recorded.objects.map(key).sort()).toEqual(live.objects.map(key).sort())
    expect({ ...recorded, objects: [] }).toEqual({ ...live, objects: [] })
    expect(recorded.objects.filter(({ kind }) => kind === 'NetworkPolicy')).toHaveLength(refused.length === 0 ? 3 : 0)
  }
})
