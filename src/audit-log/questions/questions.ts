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
} from './changes.ts'
import type { Finding } from './finding.ts'
import { anonymous, enumeration, firstSeen, impersonation, refusalBursts } from './identity.ts'
import { privilegedPods } from './privileged.ts'
import type { Question, QuestionOptions } from './question.ts'

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

/** The findings of some questions in one pass, as they show; those that need the end of the log come last. */
export async function* ask(
  requests: AsyncIterable<AuditRequest> | Iterable<AuditRequest>,
  asked: readonly Question[],
  options: QuestionOptions = {},
): AsyncGenerator<Finding> {
  const searches = asked.map((question) => question.start(options))
  for await (const request of requests) {
    for (const search of searches) {
      const found = search.see(request)
      if (found.length > 0) yield* found
    }
  }
  for (const search of searches) yield* search.end?.() ?? []
}
