import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { shownOf } from '../../../src/playbook/report/changes.ts'
import type { OpenItem } from '../../../src/playbook/report/model.ts'
import { findAnyRun } from '../../../src/playbook/report/read.ts'
import { openRunJournal } from '../../../src/playbook/run/journal.ts'
import { reportMarkdown } from '../../../src/terminal/playbook-report-markdown.ts'
import { exitOfPlaybook, reportOfRun } from '../../../src/playbook/run-report.ts'
import { plain as plainLook } from '../../../src/terminal/look.ts'
import { runSummaryText } from '../../../src/terminal/playbook-run-text.ts'
import { canary, clusterId, runId, Stage } from './report-cases.ts'

const kinds = (open: readonly OpenItem[]) => [...new Set(open.map(({ kind }) => kind))]

test('a run that went well: contained by its proofs, with what was asked afterwards, and when', async () => {
  const { containment, times, state, open, people, damage } = await (await new Stage().write()).report()
  expect(state).toBe('finished')
  expect(damage).toEqual([])
  expect(containment.state).toBe('contained')
  expect(containment.proofs).toEqual([
    expect.objectContaining({ step: 'cutOne', action: 'isolate', of: 'cut', verdict: 'ISOLATED', holds: true }),
    expect.objectContaining({ step: 'dead', action: 'token.dead', of: 'check', verdict: 'outputs.dead', holds: true }),
  ])
  // Cut off is what it was once the cut was proved, and not when all else was done.
  expect(times).toEqual({
    firstSeen: expect.objectContaining({
      at: '2026-11-21T02:50:00.000000Z',
      source: '/var/log/audit.log:1',
    }) as unknown,
    begun: '2026-11-21T03:00:00.000Z',
    contained: { at: '2026-11-21T03:00:22.000Z', seconds: 22 },
    ended: { at: '2026-11-21T03:00:57.000Z', seconds: 57 },
  })
  expect(times.firstSeen?.seconds).toBe(-600)
  expect(kinds(open)).toEqual(['remains', 'in-force', 'skipped'])
  expect(people.map(({ who }) => who)).toEqual(['ana@laptop', 'ana@example.com', 'boss@example.com'])
})

test.each([
  [{ verdict: 'PARTIAL' }, 'partly'],
  [{ verdict: 'NOT ENFORCED' }, 'not-contained'],
  [{ verdict: 'UNKNOWN' }, 'not-contained'],
  [{ dead: false }, 'partly'],
] as const)('%j is not contained', async (outcome, state) => {
  const stage = await new Stage({}, outcome).write()
  const { containment, times, open } = await stage.report()
  expect(containment.state).toBe(state)
  expect(times.contained).toBeUndefined()
  expect(open[0]).toMatchObject({
    kind: 'not-proved',
    details: expect.arrayContaining(['it took too long']) as unknown,
  })
})

test.each([
  ['ISOLATED', 0],
  ['PARTIAL', 1],
  ['NOT ENFORCED', 1],
  ['UNKNOWN', 3],
] as const)('a run whose cut is %s ends with %d, and says so', async (verdict, code) => {
  const { journal, folder } = await (await new Stage({}, { verdict }).write()).records()
  const run = reportOfRun(journal.entries, folder)
  expect(exitOfPlaybook(run)).toBe(code)
  const said = runSummaryText(run, plainLook)
  expect(said.includes(`NOT PROVED  cutOne: the verdict is ${verdict}`)).toBe(code > 0)
})

test('a cut that failed before there was a verdict is no proof either', async () => {
  const stage = await new Stage().write()
  const records = await stage.records()
  const entries = records.journal.entries.map((entry) =>
    entry.type === 'done' && entry.step === 'cutOne'
      ? { ...entry, outcome: 'failed' as const, outputs: null, why: 'refused' }
      : entry,
  )
  const { containmentOf } = await import('../../../src/playbook/report/containment.ts')
  const { state, proofs } = containmentOf({ ...records, journal: { entries } })
  expect(state).toBe('not-contained')
  expect(proofs[0]).toMatchObject({ step: 'cutOne', holds: false, verdict: 'none', reasons: ['refused'] })
})

test('a no is not open once the same was asked again and approved', async () => {
  const stage = new Stage({}, { approved: false })
  await stage.write()
  expect(kinds((await stage.report()).open)).toContain('refused')
  const { journal, ...rest } = await stage.records()
  const again = { type: 'answer' as const, step: 'sure', by: 'boss@example.com', value: true, plans: [] }
  const last = journal.entries.findLast(({ type }) => type === 'answer')
  const entries = journal.entries.concat(last ? { ...last, ...again } : [])
  const { openItems } = await import('../../../src/playbook/report/open-items.ts')
  const { decisionsOf } = await import('../../../src/playbook/report/decisions.ts')
  const records = { ...rest, journal: { ...journal, entries } }
  const report = { ...(await stage.report()), decisions: await decisionsOf(records) }
  expect(kinds(openItems(report, records))).not.toContain('refused')
})

test('what is open: evidence that lacks something, a no, who was not told, a run that stopped', async () => {
  const stage = await new Stage({}, { complete: false, approved: false, told: false }).write()
  const { open, state, why, evidence, told, decisions } = await stage.report()
  expect(state).toBe('stopped')
  expect(why).toBe('sure: boss@example.com did not approve')
  expect(kinds(open)).toEqual([
    'stopped',
    'failed',
    'evidence',
    'refused',
    'remains',
    'in-force',
    'not-told',
    'skipped',
  ])
  expect(open.find(({ kind }) => kind === 'stopped')?.command).toEqual(['playbook', 'resume', runId])
  expect(open.find(({ kind }) => kind === 'evidence')?.details).toEqual([
    'without Pod shop/web-0',
    'logs: it took too long',
  ])
  expect(evidence.map(({ step, complete, now }) => [step, complete, now])).toEqual([
    ['quick', true, 'as-sealed'],
    ['full', false, 'as-sealed'],
  ])
  expect(told).toEqual([
    expect.objectContaining({ channel: 'incident', sent: false, why: 'it took too long' }) as unknown,
  ])
  expect(told[0]?.message).toBe('shop/web-0 is cut off (alert); evidence and account are next')
  expect(decisions.findLast(({ kind }) => kind === 'approval')).toMatchObject({
    by: 'boss@example.com',
    answer: false,
    role: 'incident commander',
    question: 'May shop/web-0 be deleted?',
    covers: ['gone'],
  })
})

test('decisions: the question as it was asked, the words of the answer, who, when, and for which plan', async () => {
  const { decisions } = await (await new Stage().write()).report()
  expect(decisions.find(({ step }) => step === 'scope')).toMatchObject({
    question: 'shop/web-0 runs as sa:shop/web. 0 pods are of the same workload, 0 run the same image. What is cut off?',
    answer: 'one',
    label: 'this pod alone',
    by: 'ana@example.com',
    seconds: 10,
  })
  const confirmed = decisions.filter(({ kind }) => kind === 'confirmation')
  expect(confirmed.map(({ plans }) => plans.map(({ plan, isSame }) => [plan, isSame]))).toEqual([
    [['cut1-cut1-cut1', true]],
    [['rev1-rev1-rev1', true]],
    [['gone-gone-gone', true]],
  ])
})

test('a plan that was applied and is not the one that was answered for is told', async () => {
  const stage = await new Stage().write()
  const records = await stage.records()
  const known = records.plans.get('cut1-cut1-cut1')
  if (!known || !('chain' in known)) throw new Error('there is none')
  const [begin, ...rest] = known.chain.entries
  if (begin?.type !== 'begin') throw new Error('there is none')
  const other = { ...begin, plan: { ...begin.plan, reason: 'another' } }
  const plans = new Map([...records.plans, ['cut1-cut1-cut1', { ...known, chain: { entries: [other, ...rest] } }]])
  const { decisionsOf } = await import('../../../src/playbook/report/decisions.ts')
  const found = (await decisionsOf({ ...records, plans })).find(({ kind }) => kind === 'confirmation')
  expect(found?.plans[0]?.isSame).toBe(false)
})

test('changes: each with what became of it, before and after, and what does not come back', async () => {
  const { changes } = await (await new Stage().write()).report()
  expect(changes.map(({ plan, step, state, inForce }) => [plan, step, state, inForce])).toEqual([
    ['cut1-cut1-cut1', 'cutOne', 'applied', true],
    ['rev1-rev1-rev1', 'revoke', 'applied', true],
    ['gone-gone-gone', 'gone', 'applied', true],
  ])
  expect(changes[0]?.changes.map(({ change, state }) => [change, state])).toEqual([
    ['deny', 'applied'],
    ['label-1', 'applied'],
  ])
  // Who else is in the list is not said, and stays.
  const others = '… (and others, as they are)'
  expect(changes[1]?.changes[0]?.before?.['subjects']).toEqual([
    others,
    { kind: 'ServiceAccount', name: 'web', namespace: 'shop' },
  ])
  expect(changes[1]?.changes[0]?.after?.['subjects']).toEqual([others])
  // What is deleted is in the journal, and nobody's business.
  expect(changes[2]?.changes[0]).not.toHaveProperty('before')
  expect(changes[2]?.destroys).toEqual([{ kind: 'Pod', namespace: 'shop', name: 'web-0', uid: 'u-1' }])
  expect(changes[2]?.irreversible[0]?.what).toContain('another uid')
})

test('two edits of one list are both shown; a field may be called __proto__', () => {
  const ref = { apiVersion: 'v1', kind: 'X', resource: 'xs', name: 'x', uid: 'u' }
  const edit = { how: 'remove' as const, restore: 'always' as const, path: ['__proto__', 'subjects'] }
  const edits = [
    { ...edit, item: { name: 'a' } },
    { ...edit, item: { name: 'b' } },
  ]
  const { before, after } = shownOf({ id: 'a', do: 'patch', why: '', ref, edits })
  const others = '"… (and others, as they are)"'
  expect(JSON.stringify(before)).toContain(`"__proto__":{"subjects":[${others},{"name":"a"},{"name":"b"}]}`)
  expect(JSON.stringify(after)).toContain(`"__proto__":{"subjects":[${others}]}`)
})

test('the timeline: who responded, whom it was about, and what others did that a question is about; nothing else', async () => {
  const { timeline, attack } = await (await new Stage().write()).report()
  expect(timeline.suspects).toEqual([{ user: 'system:serviceaccount:shop:web', by: 'step facts' }])
  const told = timeline.rows.map(({ lane, actor, what, count, source }) => [lane, actor, what, count, source] as const)
  expect(told.slice(0, 5)).toEqual([
    [
      'intruder',
      'system:serviceaccount:shop:web',
      'rbac-change: bound cluster-admin to sa:shop/web',
      1,
      '/var/log/audit.log:1',
    ],
    ['intruder', 'system:serviceaccount:shop:web', 'list secrets', 2, '/var/log/audit.log:2'],
    [
      'intruder',
      'system:serviceaccount:shop:web',
      expect.stringContaining('exec: sh -c mysql'),
      1,
      '/var/log/audit.log:4',
    ],
    ['other', 'mallory', 'exec: sh', 1, '/var/log/audit.log:5'],
    ['responder', 'ana@laptop', 'began playbook compromised-pod 1.0.0', 1, 'journal:1'],
  ])
  expect(timeline.rows.filter(({ actor }) => actor === 'bystander')).toEqual([])
  expect(timeline.rows.map(({ what }) => what)).toContain('patch Pod shop/web-0')
  expect(timeline.notes).toEqual([expect.stringContaining('as the users who responded (1)')])
  expect(attack.find(({ id }) => id === 'T1098.006')).toEqual({
    id: 'T1098.006',
    url: 'https://attack.mitre.org/techniques/T1098/006/',
    by: ['log'],
  })
  expect(attack.find(({ id }) => id === 'T1609')?.by).toEqual(['playbook', 'log'])
})

test('no secret: of env, of arguments, of commands that a log has, of what was deleted', async () => {
  const stage = await new Stage({ message: `password is ${canary}` }).write()
  expect(readFileSync(join(stage.folder, '..', '..', 'rev1-rev1-rev1.jsonl'), 'utf8')).toContain(canary)
  const report = await stage.report()
  expect(JSON.stringify(report)).not.toContain('CANARY')
  const template = JSON.stringify(report.changes[1]?.changes[1])
  expect(template).toContain('LEVEL')
  expect(template).toContain('***')
})

test('a bundle that is not what was sealed, or is gone, is told', async () => {
  const stage = await new Stage().write()
  appendFileSync(join(stage.folder, 'evidence-quick.tar.gz'), 'x')
  rmSync(join(stage.folder, 'evidence-full.tar.gz'))
  const { evidence, open } = await stage.report()
  expect(evidence.map(({ now }) => now)).toEqual(['changed', 'missing'])
  expect(open.filter(({ kind }) => kind === 'evidence')).toHaveLength(2)
})

test('a journal that was changed: said first, and what is whole is still told', async () => {
  const stage = await new Stage().write()
  const path = join(stage.folder, 'journal.jsonl')
  const lines = readFileSync(path, 'utf8').split('\n')
  const at = lines.findIndex((line) => line.includes('"type":"done","step":"cutOne"'))
  lines[at] = (lines[at] ?? '').replace('ISOLATED', 'ISOLATEd')
  writeFileSync(path, lines.join('\n'))
  const { damage, integrity, containment, open, decisions, state } = await stage.report()
  expect(damage).toEqual([expect.stringContaining(`from line ${at + 1} on (its hash is not that of its content`)])
  expect(integrity).toMatchObject({ whole: false, lines: at, broken: { line: at + 1 } })
  expect(state).toBe('running')
  expect(containment.state).toBe('not-proved')
  expect(decisions.some(({ step }) => step === 'scope')).toBe(true)
  expect(kinds(open).slice(0, 2)).toEqual(['damage', 'unfinished'])
})

test('the journal of a plan that was changed is told; a playbook that was changed puts no words into anybody’s mouth', async () => {
  const stage = await new Stage().write()
  writeFileSync(join(stage.folder, '..', '..', 'rev1-rev1-rev1.jsonl'), 'x\n', { mode: 0o600 })
  const copy = join(stage.folder, 'playbook.yaml')
  writeFileSync(copy, readFileSync(copy, 'utf8').replace('What is cut off?', 'Who is guilty?'))
  const { damage, changes, decisions, playbook, containment } = await stage.report()
  expect(damage).toEqual([
    expect.stringContaining('rev1-rev1-rev1'),
    expect.stringContaining('the playbook that was run'),
  ])
  expect(changes[1]).toMatchObject({ state: 'unknown', inForce: true, changes: [] })
  expect(playbook).not.toHaveProperty('title')
  expect(decisions.find(({ step }) => step === 'scope')).toMatchObject({ question: 'scope', answer: 'one' })
  // A verdict is in the journal itself.
  expect(containment.proofs.map(({ step }) => step)).toEqual(['cutOne', 'dead'])
})

test('a plan that ended in the first line of its journal was never begun, and nothing of it is in force', async () => {
  const stage = await new Stage().write()
  const journal = await openRunJournal(stage.stateDir, clusterId, runId, stage.now)
  await journal.append({ type: 'plan', step: 'cutOne', planId: 'none-none-none', digest: 'ab', destroys: [] })
  await journal.close()
  for (const torn of ['', '{"seq":1,"at":"2026']) {
    writeFileSync(join(stage.folder, '..', '..', 'none-none-none.jsonl'), torn, { mode: 0o600 })
    const { changes, damage } = await stage.report()
    expect(changes.at(-1)).toMatchObject({ plan: 'none-none-none', state: 'not-begun', inForce: false })
    expect(damage).toEqual([])
  }
})

test('a run is found by its id, the beginning of it, or its incident, whatever the cluster', async () => {
  const { stateDir } = await new Stage().write()
  for (const typed of [runId, 'aaaa', 'INC-42']) expect(await findAnyRun(stateDir, typed)).toMatchObject({ runId })
  await expect(findAnyRun(stateDir, 'INC-4')).rejects.toMatchObject({ code: 'usage' })
  await expect(findAnyRun(stateDir, '')).rejects.toMatchObject({ code: 'usage' })
})

test('a run that was taken back: when it ended, when it was undone, and that it is contained no more', async () => {
  const stage = await new Stage().write()
  const journal = await openRunJournal(stage.stateDir, clusterId, runId, stage.now)
  await journal.append({ type: 'note', kind: 'undo', step: 'cutOne', data: 'cut1-cut1-cut1' })
  await journal.append({ type: 'end', state: 'partly-undone' })
  await journal.close()
  const report = await stage.report()
  expect(report.times).toMatchObject({ ended: { seconds: 57 }, undone: { seconds: 60 } })
  expect(report.timeline.rows.map(({ what }) => what)).toContain('step cutOne: began to take plan cut1-cut1-cut1 back')
  expect(await reportMarkdown(report)).toContain('> **⚠** Contained, 22.0 s after the run began')
  expect(await reportMarkdown(report)).toContain('. Part of what the run changed was taken back since.')
})
