import { delimiter } from 'node:path'
import * as fc from 'fast-check'
import { dump } from 'js-yaml'
import { expect, test } from 'vitest'
import { readKubeconfigs } from '../../../src/cluster/kubeconfig-read.ts'
import { mergeKubeconfigs } from '../../../src/cluster/kubeconfig.ts'
import type { Kubeconfig } from '../../../src/cluster/kubeconfig.ts'
import { resolveTarget } from '../../../src/cluster/target.ts'
import { describeWithKubectl, kubectl } from './kubectl.ts'
import { setting } from './setting.ts'
import type { Setting } from './setting.ts'

// Few names, so that files overlap; some that YAML could take for something else.
const odd = fc.constantFrom('12', 'on', 'null', '1e3', '2024-01-01', 'ä b', '~')
const name = fc.oneof({ weight: 8, arbitrary: fc.constantFrom('a', 'b') }, { weight: 1, arbitrary: odd })
const maybe = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(one, { nil: undefined })
const named = <T>(key: string, entry: fc.Arbitrary<T>): fc.Arbitrary<object[]> =>
  fc
    .uniqueArray(name, { maxLength: 4 })
    .chain((names) =>
      fc
        .tuple(...names.map(() => entry))
        .map((entries) => entries.map((one, index) => ({ name: names[index], [key]: one }))),
    )

const file = fc.record({
  empty: fc.constantFrom(false, false, false, true),
  yaml: fc.boolean(),
  config: fc.record(
    {
      'current-context': fc.oneof(name, fc.constant('')),
      clusters: named(
        'cluster',
        fc.record({ server: fc.webUrl({ validSchemes: ['https'] }), 'proxy-url': fc.constant('') }),
      ),
      users: named(
        'user',
        fc.record({ token: maybe(fc.stringMatching(/^[0-9a-f]{1,8}$/)), as: maybe(name) }, { requiredKeys: [] }),
      ),
      contexts: named(
        'context',
        fc.record({ cluster: name, user: name, namespace: maybe(fc.constantFrom('x', 'y', '')) }),
      ),
    },
    { requiredKeys: [] },
  ),
})

type Effective = {
  context?: string
  cluster?: string
  server?: string
  user?: string
  token?: string
  as?: string
  namespace?: string
}

async function theirs(place: Setting, args: string[]): Promise<Effective | 'refused'> {
  const ran = await kubectl(['config', 'view', '--minify', '--raw', '-o', 'json', ...args], place)
  if (ran.code !== 0) return 'refused'
  const view = JSON.parse(ran.stdout) as {
    'current-context': string
    clusters: { name: string; cluster: { server: string } }[]
    users: { name: string; user: { token?: string; as?: string } }[]
    contexts: { context: { namespace?: string } }[]
  }
  const [cluster] = view.clusters
  const [user] = view.users
  return effective({
    context: view['current-context'],
    cluster: cluster?.name,
    server: cluster?.cluster.server,
    user: user?.name,
    token: user?.user.token,
    as: user?.user.as,
    namespace: view.contexts[0]?.context.namespace ?? 'default',
  })
}

async function ours(place: Setting, context: string | undefined): Promise<Effective | 'refused'> {
  try {
    const { config } = await readKubeconfigs({ ...place })
    const target = resolveTarget(config, context === undefined ? {} : { context }, place.env)
    if (!target) return 'refused'
    const { cluster, user } = target
    return effective({
      context: target.context,
      cluster: target.clusterName,
      server: cluster.server,
      user: target.userName,
      token: user.token,
      as: user.as,
      namespace: target.namespace,
    })
  } catch {
    return 'refused'
  }
}

function effective(values: { [K in keyof Effective]: string | undefined }): Effective {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''))
}

describeWithKubectl('merging kubeconfig files', () => {
  test('two to four files of any content mean the same to us as to kubectl', { timeout: 120_000 }, async () => {
    let usable = 0
    const property = fc.asyncProperty(
      fc.array(file, { minLength: 2, maxLength: 4 }),
      maybe(name),
      async (files, context) => {
        const place = setting()
        const paths = files.map(({ empty, yaml, config }, index) =>
          place.write(
            `file-${index}`,
            empty ? '' : yaml ? dump(config, { skipInvalid: true }) : JSON.stringify(config),
          ),
        )
        place.env['KUBECONFIG'] = paths.join(delimiter)
        const expected = await theirs(place, context === undefined ? [] : [`--context=${context}`])
        if (expected !== 'refused') usable += 1
        expect(await ours(place, context)).toEqual(expected)
      },
    )
    await fc.assert(property, { numRuns: 80 })
    expect(usable).toBeGreaterThan(0)
  })
})

const entries = (server: string): Kubeconfig => ({
  clusters: new Map([['c', { server }]]),
  users: new Map(),
  contexts: new Map(),
})

test('merging takes whole entries of the first file, and changes no file', () => {
  const first = entries('https://first')
  const second = { ...entries('https://second'), currentContext: 'x' }
  const merged = mergeKubeconfigs([first, second])
  expect(merged).toEqual({ ...first, currentContext: 'x' })
  expect(first.currentContext).toBeUndefined()
  expect(second.clusters.get('c')).toEqual({ server: 'https://second' })
})

test('warns as kubectl when not one file of the list is there', async () => {
  const place = setting({ KUBECONFIG: `none${delimiter}nothing` })
  const { looked } = await readKubeconfigs(place)
  expect(looked).toEqual(['none', 'nothing'])
  expect(place.warnings).toEqual(['Config not found: none, nothing'])
})
