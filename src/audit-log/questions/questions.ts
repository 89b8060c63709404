import type { AuditRequest } from '../request.ts'
import { ephemeralContainers, exec, nodesProxy, portForward, secretsRead, tokens } from './access.ts'
import {
  cronJobs,
  csrApprovals,
  eventsDeleted,
  podsDeleted,
  rbacChanges,
  secretsChanged,
  serviceAccounts,
  systemPods,
  webhookChanges,
  workloadChanges,
} from './changes.ts'
import type { Finding } from './finding.ts'
import { firstSeen, refusalBursts } from './history.ts'
import { anonymous, enumeration, impersonation } from './identity.ts'
import { privilegedPods } from './privileged.ts'
import type { Question, QuestionOptions, Search } from './question.ts'

/** Every question, in the order an incident asks them. */
export const questions: readonly Question[] = [
  anonymous,
  exec,
  ephemeralContainers,
  nodesProxy,
  portForward,
  privilegedPods,
  secretsRead,
  tokens,
  impersonation,
  rbacChanges,
  csrApprovals,
  webhookChanges,
  eventsDeleted,
  podsDeleted,
  secretsChanged,
  cronJobs,
  workloadChanges,
  serviceAccounts,
  systemPods,
  refusalBursts,
  enumeration,
  firstSeen,
]

/** The words to filter a log by for some questions; undefined where one of them needs every event. */
export function wordsFor(asked: readonly Question[]): string[] | undefined {
  const words: string[] = []
  for (const question of asked) {
    if (!question.words) return undefined
    words.push(...question.words)
  }
  return [...new Set(words)]
}

/** The searches of some questions, as one: a request is shown to those that can be about it, in their order. */
export function searchAll(asked: readonly Question[], options: QuestionOptions = {}): Required<Search> {
  const all = asked.map((question) => ({ about: question.about, search: question.start(options) }))
  const of = (resource?: string) =>
    all.flatMap(({ about, search }) => {
      return !about || about.some(({ resources }) => resource !== undefined && resources.includes(resource))
        ? [search]
        : []
    })
  const named = all.flatMap(({ about = [] }) => about.flatMap(({ resources }) => resources))
  const byResource = new Map([...new Set(named)].map((resource) => [resource, of(resource)]))
  const others = of()
  return {
    see(request) {
      const searches = (request.object && byResource.get(request.object.resource)) ?? others
      let found = none
      for (const search of searches) {
        const its = search.see(request)
        if (its.length > 0) found = found.length > 0 ? [...found, ...its] : its
      }
      return found
    },
    end: () => all.flatMap(({ search }) => search.end?.() ?? []),
  }
}

const none: readonly Finding[] = []

/** The findings of some questions in one pass, as they show; those that need the end of the log come last. */
export async function* ask(
  requests: AsyncIterable<AuditRequest> | Iterable<AuditRequest>,
  asked: readonly Question[],
  options: QuestionOptions = {},
): AsyncGenerator<Finding> {
  const { see, end } = searchAll(asked, options)
  for await (const request of requests) {
    const found = see(request)
    if (found.length > 0) yield* found
  }
  yield* end()
}
