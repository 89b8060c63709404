import { expect, test } from 'vitest'
import type { AttackPath, Cut, Hop, PathsReport } from '../../../src/attack/report.ts'
import { pathsMermaid } from '../../../src/terminal/paths-mermaid.ts'
import { pathsTable } from '../../../src/terminal/paths-table.ts'
import { hostileCharacters } from '../../../src/text/hostile.ts'
import { hostileNames, rule, user } from '../rbac/worlds.ts'

const everywhere = { wide: false, width: undefined }

function hopOf(given: Partial<Hop>): Hop {
  return {
    rule: 'exec',
    title: 'Runs a command',
    from: { kind: 'subject', text: 'user:alice' },
    to: { kind: 'pod', text: 'pod:shop/web' },
    needs: [],
    grants: [],
    state: [],
    ...given,
  }
}

function grantOf(name: string): Hop['grants'][number] {
  return {
    binding: { kind: 'RoleBinding', namespace: 'shop', name },
    roleRef: { kind: 'Role', name: 'dev' },
    rule: { index: 2, ...rule({ verbs: ['create'], resources: ['pods/exec'] }) },
    subjectMatch: user('alice'),
  }
}

function reportOf(hops: Hop[], more: Partial<PathsReport> = {}): PathsReport {
  const path: AttackPath = { from: { kind: 'subject', text: 'user:alice' }, to: { kind: 'admin' }, hops }
  return {
    apiVersion: 'kubectl-secure.github.io/v1',
    kind: 'PathsReport',
    query: { from: [], to: [{ kind: 'admin' }] },
    complete: true,
    gaps: [],
    notes: [],
    paths: [path],
    ...more,
  }
}

const account = { kind: 'subject', text: 'sa:shop/web' } as const
const hops = [
  hopOf({ grants: [grantOf('dev')], groups: ['team'] }),
  hopOf({
    rule: 'pod-token',
    from: { kind: 'pod', text: 'pod:shop/web' },
    to: account,
    needs: [0],
    state: [{ kind: 'Pod', namespace: 'shop', name: 'web', field: 'spec', says: 'has a token' }],
    waits: 'until it starts',
    unsure: 'it may not',
  }),
  hopOf({ rule: 'ns-label', from: account, to: { kind: 'admin', text: 'admin' }, needs: [0, 1] }),
]

test('a path is a block: who reaches what, and a line a hop with the first of what makes it possible', () => {
  expect(pathsTable(reportOf(hops), everywhere).split('\n')).toEqual([
    'user:alice → admin (3 hops)',
    '  1               exec        → pod:shop/web   RoleBinding/shop/dev → Role/dev rule 2 (as a member of team)',
    '  2               pod-token   → sa:shop/web    Pod shop/web spec has a token',
    '       waits: until it starts',
    '       not sure: it may not',
    '  3 (after 1+2)   ns-label    → admin',
    '',
  ])
})

test('on a narrow terminal what makes a hop possible stands below it', () => {
  const lines = pathsTable(reportOf(hops.slice(0, 1)), { wide: false, width: 60 }).split('\n')
  expect(lines.slice(1)).toEqual([
    '  1   exec   → pod:shop/web',
    '       RoleBinding/shop/dev → Role/dev rule 2 (as a member of team)',
    '',
  ])
})

test('wide says what each rule is, and the rule of the role', () => {
  expect(pathsTable(reportOf(hops), { wide: true, width: undefined })).toContain(
    [
      '  1  exec: Runs a command',
      '     user:alice → pod:shop/web',
      '     RoleBinding/shop/dev → Role/dev rule 2 (as a member of team)',
      '       verbs create; apiGroups ""; resources pods/exec',
    ].join('\n'),
  )
})

test('what is held in part or whole is said in words', () => {
  const to = (kind: Hop['to']['kind'], text: string) => hopOf({ to: { kind, text } })
  const shown = pathsTable(
    reportOf([
      to('any-account', 'any-account:shop'),
      to('any-account', 'any-account:*'),
      to('any-node', 'any-node'),
      to('namespace-admin', 'ns:shop'),
      to('namespace-admin', 'ns:*'),
      to('ability', 'create-pods:shop'),
      to('ability', 'create-pods:*'),
    ]),
    everywhere,
  )
  expect(shown.match(/→ [a-z].*$/gm)?.slice(1)).toEqual([
    '→ any service account in shop',
    expect.stringMatching(/→ any service account$/),
    expect.stringMatching(/→ any node$/),
    expect.stringMatching(/→ everything in shop$/),
    expect.stringMatching(/→ everything in every namespace$/),
    expect.stringMatching(/→ create-pods in shop$/),
    expect.stringMatching(/→ create-pods$/),
  ])
})

test('how many more there are is said, and where the number is not known that there are', () => {
  const more: PathsReport['more'] = [
    { to: { kind: 'admin' }, count: 7 },
    { to: { kind: 'node' }, from: account },
  ]
  const shown = pathsTable(reportOf([], { more }), everywhere)
  expect(shown).toContain('… 7 more to admin (-o json lists them all)\n')
  expect(shown).toContain('… there are more to sa:shop/web → a node\n')
})

test('a cut is a plan of commands; what nothing breaks stands below it', () => {
  const grant = {
    binding: { kind: 'RoleBinding', namespace: 'shop', name: 'dev' },
    roleRef: { kind: 'Role', name: 'dev' },
  }
  const cut: Cut = {
    to: { kind: 'admin' },
    remove: [{ grant, subject: user('alice'), command: "kubectl patch … -p '[]'", breaks: 3 }],
    smallest: false,
    uncuttable: reportOf(hops.slice(1, 2)).paths,
  }
  const shown = pathsTable(reportOf([], { paths: [], cuts: [cut] }), everywhere)
  expect(shown).toContain('take away 1 grant (a smaller set may do as well')
  expect(shown).toContain(
    "  user:alice in RoleBinding/shop/dev → Role/dev   on the paths of 3\n    kubectl patch … -p '[]'\n",
  )
  expect(shown).toContain('1 has a path')
  expect(pathsTable(reportOf([], { paths: [], cuts: [{ ...cut, remove: [], uncuttable: [] }] }), everywhere)).toContain(
    'There is no path to admin to break.',
  )
})

test('hostile names are shown, and draw nothing', () => {
  for (const name of hostileNames) {
    const hostile = hopOf({ to: { kind: 'secret', text: `secret:shop/${name}` }, grants: [grantOf(name)] })
    for (const wide of [true, false]) {
      const shown = pathsTable(reportOf([hostile]), { wide, width: undefined })
      expect(shown.replaceAll('\n', '').search(hostileCharacters)).toBe(-1)
    }
    const drawn = pathsMermaid(reportOf([hostile]))
    expect(drawn.trimEnd().split('\n')).toHaveLength(4)
    expect(drawn.replaceAll('\n', '').search(hostileCharacters)).toBe(-1)
  }
})

test('a diagram draws once what is the same, and dots from all of a kind to the one that is used', () => {
  const first = hopOf({ to: { kind: 'any-account', text: 'any-account:shop' }, grants: [grantOf('dev')] })
  const second = hopOf({
    rule: 'wildcard',
    from: account,
    to: { kind: 'admin', text: 'admin' },
    needs: [0],
    unsure: 'x',
  })
  const { paths } = reportOf([first, second])
  expect(pathsMermaid(reportOf([], { paths: [...paths, ...paths] }))).toBe(
    [
      'flowchart LR',
      '  n0(["user:alice"])',
      '  n1["any service account in shop"]',
      '  n2["sa:shop/web"]',
      '  n3["admin"]',
      '  n0 -->|"exec by RoleBinding/shop/dev #8594; Role/dev rule 2"| n1',
      '  n1 -.-> n2',
      '  n2 -->|"wildcard #63;"| n3',
      '',
    ].join('\n'),
  )
})
