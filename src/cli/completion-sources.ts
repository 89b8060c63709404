import type { Engine } from '../change/engine.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { connect, type ConnectionOptions } from '../cluster/connect.ts'
import type { ApiResource } from '../cluster/discovery.ts'
import { list } from '../cluster/list.ts'
import { formatSubject } from '../rbac/subject-text.ts'
import type { Subject } from '../snapshot/objects.ts'
import { defaultResources } from '../snapshot/defaults/defaults.ts'
import { defaultStateNamespace } from './command-words.ts'
import type { CompletionSources } from './completion.ts'
import { isolateListPath } from './isolate-types.ts'

// A shell waits for completion: better no choice than a late one.
const patience = '2s'

/** Where choices come from: the files of --snapshot, else the cluster the words typed so far lead to. Failures offer nothing. */
export function completionSources(
  words: string[],
  env: Record<string, string | undefined>,
  home: string,
): CompletionSources {
  const files = valuesOf(words, '--snapshot')
  const fromCluster = async <T>(read: (cluster: Cluster) => Promise<T>, otherwise: T): Promise<T> => {
    try {
      const around = { env, cwd: process.cwd(), home, warn: () => {}, interactive: false }
      const cluster = await connect({ ...connectionOf(words), requestTimeout: patience }, around)
      return await read(cluster).finally(() => cluster.close())
    } catch {
      return otherwise
    }
  }
  const names = async (path: string) =>
    await fromCluster(async (cluster) => (await list(cluster, path, nameOf)).items, [])
  const snapshot = async () => await (await import('../snapshot/from-files.ts')).snapshotFromFiles(files)
  return {
    async resources() {
      const known =
        files.length > 0
          ? [...(await defaultResources()), ...(await snapshot()).customResources]
          : await fromCluster(
              async (cluster) => (await (await import('../cluster/discovery.ts')).discover(cluster)).resources,
              await defaultResources(),
            )
      return describe(known)
    },
    namespaces: async () =>
      files.length > 0 ? (await snapshot()).namespaces.map(({ name }) => name) : await names('/api/v1/namespaces'),
    workloads: async (type) =>
      await fromCluster(async (cluster) => {
        const path = isolateListPath(type, valuesOf(words, '--namespace', '-n').at(-1) ?? cluster.namespace)
        return path === undefined ? [] : (await list(cluster, path, nameOf)).items
      }, []),
    runs: async () => await fromCluster(async (cluster) => await runsOn(cluster, words, env, home), []),
    async playbooks() {
      const { openLibrary } = await import('../playbook/library.ts')
      const listed = await openLibrary({ env, home }).all()
      return listed.map(({ name, found, why = '' }) => [name, found?.playbook.metadata.title ?? why])
    },
    playbookRuns: async () =>
      await fromCluster(async (cluster) => {
        const { listRuns } = await import('../playbook/run/list.ts')
        const { stateDir, clusterId } = await engineOf(cluster, words, env, home)
        const runs = await listRuns(stateDir, clusterId)
        return runs.map(({ runId, playbook, state, incident }): [string, string] => [
          runId,
          [incident ?? '', playbook, state].join(' ').trim(),
        ])
      }, []),
    async contexts() {
      const { readKubeconfigs } = await import('../cluster/kubeconfig-read.ts')
      const kubeconfig = valuesOf(words, '--kubeconfig').at(-1)
      const around = { env, cwd: process.cwd(), home, warn: () => {} }
      const { config } = await readKubeconfigs({ ...around, kubeconfig }).catch(() => ({ config: undefined }))
      return [...(config?.contexts.keys() ?? [])]
    },
    async subjects() {
      if (files.length === 0) {
        const accounts = await fromCluster(
          async (cluster) => (await list(cluster, '/api/v1/serviceaccounts', accountOf)).items,
          [],
        )
        return [...accounts.map(formatSubject), 'user:', 'group:', 'pod:']
      }
      const { serviceAccounts, clusterRoleBindings, roleBindings } = await snapshot()
      const accounts = serviceAccounts.map((account): Subject => ({ kind: 'ServiceAccount', ...account }))
      const bound = [...clusterRoleBindings, ...roleBindings].flatMap(({ subjects }) =>
        subjects.filter(({ kind }) => kind !== 'ServiceAccount'),
      )
      return [...new Set([...accounts, ...bound].map(formatSubject)), 'pod:']
    },
  }
}

async function runsOn(
  cluster: Cluster,
  words: string[],
  env: Record<string, string | undefined>,
  home: string,
): Promise<[string, string][]> {
  const { knownRuns } = await import('../change/find-run.ts')
  const { runs } = await knownRuns(await engineOf(cluster, words, env, home))
  return runs.map(({ plan }) => [
    plan.id,
    [...(plan.incident === undefined ? [] : [plan.incident]), ...plan.command].join(' '),
  ])
}

async function engineOf(
  cluster: Cluster,
  words: string[],
  env: Record<string, string | undefined>,
  home: string,
): Promise<Engine> {
  const [{ openEngine }, { stateDirectory }] = await Promise.all([
    import('../change/engine.ts'),
    import('../change/journal/journal.ts'),
  ])
  const stateNamespace = valuesOf(words, '--state-namespace').at(-1) ?? defaultStateNamespace
  const stateDir = stateDirectory(env, home)
  return await openEngine(cluster, { stateDir, stateNamespace, holder: '', now: () => new Date(), warn() {} })
}

// The plural name where it stands for one resource alone, as kubectl offers it; others with their group.
function describe(known: ApiResource[]) {
  const seen = new Set<string>()
  return known.map(({ resource, group, kind, subresources }) => {
    const type = seen.has(resource) ? `${resource}.${group}` : resource
    seen.add(resource)
    return { type, description: group === '' ? kind : `${kind} (${group})`, subresources }
  })
}

function connectionOf(words: string[]): ConnectionOptions {
  const flags = {
    kubeconfig: '--kubeconfig',
    context: '--context',
    cluster: '--cluster',
    user: '--user',
    server: '--server',
    token: '--token',
  }
  return Object.fromEntries(
    Object.entries(flags).flatMap(([key, flag]) => {
      const value = valuesOf(words, flag).at(-1)
      return value === undefined ? [] : [[key, value]]
    }),
  )
}

function valuesOf(words: string[], ...flags: string[]): string[] {
  return words.slice(0, -1).flatMap((word, index, all) => {
    const flag = flags.find((name) => word === name || word.startsWith(`${name}=`))
    if (flag === undefined) return []
    if (word !== flag) return [word.slice(flag.length + 1)]
    const next = all[index + 1]
    return next === undefined ? [] : [next]
  })
}

type Raw = Record<string, unknown>

function nameOf(item: Raw): string {
  return String((item['metadata'] as { name?: unknown }).name)
}

function accountOf(item: Raw): Subject {
  const { name, namespace } = item['metadata'] as { name: string; namespace: string }
  return { kind: 'ServiceAccount', name, namespace }
}
