import { SecureError } from '../errors.ts'
import { subjectKey } from '../rbac/identity.ts'
import { subjectsOf } from '../rbac/rbac-index.ts'
import { unnamedNote } from '../rbac/subject-notes.ts'
import type { Subject } from '../snapshot/objects.ts'
import type { AttackWorld } from './model.ts'
import type { Start, Target } from './report.ts'
import { isRunning } from './rules/facts.ts'
import { formatStart, formatTarget } from './target.ts'

/**
 * Says of a pod in which no code runs that it is so, and of a subject that it is not there, or that no binding names it. Throws SecureError for a pod or
 * node that does not exist, as far as that can be told; RBAC takes any subject.
 */
export function startNotes(start: Start, world: AttackWorld): string[] {
  const { pods, nodes } = world.state
  if (start.kind !== 'Pod' && start.kind !== 'Node') return subjectNotes(start, world)
  const pod =
    start.kind === 'Pod'
      ? pods.find(({ namespace, name }) => namespace === start.namespace && name === start.name)
      : undefined
  const isThere =
    start.kind === 'Pod'
      ? isUnread(world, 'pods', start.namespace) || pod !== undefined
      : start.kind !== 'Node' ||
        isUnread(world, 'nodes') ||
        nodes.some(({ name }) => name === start.name) ||
        pods.some(({ node }) => node === start.name)
  if (!isThere) throw missing(world, `--from ${formatStart(start)}`)
  if (pod === undefined || isRunning(pod)) return []
  return [`${formatStart(start)} is ${pod.phase}: no code runs in it, so nothing is reached from it`]
}

// An account is in its groups whether or not a binding names it: that is worth a word only of files, which need not have it.
function subjectNotes(subject: Subject, world: AttackWorld): string[] {
  const unnamed = unnamedNote(subject, world.snapshot)
  if (subject.kind !== 'ServiceAccount') return unnamed === undefined ? [] : [unnamed]
  const { namespace = '', name } = subject
  const isThere = world.state.accounts.some((account) => account.namespace === namespace && account.name === name)
  if (isThere || isUnread(world, 'serviceaccounts', namespace)) return []
  if (world.snapshot.source.kind !== 'files') return [`service account ${namespace}/${name} does not exist`]
  return unnamed === undefined ? [] : [`service account ${namespace}/${name} is not in these files`, unnamed]
}

/**
 * The world in which a target is there. Manifests need not have everything, and what could not be read may exist: such a target is taken for there,
 * which `notes` say. Throws SecureError where it surely is not; `asked` is how it was asked for.
 */
export function worldWith(
  target: Target,
  world: AttackWorld,
  asked = `--to ${formatTarget(target)}`,
): { world: AttackWorld; notes: string[] } {
  if (isThere(target, world)) return { world, notes: [] }
  const isFiles = world.snapshot.source.kind === 'files'
  if (!isFiles && !isTargetUnread(target, world)) throw missing(world, asked)
  const notes = [
    `${formatTarget(target)} is not in ${isFiles ? 'these files' : 'what could be read'}: it is taken to exist`,
  ]
  const { state } = world
  // The others are known by name in the graph; rules look for these.
  if (target.kind === 'secret') {
    const { namespace, name } = target
    return { world: { ...world, state: { ...state, secrets: [...state.secrets, { namespace, name }] } }, notes }
  }
  if (target.kind === 'account') {
    const { namespace, name } = target
    const accounts = [...state.accounts, { namespace, name, annotations: {} }]
    return { world: { ...world, state: { ...state, accounts } }, notes }
  }
  return { world, notes }
}

function isThere(target: Target, { state, snapshot }: AttackWorld): boolean {
  const isIt = (object: { namespace: string; name: string }) =>
    'namespace' in target && object.namespace === target.namespace && 'name' in target && object.name === target.name
  switch (target.kind) {
    case 'admin':
      return true
    case 'node':
      return (
        target.name === undefined ||
        [...state.nodes.map(({ name }) => name), ...state.pods.map(({ node }) => node)].includes(target.name)
      )
    case 'namespace':
      return state.namespaces.some(({ name }) => name === target.namespace)
    case 'secret':
      return state.secrets.some(isIt)
    case 'account': {
      // One that bindings name may be made by whoever can.
      const key = subjectKey({ ...target, kind: 'ServiceAccount' } satisfies Subject)
      const bindings = [...snapshot.clusterRoleBindings, ...snapshot.roleBindings]
      const isNamed = bindings.some((binding) => subjectsOf(binding).some(({ subject }) => subjectKey(subject) === key))
      return isNamed || state.accounts.some(isIt)
    }
  }
}

const resources = { node: 'nodes', namespace: 'namespaces', secret: 'secrets', account: 'serviceaccounts' }

function isTargetUnread(target: Target, world: AttackWorld): boolean {
  const namespace = target.kind === 'secret' || target.kind === 'account' ? target.namespace : undefined
  return target.kind !== 'admin' && isUnread(world, resources[target.kind], namespace)
}

function isUnread({ state, snapshot }: AttackWorld, resource: string, namespace?: string): boolean {
  return [...state.gaps, ...snapshot.gaps].some(
    (gap) => gap.resource === resource && (gap.namespace === undefined || gap.namespace === namespace),
  )
}

function missing({ snapshot }: AttackWorld, asked: string): SecureError {
  const where = { cluster: 'in this cluster', files: 'in these files', bundle: 'in this evidence' }[
    snapshot.source.kind
  ]
  const code = snapshot.source.kind === 'cluster' ? 'not-found' : 'usage'
  return new SecureError(code, `${asked}: there is no such object ${where}`, {
    hint: 'look for its name with kubectl get; names are case-sensitive',
  })
}
