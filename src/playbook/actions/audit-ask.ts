import { isAbsolute, resolve } from 'node:path'
import type { QuestionCoverage } from '../../audit-log/coverage/coverage.ts'
import { SecureError } from '../../errors.ts'
import type { Gap } from '../../snapshot/snapshot.ts'
import { question } from './define.ts'
import { gapOutputs, held, told } from './gaps.ts'
import { subjectIn } from './subjects.ts'
import { textsIn } from './values.ts'

export const auditAsk = question({
  name: 'audit.ask',
  summary: 'What an audit log on this machine says was done',
  with: {
    logs: { type: 'list', required: true, about: 'files and folders with audit logs' },
    question: { type: 'string', about: 'one question of `audit ask`: exec, secrets-read, …; without it all' },
    subject: { type: 'subject', about: 'only what sa:NAMESPACE/NAME or user:NAME did' },
    namespace: { type: 'namespace', about: 'only what was done in it' },
    since: { type: 'duration', about: 'only what was that long ago at most: 2h' },
    policy: { type: 'string', about: 'the file of the audit policy: without it nobody knows what was not logged' },
  },
  outputs: {
    count: { type: 'number', about: 'how many findings there are, beyond what the control plane does by itself' },
    findings: { type: 'list', about: 'question, severity, time, by, as, what, namespace, name, result and count' },
    actors: { type: 'list', about: 'who did what was found, as user names' },
    notes: { type: 'list', about: 'what to know of the answer, as texts' },
    ...gapOutputs,
  },
  rights: () => [],
  async ask({ engine: { now } }, { logs, question: id, subject, namespace, since, policy }) {
    const [{ auditReport }, { questions }, { firstSeen }, { readAuditPolicy }] = await Promise.all([
      import('../../audit-log/report.ts'),
      import('../../audit-log/questions/questions.ts'),
      import('../../audit-log/questions/history.ts'),
      import('../../audit-log/coverage/policy.ts'),
    ])
    const begin = since === undefined ? undefined : new Date(now().getTime() - durationOf(since)).toISOString()
    const possible = questions.filter((one) => one !== firstSeen || begin !== undefined)
    const asked = id === undefined ? possible : possible.filter((one) => one.id === id)
    if (asked.length === 0)
      throw new SecureError('usage', `audit.ask: there is no question ${String(id)} here`, {
        hint: `there are ${possible.map((one) => one.id).join(', ')}`,
      })
    const report = await auditReport(textsIn('audit.ask: logs', logs).map(placeOf), {
      asked,
      since: begin,
      ...(begin !== undefined && { knownBefore: begin }),
      policy: policy === undefined ? undefined : await readAuditPolicy(placeOf(policy)),
    })
    const gaps = [...report.gaps, ...unlogged(report.coverage, policy !== undefined)]
    const actor = subject === undefined ? undefined : await actorOf(subject)
    const found = report.findings.filter(
      ({ routine, by, as, namespace: space }) =>
        routine === undefined &&
        (actor === undefined || by === actor || as === actor) &&
        (namespace === undefined || space === namespace.name),
    )
    const findings = held(found, 'findings', gaps)
    return {
      count: found.length,
      findings: findings.map((one) => ({
        question: one.question,
        severity: one.severity,
        time: one.time,
        by: one.by,
        as: one.as ?? null,
        from: one.from ?? null,
        what: one.what,
        namespace: one.namespace ?? null,
        name: one.name ?? one.names?.join(', ') ?? null,
        result: one.outcome.result,
        count: one.count,
      })),
      actors: [...new Set(found.map(({ by, as }) => as ?? by))].slice(0, 100),
      notes: report.notes,
      ...told(gaps),
    }
  },
})

/** That nothing was found says nothing of what is not logged. */
function unlogged(coverage: readonly QuestionCoverage[], isPolicyKnown: boolean): Gap[] {
  if (!isPolicyKnown)
    return [
      {
        what: 'the audit policy',
        why: 'it was not given',
        hides: 'what the API server does not log: that something is not in the log does not say that nobody did it',
      },
    ]
  return coverage.flatMap(({ question: id, verdict, needs }) => {
    const why = [...new Set(needs.flatMap((one) => (one.verdict === 'logged' ? [] : one.why)))].join(', ')
    return verdict === 'answerable' ? [] : [{ what: `the question ${id}`, why, hides: 'what was not logged' }]
  })
}

const units: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

function durationOf(text: string): number {
  const [, amount, unit = ''] = /^([1-9]\d{0,4})([smhd])$/.exec(text) ?? []
  if (amount !== undefined) return Number(amount) * (units[unit] ?? 0)
  throw new SecureError('usage', `${JSON.stringify(text)} is no duration`, { hint: 'such as 90s, 30m, 2h or 3d' })
}

// `-` and the like are of a command line: here a path is a file, whatever it is called.
const placeOf = (path: string): string => (isAbsolute(path) ? path : resolve(path))

async function actorOf(text: string): Promise<string> {
  const { kind, name, namespace = '' } = await subjectIn(text)
  if (kind === 'User') return name
  if (kind === 'ServiceAccount') return `system:serviceaccount:${namespace}:${name}`
  throw new SecureError('usage', `${text}: an audit log has users and service accounts`)
}
