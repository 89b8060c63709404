import { getterOf, kinds } from '../../isolation/get.ts'
import { controllerOf, metaOf, type Raw } from '../../isolation/raw.ts'
import type { Gap } from '../../snapshot/snapshot.ts'
import { whoCanIn } from './access.ts'
import { question } from './define.ts'
import { gapOutputs, held, told } from './gaps.ts'
import { bindingTypes, may, roleTypes, workloadTypes } from './rights.ts'
import { pinnedOf } from './targets.ts'

export const secretUses = question({
  name: 'secret.uses',
  summary: 'Which pods and workloads have a secret, and who can read it through the API',
  with: { secret: { type: 'secret', required: true, about: 'the secret: its name alone is looked at' } },
  outputs: {
    pods: { type: 'list', about: 'pods that have it, pinned' },
    workloads: { type: 'list', about: 'workloads whose template names it, pinned' },
    readers: { type: 'list', about: 'who can get, list or watch it, as subjects' },
    ...gapOutputs,
  },
  rights: ({ secret }) => [
    ...may('list', 'pods', { namespace: secret?.namespace }),
    ...may('list', workloadTypes, { namespace: secret?.namespace, optional: true }),
    ...may('list', bindingTypes, { optional: true }),
    ...may('list', roleTypes, { optional: true }),
  ],
  async ask({ engine: { cluster } }, { secret: { namespace = cluster.namespace, name } }) {
    const [{ decodePodState }, { readWorkloads }, { referencesTo }, { formatSubject }] = await Promise.all([
      import('../../snapshot/pod-state.ts'),
      import('../../remediate/workload.ts'),
      import('../../remediate/secret-references.ts'),
      import('../../rbac/subject-text.ts'),
    ])
    const gaps: Gap[] = []
    const get = getterOf(cluster, gaps)
    const [pods, workloads, ...who] = await Promise.all([
      get.all(kinds.pods, namespace),
      readWorkloads(get, namespace),
      // Whoever may list or watch gets the content too.
      ...['get', 'list', 'watch'].map(
        async (verb) => await whoCanIn(cluster, { verb, target: 'secrets', name, namespace, allNamespaces: false }),
      ),
    ])
    gaps.push(...who.flatMap((one) => one.gaps))
    // What one workload makes is stopped and changed by that one.
    const makers = new Set(workloads.map((raw) => metaOf(raw).uid))
    const isMade = (raw: Raw) => makers.has(controllerOf(raw)?.uid ?? '')
    const using = workloads.filter((raw) => referencesTo(raw, name).length > 0 && !isMade(raw))
    const readers = [...new Set(who.flatMap(({ subjects }) => subjects.map(formatSubject)))]
    return {
      pods: held(pods.filter((raw) => decodePodState(raw).pod.secrets.includes(name)).map(pinnedOf), 'pods', gaps),
      workloads: held(using.map(pinnedOf), 'workloads', gaps),
      readers: held(readers, 'readers', gaps),
      ...told(gaps),
    }
  },
})
