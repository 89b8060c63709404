import type { Finding, GoneFinding, RisksReport } from '../risks/finding.ts'
import { severities } from '../risks/finding.ts'
import { whoText } from '../risks/who.ts'
import { escapeCell, escapeForTerminal } from '../text/terminal.ts'
import type { RisksData } from './browser/risks-data.ts'
import { chain } from './rbac-tables.ts'

/** More make a page that no browser opens in good time. */
const mostFindings = 50_000

/** Findings as the page gets them, their texts fit to be looked at; and how many there was no room for. */
export function risksPageData({ findings, gone }: RisksReport): { data: RisksData; leftOut: number } {
  const [rules, texts] = [places(), places()]
  const rows: RisksData['rows'] = []
  let leftOut = 0
  for (const finding of findings) {
    if (rows.length === mostFindings) leftOut += 1
    else rows.push(rowOf(finding, rules, texts))
  }
  for (const each of gone ?? []) {
    if (rows.length === mostFindings) leftOut += 1
    else rows.push(goneRow(each, rules, texts))
  }
  return {
    data: {
      severities: [...severities],
      isCompared: gone !== undefined,
      rules: rules.list(),
      texts: texts.list(),
      rows,
    },
    leftOut,
  }
}

type Places = ReturnType<typeof places>

function rowOf(finding: Finding, rules: Places, texts: Places): RisksData['rows'][number] {
  const {
    severity,
    rule,
    id,
    scope,
    title,
    why,
    because,
    reached,
    grants,
    state,
    fix,
    reference,
    change,
    before,
    exception,
    location,
  } = finding
  const parts: [string, string[]][] = [
    ['Why', [why]],
    ['Severity', because],
    ['Way', (reached?.way ?? []).map(({ rule, to }) => `${rule} → ${to}`)],
    [
      'Grants',
      [
        ...grants.map(chain),
        ...(finding.moreBindings === undefined ? [] : [`and ${finding.moreBindings} bindings more`]),
      ],
    ],
    [
      'State',
      state.map(
        ({ kind, namespace, name, field, says }) =>
          `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}: ${field === undefined ? '' : `${field} `}${says}`,
      ),
    ],
    [
      'Before',
      before
        ? [
            before.severity,
            ...before.evidence.added.map((line) => `+ ${line}`),
            ...before.evidence.removed.map((line) => `- ${line}`),
          ]
        : [],
    ],
    [
      'Excepted',
      exception
        ? [
            `${exception.owner}: ${exception.reason}${exception.expires === undefined ? '' : ` (until ${exception.expires})`}`,
          ]
        : [],
    ],
    ['Where', location ? [`${location.file}:${location.line}`] : []],
    ['Fix', [fix.text]],
    ['Commands', fix.commands],
    ['See', [reference]],
    ['Id', [id]],
  ]
  return {
    severity: severities.indexOf(severity),
    rule: rules.place(rule),
    who: texts.place(whoText(finding)),
    scope: texts.place(scope),
    title: texts.place(title),
    hops: reached?.hops ?? 0,
    mark: exception ? 'excepted' : change === 'new' || change === 'changed' ? change : '',
    parts: parts.filter(([, lines]) => lines.length > 0).map(([name, lines]) => [name, lines.map(texts.place)]),
  }
}

function goneRow(
  { severity, rule, id, scope, title, ...about }: GoneFinding,
  rules: Places,
  texts: Places,
): RisksData['rows'][number] {
  return {
    severity: severities.indexOf(severity),
    rule: rules.place(rule),
    who: texts.place(whoText(about)),
    scope: texts.place(scope),
    title: texts.place(title),
    hops: 0,
    mark: 'gone',
    parts: [['Id', [texts.place(id)]]],
  }
}

/** Texts that stand once, each at its place. */
function places(): { place: (text: string) => number; list: () => string[] } {
  const known = new Map<string, number>()
  return {
    place(text) {
      const at = known.get(text) ?? known.size
      known.set(text, at)
      return at
    },
    // Commands hold two spaces and more that are meant.
    list: () =>
      [...known.keys()].map((text) => (text.startsWith('kubectl ') ? escapeForTerminal(text) : escapeCell(text))),
  }
}
