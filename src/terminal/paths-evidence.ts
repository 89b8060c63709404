import type { Hop } from '../attack/report.ts'
import { formatSubject } from '../rbac/subject-text.ts'
import type { Grant } from '../rbac/report.ts'
import { escapeForTerminal } from '../text/terminal.ts'
import { stateText } from './paths-text.ts'
import { refText } from './rbac-tables.ts'

/** What makes a hop possible and what speaks against it: headings, each with blocks of lines that are fit to be looked at. */
export function hopEvidence({ grants, groups = [], state, waits, unsure }: Hop): [heading: string, blocks: string[]][] {
  const parts: [string, string[][]][] = [
    ['Waits', waits === undefined ? [] : [[waits]]],
    ['Not sure', unsure === undefined ? [] : [[unsure]]],
    ['Member of', groups.length === 0 ? [] : [groups]],
    ['Granted by', grants.map(grantLines)],
    ['State of the cluster', state.map((fact) => [stateText(fact)])],
  ]
  return parts
    .filter(([, blocks]) => blocks.length > 0)
    .map(([heading, blocks]) => [heading, blocks.map((lines) => lines.map(escapeForTerminal).join('\n'))])
}

/** A grant in the form of YAML, from the binding by its role to the rule. Raw text. */
function grantLines({ binding, roleRef, rule, subjectMatch, aggregatedFrom = [], assumed }: Grant): string[] {
  const list = (name: string, words: readonly string[]) =>
    words.length > 0
      ? [
          `  ${name}: [${words.map((word) => (/^[\w./:-]*[\w./-]$/.test(word) ? word : JSON.stringify(word))).join(', ')}]`,
        ]
      : []
  return [
    `binding: ${refText(binding)}`,
    `  subject: ${formatSubject(subjectMatch)}`,
    `role: ${roleRef.kind}/${roleRef.name}${assumed ? '   # not readable: Kubernetes’ defaults for this name' : ''}`,
    ...list('aggregatedFrom', aggregatedFrom),
    ...(rule
      ? [
          `rule: # ${rule.index} of the role, from 0`,
          ...list('verbs', rule.verbs),
          ...list('apiGroups', rule.apiGroups),
          ...list('resources', rule.resources),
          ...list('resourceNames', rule.resourceNames),
          ...list('nonResourceURLs', rule.nonResourceURLs),
        ]
      : []),
  ]
}
