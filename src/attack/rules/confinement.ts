import { namespaceLevels } from '../../workload/pod-security/namespace-levels.ts'
import type { AttackWorld, StateFact } from '../model.ts'
import { factsOf } from './facts.ts'

/** Whether a namespace keeps pods from what takes a node. */
export type Confinement = {
  /** Undefined where its labels are not known. */
  isConfined: boolean | undefined
  fact: StateFact
  /** Why a pod that Pod Security lets pass may be refused after all. */
  unsure?: string
}

const label = 'pod-security.kubernetes.io/enforce'

/**
 * What Pod Security enforces in a namespace: from `baseline` on nothing gets at the node. A namespace without the label is as the API server's
 * admission configuration says, which no API shows; without one nothing is enforced. Source: k8s.io/pod-security-admission, api.PolicyToEvaluate.
 */
export function confinementOf(world: AttackWorld, namespace: string): Confinement {
  const labels = factsOf(world).namespace.get(namespace)?.labels
  const fact = (says: string): StateFact => ({ kind: 'Namespace', name: namespace, field: 'metadata.labels', says })
  const judge = judgeOf(world)
  if (!labels) {
    const unsure = joined(`the Pod Security labels of the namespace ${namespace} are not known`, judge)
    return { isConfined: undefined, fact: fact('are not known'), ...unsure }
  }
  const { level } = namespaceLevels({ metadata: { labels } }).enforce
  if (level !== 'privileged') return { isConfined: true, fact: fact(`has ${label}: ${level}`), ...joined(judge) }
  const says = Object.hasOwn(labels, label)
    ? `has ${label}: privileged`
    : `has no ${label}, so nothing is enforced unless the API server's own configuration says otherwise`
  return { isConfined: false, fact: fact(says), ...joined(judge) }
}

/** Where pods can be created that take a node: the namespace itself; of all (`*`) one for which that is as sure as can be. */
export function unconfined(world: AttackWorld, scope: string): Confinement | undefined {
  if (scope !== '*') {
    if (factsOf(world).namespace.get(scope)?.terminating) return undefined
    const confinement = confinementOf(world, scope)
    return confinement.isConfined ? undefined : confinement
  }
  let found = best.get(world)
  if (found === undefined) best.set(world, (found = bestOf(world)))
  return found ?? undefined
}

const best = new WeakMap<AttackWorld, Confinement | null>()

function bestOf(world: AttackWorld): Confinement | null {
  const { namespaces } = factsOf(world)
  const first = namespaces.includes('kube-system') ? ['kube-system', ...namespaces] : namespaces
  const all = first.map((namespace) => confinementOf(world, namespace))
  const sure = all.find(({ isConfined }) => isConfined === false)
  return sure ?? all.find(({ isConfined }) => isConfined === undefined) ?? null
}

/** Who else judges pods: nothing of what they refuse is known. Undefined where nobody does. */
function judgeOf({ state }: AttackWorld): string | undefined {
  const known = judges.get(state)
  if (known !== undefined) return known ?? undefined
  const webhook = state.webhooks.find(({ kind, rules }) => kind === 'validating' && rules.some(judgesPods))
  const [policy] = state.admissionPolicies
  const said = webhook
    ? `the validating webhook ${webhook.name} may refuse such a pod`
    : policy !== undefined
      ? `the ValidatingAdmissionPolicy ${policy} may refuse such a pod`
      : state.groups.has('security.openshift.io')
        ? 'the SecurityContextConstraints of OpenShift may refuse such a pod'
        : null
  judges.set(state, said)
  return said ?? undefined
}

const judges = new WeakMap<AttackWorld['state'], string | null>()

function judgesPods({ operations, groups, resources }: AttackWorld['state']['webhooks'][number]['rules'][number]) {
  const has = (list: string[], ...words: string[]) => words.some((word) => list.includes(word))
  return has(operations, '*', 'CREATE') && has(groups, '*', '') && has(resources, '*', '*/*', 'pods')
}

/** Texts of doubt as one; nothing where there is none. */
export function joined(...doubts: (string | undefined)[]): { unsure?: string } {
  const said = doubts.filter((doubt) => doubt !== undefined)
  return said.length === 0 ? {} : { unsure: [...new Set(said)].join('; ') }
}
