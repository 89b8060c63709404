import * as Flags from '@oclif/core/flags'
import { parseTimeout } from '../cluster/duration.ts'
import { SecureError } from '../errors.ts'
import { type CollectReport, type CollectRequest, type Profile, profiles } from '../evidence/request.ts'
import { parseTarget } from '../evidence/targets.ts'
import { note, warnOfGaps } from '../terminal/messages.ts'
import { parseBytes } from './evidence-flags.ts'

// As many as there are connections (cluster/agent.ts); logs take two of a node at most.
const maxConcurrency = 16

/** What is collected, and where to. */
export const collectFlags = {
  profile: Flags.string({
    description: 'how much',
    options: profiles,
    default: 'standard',
    helpValue: profiles.join('|'),
  }),
  since: Flags.string({ description: 'leave out what logs have from before that (5m, 2h)', helpValue: 'DURATION' }),
  incident: Flags.string({ description: 'the incident this belongs to', helpValue: 'ID' }),
  output: Flags.string({
    description: 'the directory of the case, a new one; -: the sealed bundle goes to standard output',
    helpValue: 'DIR',
  }),
  'audit-log': Flags.string({
    description:
      'audit logs: a file or directory of this machine, copied as they are, or node: for those on the nodes of the API servers; may be given several times',
    helpValue: 'SRC',
    multiple: true,
    multipleNonGreedy: true,
  }),
  concurrency: Flags.integer({
    description: 'requests at a time; of one node never more than 2',
    default: maxConcurrency,
    min: 1,
    max: maxConcurrency,
    helpValue: 'N',
  }),
  'max-log-bytes': Flags.string({
    description: 'of a longer log keep the beginning and the end',
    default: '256Mi',
    helpValue: 'BYTES',
  }),
}

export type CollectWords = {
  profile: string
  since?: string | undefined
  incident?: string | undefined
  'audit-log'?: string[] | undefined
  concurrency: number
  'max-log-bytes': string
  'all-namespaces'?: boolean | undefined
}

/** What the words ask for. Throws SecureError `usage`. */
export function collectRequest(targets: string[], words: CollectWords, namespace: string): CollectRequest {
  for (const target of targets) parseTarget(target)
  const profile = words.profile as Profile
  if (profile === 'quick' && targets.length === 0)
    throw new SecureError('usage', '--profile quick is of targets', { hint: 'Name them: pod/api-0.' })
  if (profile === 'quick' && words['audit-log']?.length)
    throw new SecureError(
      'usage',
      '--profile quick takes no audit logs: leave out --audit-log, or choose another profile',
    )
  return {
    targets,
    namespace,
    all: words['all-namespaces'] ?? false,
    profile,
    ...(words.since !== undefined && { sinceSeconds: sinceSeconds(words.since) }),
    ...(words.incident !== undefined && { incident: words.incident }),
    auditLogs: words['audit-log'] ?? [],
    concurrency: words.concurrency,
    maxLogBytes: parseBytes(words['max-log-bytes']),
  }
}

function sinceSeconds(text: string): number {
  try {
    const seconds = Math.ceil(parseTimeout(text) / 1000)
    if (seconds > 0) return seconds
  } catch {
    // Said in the words of this flag.
  }
  throw new SecureError('usage', `--since ${JSON.stringify(text)} is not a time`, { hint: 'Such as 90s, 30m or 2h.' })
}

/** Says what is missing, and the Roles that would give it. */
export function sayMissing({ gaps, missingRoles, directory }: CollectReport): void {
  warnOfGaps(gaps, 'the journal of the case has them all')
  if (missingRoles.length > 0)
    note(`custody/missing-roles.json in ${directory} has the roles that give what was refused`)
}
