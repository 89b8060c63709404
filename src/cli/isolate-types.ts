import type { Target } from '../isolation/report.ts'

const names: [Target['kind'], string, path: string][] = [
  ['Pod', 'pod pods po', '/api/v1'],
  ['Deployment', 'deployment deployments deploy', '/apis/apps/v1'],
  ['StatefulSet', 'statefulset statefulsets sts', '/apis/apps/v1'],
  ['DaemonSet', 'daemonset daemonsets ds', '/apis/apps/v1'],
  ['ReplicaSet', 'replicaset replicasets rs', '/apis/apps/v1'],
  ['Job', 'job jobs', '/apis/batch/v1'],
  ['CronJob', 'cronjob cronjobs cj', '/apis/batch/v1'],
  ['ServiceAccount', 'serviceaccount serviceaccounts sa', '/api/v1'],
  ['Node', 'node nodes no', '/api/v1'],
]

/** What can be isolated, by kubectl's names: singular, plural, short. */
export const isolateKinds: Record<string, Target['kind']> = Object.fromEntries(
  names.flatMap(([kind, all]) => all.split(' ').map((name) => [name, kind])),
)

/** The types as help and completion show them. */
export const isolateTypes = names.map(([kind]) => kind.toLowerCase())

/** Where the objects of a type are listed; undefined for a word that is none of them. */
export function isolateListPath(type: string, namespace: string): string | undefined {
  const kind = Object.hasOwn(isolateKinds, type) ? isolateKinds[type] : undefined
  const found = names.find(([known]) => known === kind)
  if (!found) return undefined
  const space = found[0] === 'Node' ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  return `${found[2]}${space}/${found[0].toLowerCase()}s`
}
