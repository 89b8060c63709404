import { allRules } from '../risks/catalogue.ts'
import { evidenceOf } from '../risks/evidence.ts'
import { type Finding, type RisksReport, type Severity } from '../risks/finding.ts'
import type { RiskInfo } from '../risks/found.ts'
import { isWorse } from '../risks/severity.ts'
import { whoText } from '../risks/who.ts'
import { escapeHostile } from '../text/json.ts'
import { escapeForTerminal } from '../text/terminal.ts'
import { locationOf, type Places } from './risks-sarif-places.ts'

const levels: Record<Severity, string> = { critical: 'error', high: 'error', medium: 'warning', low: 'note' }
// GitHub sorts by these: critical is over 9, high from 7, medium from 4.
const scores: Record<Severity, string> = { critical: '9.5', high: '8.0', medium: '5.5', low: '2.0' }
const states = { new: 'new', changed: 'updated', same: 'unchanged' } as const
/** GitHub refuses a run of more (docs.github.com, SARIF support for code scanning). */
const mostResults = 25_000

type Options = { version: string; places: Places }

/**
 * Risks as SARIF 2.1.0, as code scanning takes it, in pieces. The same risks make the same text. Findings come worst first, so what is left out for
 * GitHub's limit is the least of them.
 */
export function risksSarif(
  report: RisksReport,
  { version, places }: Options,
): { pieces: Iterable<string>; leftOut: () => { count: number } } {
  let count = 0
  const pieces = function* () {
    const kept: Finding[] = []
    for (const finding of report.findings) {
      if (kept.length < mostResults) kept.push(finding)
      else count += 1
    }
    const rules = allRules()
    const indexes = new Map(rules.map(({ id }, index) => [id, index]))
    const worst = new Map<string, Severity>()
    for (const { rule, severity } of kept) {
      const known = worst.get(rule)
      if (known === undefined || isWorse(severity, known)) worst.set(rule, severity)
    }
    const head = {
      $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
      version: '2.1.0',
    }
    const driver = {
      name: 'kubectl-secure',
      semanticVersion: version,
      rules: rules.map((rule) => ruleOf(rule, worst.get(rule.id) ?? 'low')),
    }
    yield `${text(head).slice(0, -1)},"runs":[{"tool":${text({ driver })},`
    yield `"originalUriBaseIds":${text({ API: { description: { text: 'The API of the cluster' } } })},`
    yield `"invocations":${text([invocationOf(report, count)])},"results":[`
    for (const [index, finding] of kept.entries()) {
      yield `${index === 0 ? '' : ','}\n${text(resultOf(finding, indexes.get(finding.rule) ?? 0, places))}`
    }
    for (const [index, finding] of (report.gone ?? []).entries()) {
      yield `${kept.length + index === 0 ? '' : ','}\n${text(goneOf(finding, indexes.get(finding.rule), places))}`
    }
    yield '\n]}]}\n'
  }
  return { pieces: pieces(), leftOut: () => ({ count }) }
}

function ruleOf({ id, title, why, fix, reference }: RiskInfo, severity: Severity): object {
  return {
    id,
    name: id.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: message(title) },
    fullDescription: { text: message(why) },
    help: { text: message(`${why} To settle it: ${fix}.`) },
    ...(reference.startsWith('https://') ? { helpUri: reference } : {}),
    defaultConfiguration: { level: levels[severity] },
    properties: { tags: ['security', 'kubernetes'], precision: 'high', 'security-severity': scores[severity] },
  }
}

function resultOf(finding: Finding, ruleIndex: number, places: Places): object {
  const { id, rule, severity, title, because, scope, change, exception, fix } = finding
  const lines = [
    `${title}: ${whoText(finding)} in ${scope === '*' ? 'the whole cluster' : scope}.`,
    `${severity}: ${because.join('; ')}.`,
    ...evidenceOf(finding),
    `To settle it: ${fix.text}.`,
    ...fix.commands,
  ]
  return {
    ruleId: rule,
    ruleIndex,
    level: levels[severity],
    message: { text: lines.map(message).join('\n') },
    locations: [locationOf(finding, places)],
    partialFingerprints: { primaryLocationLineHash: `${id}:1`, 'kubectlSecureId/v1': id },
    ...(change === undefined ? {} : { baselineState: states[change] }),
    ...(exception === undefined
      ? {}
      : {
          suppressions: [
            { kind: 'external', status: 'accepted', justification: message(`${exception.owner}: ${exception.reason}`) },
          ],
        }),
    properties: { severity },
  }
}

function goneOf(
  { id, rule, severity, title, scope, ...about }: NonNullable<RisksReport['gone']>[number],
  ruleIndex: number | undefined,
  places: Places,
): object {
  const finding = { ...about, grants: [] } as unknown as Finding
  return {
    ruleId: rule,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: levels[severity],
    message: { text: message(`${title}: ${whoText(about)} in ${scope}.`) },
    locations: [locationOf(finding, places)],
    partialFingerprints: { primaryLocationLineHash: `${id}:1`, 'kubectlSecureId/v1': id },
    baselineState: 'absent',
    properties: { severity },
  }
}

function invocationOf({ complete, gaps }: RisksReport, leftOut: number): object {
  const notes = gaps.map(({ what, why, hides }) => `${what}: ${why}; hidden: ${hides}`)
  if (leftOut > 0) notes.push(`${leftOut} findings, the least severe, are left out`)
  return {
    executionSuccessful: complete,
    toolExecutionNotifications: notes.map((note) => ({ level: 'warning', message: { text: message(note) } })),
  }
}

/** Braces and brackets would be placeholders and links in a message of SARIF (2.1.0, 3.11.5 and 3.11.6). */
function message(raw: string): string {
  return escapeForTerminal(raw).replaceAll('\\', '\\\\').replaceAll(/[[\]]/g, '\\$&').replaceAll(/[{}]/g, '$&$&')
}

function text(value: unknown): string {
  return escapeHostile(JSON.stringify(value))
}
