import { describe, expect, test } from 'vitest'
import type { End, ForeignNeed, Source } from '../../../src/lockdown/model.ts'
import type { AllowedTry, LockdownNamespace, LockdownReport, Writer } from '../../../src/lockdown/report.ts'
import { apiVersion } from '../../../src/snapshot/snapshot.ts'
import { lockdownSummary } from '../../../src/terminal/lockdown-summary.ts'
import { lockdownPreview } from '../../../src/terminal/lockdown-text.ts'
import type { Look } from '../../../src/terminal/look.ts'

const look: Look = { width: Number.POSITIVE_INFINITY, paint: (_, text) => text, fancy: false }
const report = (more: Partial<LockdownNamespace>): LockdownReport => ({
  apiVersion,
  kind: 'LockdownReport',
  level: 'restricted',
  parts: ['network'],
  verdict: 'ENFORCED',
  namespaces: [
    {
      namespace: 'shop',
      verdict: 'ENFORCED',
      rules: [],
      foreign: [],
      leftOpen: [],
      violations: [],
      writers: [],
      breaks: [],
      notes: [],
      ...more,
    },
  ],
  complete: true,
  gaps: [],
  notes: [],
})
const shown = (more: Partial<LockdownNamespace>, wide = false) =>
  lockdownPreview(report(more), look, { wide, width: undefined })

describe('the preview', () => {
  const selector = { matchLabels: {}, matchExpressions: [] }
  const web: End = { kind: 'pods', namespace: 'shop', selector, name: 'web' }
  const by = (source: Partial<Source>): Source[] => [{ how: 'declared', what: 'Pod bank/x', ...source } as Source]
  const rule = (name: string, sources: Source[]) => ({
    policy: 'p',
    workload: 'web',
    direction: 'ingress' as const,
    peer: { kind: 'anyone' as const, name },
    ports: [],
    by: sources,
  })

  test('what others alone declare is a group of its own, and not among the rules', () => {
    const foreign: ForeignNeed[] = [
      {
        from: { kind: 'anyone', name: 'a stranger' },
        to: web,
        ports: [],
        by: by({ word: 'foreign', namespace: 'evil' }),
        open: false,
      },
    ]
    const rules = [
      rule('somebody', by({ word: 'own' })),
      rule('a stranger', by({ word: 'foreign', namespace: 'evil' })),
    ]
    const [first = '', second = ''] = shown({ rules, foreign }).split('What other namespaces alone declare')
    expect(first).toContain('somebody')
    expect(first).not.toContain('a stranger')
    expect(second).toMatch(
      /shop +evil +a stranger +web in shop +all ports +not let in +declared on the word of evil: Pod bank\/x/,
    )
    expect(second).toContain('who-can create pods')
    const warning = 'opened on the word of other namespaces alone: evil'
    const open = foreign.map((need) => ({ ...need, open: true }))
    expect([shown({ foreign }).includes(warning), shown({ foreign: open }).includes(warning)]).toEqual([false, true])
    expect(lockdownSummary(report({ foreign: open }), look)).toContain(warning)
  })

  const writer = (subject: string, more: Partial<Writer> = {}): Writer => ({
    subject,
    scope: '*',
    can: ['write'],
    chain: [],
    ...more,
  })
  test('the control plane is one line, and what looks like it has its own', () => {
    const writers = [
      writer('group:system:masters', { isSystem: true }),
      writer('sa:kube-system/job-controller', { isSystem: true }),
      writer('user:system:kube-evil'),
      writer('sa:kube-system/x'),
    ]
    const narrow = shown({ writers })
    for (const one of ['user:system:kube-evil', 'sa:kube-system/x']) expect(narrow).toContain(one)
    expect(narrow).toContain('group:system:masters and 1 other')
    expect(narrow).not.toContain('job-controller')
    expect(shown({ writers }, true)).toContain('job-controller')
  })
})

describe('the summary', () => {
  const tried = (seen: AllowedTry['seen']): AllowedTry => ({
    from: 'a',
    to: 'b',
    protocol: 'TCP',
    port: 1,
    seen,
    detail: '',
  })
  const probes = [{ result: 'enforced' as const, why: '', node: 'n1', tries: [] }]
  const rules = [
    {
      policy: 'p',
      workload: '*',
      direction: 'egress' as const,
      peer: { kind: 'anyone' as const, name: 'x' },
      ports: [],
      by: [],
    },
  ]
  test.each([
    [[], '0 allowed connections tried'],
    [[tried('connects'), tried('refused'), tried('blocked')], '2 of 3 allowed connections tried got through'],
  ])('%# says how much of what is allowed was seen', (allowed, wanted) => {
    expect(lockdownSummary(report({ rules, proof: { probes, allowed, unseen: [] } }), look)).toContain(wanted)
  })
  test('where nothing is let through there is nothing to try', () => {
    const text = lockdownSummary(report({ proof: { probes, allowed: [], unseen: [] } }), look)
    expect(text).not.toContain('tried:')
  })
})
