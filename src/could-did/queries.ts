import type { Question } from '../audit-log/questions/question.ts'
import { questions } from '../audit-log/questions/questions.ts'
import type { ResourceQuery } from '../rbac/query.ts'
import { virtualResources } from '../rbac/virtual-resources.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** The questions that are about rights: those that say which requests they are about, or which rights these take. */
export const rightsQuestions: readonly Question[] = questions.filter(({ about, takes }) => about ?? takes)

/** What the authorizer is asked for a question to a log: each verb on each resource that it is about. */
export function queriesOf(
  { about, takes }: Question,
  { resources = [] }: Pick<Snapshot, 'resources'>,
): ResourceQuery[] {
  const isNamespaced = (group: string, resource: string) => {
    const known = resources.find((one) => one.group === group && one.resource === resource)
    const isVirtual = virtualResources.some((one) => one.group === group && one.resource === resource)
    return known?.namespaced ?? (isVirtual ? false : undefined)
  }
  return (about ?? takes?.kinds ?? []).flatMap(
    ({ verbs, group, resources: named, subresource = '', namespace = '*' }) =>
      named.flatMap((resource) => {
        const namespaced = isNamespaced(group, resource)
        return verbs.map((verb) => ({ verb, group, resource, subresource, namespaced, scope: namespace }))
      }),
  )
}
