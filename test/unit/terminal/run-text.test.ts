import { expect, test } from 'vitest'
import { ageOf } from '../../../src/terminal/age.ts'
import { plain } from '../../../src/terminal/look.ts'
import { preflightText, rolesYaml } from '../../../src/terminal/preflight-text.ts'
import { runText } from '../../../src/terminal/run-text.ts'
import { statusTable, statusText } from '../../../src/terminal/status-table.ts'
import { stepLine } from '../../../src/terminal/step-text.ts'
import { podRef, run, runStatus, step } from './plans.ts'

const now = new Date('2026-11-21T04:10:05Z')

test('a step is a word and an object; a terminal gets a tick too', () => {
  expect(stepLine(step(), plain)).toBe('done  patch Pod payments/api-0\n')
  expect(stepLine(step({ state: 'failed', why: 'con\nflict' }), { ...plain, fancy: true })).toBe(
    '✖ FAILED  patch Pod payments/api-0: con\\u{a}flict\n',
  )
})

test('a run that went well is short, and says how it is undone', () => {
  expect(runText(run(), plain)).toBe(`APPLIED  plan bk4f-9xzt-2mwq: every change is made, and read back as meant
  1 change, 1 done

Undo        kubectl secure undo bk4f-9xzt-2mwq
`)
})

test('the next command names the cluster as this one did', () => {
  expect(runText(run(), plain, ' --context prod')).toContain('secure undo bk4f-9xzt-2mwq --context prod\n')
  expect(statusText(runStatus(), now, plain, ' --context prod')).toContain('undo bk4f-9xzt-2mwq --context prod\n')
})

test('what undo left alone is named with why, and values of Secrets are not shown', () => {
  const how = 'foreign' as const
  const left = [
    { ref: podRef, path: ['metadata', 'labels', 'app'], expected: '', found: 'x', how, why: 'someone set it' },
    { ref: { ...podRef, kind: 'Secret' }, path: ['data', 'k'], expected: 'aHVudGVy', found: 'c3dvcmQ=', how, why: 'w' },
  ]
  const text = runText(run({ state: 'partly-undone', steps: [step({ state: 'partly-undone', left })] }), plain)
  expect(text).toMatch(/^PARTLY UNDONE {2}plan/)
  expect(text).toContain('left alone:  Pod payments/api-0 metadata.labels.app: is "x", we left "": someone set it\n')
  expect(text).toContain('Secret payments/api-0 data.k: not as we left it: w\n')
  expect(text).not.toMatch(/aHVudGVy|c3dvcmQ/)
  expect(text).toContain('kubectl secure status bk4f-9xzt-2mwq')
})

test('what comes back only on request is no failure, and is said in one line', () => {
  const left = [
    {
      ref: podRef,
      path: ['metadata', 'labels', 'app'],
      how: 'on-request' as const,
      why: 'its controller would adopt it',
    },
  ]
  const text = runText(run({ state: 'undone', steps: [step({ state: 'undone', left })] }), plain)
  expect(text).toContain('not given back:  Pod payments/api-0 metadata.labels.app: its controller would adopt it\n')
})

test.each(['unfinished', 'failed', 'stopped'] as const)('a run that is %s names both ways on', (state) => {
  const text = runText(run({ state, steps: [step(), step({ state: 'unsettled', why: 'no answer' })] }), plain)
  expect(text).toContain('2 changes, 1 done, 1 NOT KNOWN\n  NOT KNOWN  patch Pod payments/api-0: no answer\n')
  expect(text).toContain('resume bk4f-9xzt-2mwq --finish\n')
  expect(text).toContain('resume bk4f-9xzt-2mwq --undo\n')
})

test('status is a line a run; wide says all, and nothing is cut off', () => {
  const report = {
    apiVersion: 'kubectl-secure.github.io/v1' as const,
    kind: 'StatusReport' as const,
    cluster: { id: 'c', server: 's' },
    runs: [
      runStatus({ steps: [step({ do: 'create' }), step(), step({ ref: { ...podRef, name: 'api-1' } })] }),
      runStatus({ plan: 'other', drift: ['label app is back'], state: 'unfinished' }),
    ],
    gaps: [],
  }
  delete report.runs[1]?.incident
  expect(statusTable(report, { wide: false, width: undefined, now })).toBe(
    `PLAN             INCIDENT   WHO    AGE   STATE        DRIFT   TARGET
bk4f-9xzt-2mwq   INC-42     jane   66m   applied      0       Pod payments/api-0 (+1 more)
other            -          jane   66m   unfinished   1       Pod payments/api-0
`,
  )
  const wide = statusTable(report, { wide: true, width: undefined, now })
  for (const text of [
    'journal+cluster',
    '2026-11-21T03:04:05Z',
    'label app is back',
    'pod/api-0 -n payments',
    'mining',
  ])
    expect(wide).toContain(text)
})

test('one run in full names its changes, its drift and the way on', () => {
  const text = statusText(runStatus({ drift: ['label app is back'], holder: 'jane@laptop' }), now, plain)
  expect(text).toContain('  when        2026-11-21T03:04:05Z (66m ago)\n')
  expect(text).toContain('  done  patch Pod payments/api-0\n')
  expect(text).toContain('  -  label app is back\n')
  expect(text).toContain('held by     jane@laptop')
  expect(text).toContain('Undo        kubectl secure undo bk4f-9xzt-2mwq\n')
  expect(statusText(runStatus({ state: 'unfinished' }), now, plain)).toContain(
    'resume bk4f-9xzt-2mwq --finish | --undo',
  )
})

const right = {
  for: 'undo' as const,
  change: 'deny',
  attributes: { verb: 'delete', group: 'networking.k8s.io', resource: 'networkpolicies', namespace: 'payments' },
  allowed: false,
  reason: 'no role',
}
const role = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name: 'x', namespace: 'payments' },
}
const preflight = {
  apiVersion: 'kubectl-secure.github.io/v1' as const,
  kind: 'PreflightReport' as const,
  ready: false,
  rights: [right, { ...right, change: 'again' }, { ...right, allowed: true, for: 'apply' as const, reason: 'yes' }],
  refusals: [{ change: 'strip', why: 'PodSecurity "restricted"' }],
  missingRoles: [role],
  drift: ['Pod payments/api-0 has another uid'],
  notes: [],
}

test('preflight says first what is missing, and ends with the roles for it', async () => {
  const text = await preflightText(preflight, plain, { wide: false })
  expect(text).toBe(`NOT READY  2 rights missing, 1 change refused by the server, 1 object not as when the plan was made
  refused:  strip: PodSecurity "restricted"
  drifted:  Pod payments/api-0 has another uid

FOR    VERB     RESOURCE                            NAMESPACE   NAME   ALLOWED   REASON
undo   delete   networkpolicies.networking.k8s.io   payments    *      NO        no role

What is missing, as roles (-o role prints them alone, for kubectl apply):
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: x
  namespace: payments
`)
  expect(await rolesYaml([role, role])).toMatch(/^---\n[^]*\n---\n/)
  const wide = await preflightText(preflight, plain, { wide: true })
  expect(wide).toMatch(/apply +delete .* yes +yes/)
})

test('nothing missing is one line', async () => {
  const ready = {
    ...preflight,
    ready: true,
    refusals: [],
    drift: [],
    missingRoles: [],
    rights: [{ ...right, allowed: true }],
  }
  expect(await preflightText(ready, plain, { wide: false })).toMatch(/^READY {2}all 1 right are there.*\n$/)
})

test('ages are as kubectl shows them', () => {
  const ages = [0, 119, 120, 601, 10_800, 28_800 + 1, 172_800, 700_000, 8e7]
  const shown = ages.map((seconds) => ageOf(new Date(now.getTime() - seconds * 1000).toISOString(), now))
  expect(shown).toEqual(['0s', '119s', '2m', '10m', '3h', '8h', '2d', '8d', '925d'])
  expect(ageOf('2026-11-21T05:10:05Z', now)).toBe('in the future')
  expect(ageOf('yesterday', now)).toBe('unknown')
})
