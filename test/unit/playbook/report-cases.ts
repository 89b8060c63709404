import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TimelineRow } from '../../../src/audit-log/timeline-rows.ts'
import { createJournal } from '../../../src/change/journal/journal.ts'
import type { Change, Json, Plan } from '../../../src/change/plan.ts'
import { openLibrary } from '../../../src/playbook/library.ts'
import { buildReport } from '../../../src/playbook/report/build.ts'
import { maskReport } from '../../../src/playbook/report/mask.ts'
import type { PlaybookReport } from '../../../src/playbook/report/model.ts'
import { findAnyRun, readRecords } from '../../../src/playbook/report/read.ts'
import type { Records } from '../../../src/playbook/report/records.ts'
import { digestOf } from '../../../src/playbook/run/carry-command.ts'
import { createRunJournal, type RunJournal } from '../../../src/playbook/run/journal.ts'

export const clusterId = '11111111-2222-3333-4444-555555555555'
export const runId = 'aaaa-bbbb-cccc'
export const begun = '2026-11-21T03:00:00.000Z'
export const canary = 'hunter2-CANARY-77aa'
const shipped = join(import.meta.dirname, '../../../playbooks/compromised-pod.yaml')

/** What an attacker may have written into what a report quotes. */
export type Words = { pod: string; why: string; by: string; what: string; label: string; message: string }
export const plain: Words = {
  pod: 'web-0',
  why: 'it took too long',
  by: 'system:serviceaccount:shop:web',
  what: 'rbac-change: bound cluster-admin to sa:shop/web',
  label: 'web',
  message: 'somebody is in the pod',
}

const podOf = ({ pod }: Words) => ({ kind: 'Pod', namespace: 'shop', name: pod, uid: 'u-1' })

/** A stage of records on disk: a state directory, and a clock that goes on by itself. */
export class Stage {
  readonly stateDir = join(mkdtempSync(join(tmpdir(), 'kubectl-secure-report-')), 'kubectl-secure')
  #clock = Date.parse(begun) - 2000
  now = (): Date => new Date((this.#clock += 1000))
  readonly words: Words
  readonly outcome: { verdict: string; dead: boolean; approved: boolean; complete: boolean; told: boolean }

  constructor(words: Partial<Words> = {}, outcome: Partial<Stage['outcome']> = {}) {
    this.words = { ...plain, ...words }
    this.outcome = { verdict: 'ISOLATED', dead: true, approved: true, complete: true, told: true, ...outcome }
  }

  get folder(): string {
    return join(this.stateDir, clusterId, 'runs', runId)
  }

  /** A run of compromised-pod from its beginning to its end. */
  async write(): Promise<this> {
    const text = readFileSync(shipped, 'utf8')
    const digest = createHash('sha256').update(text).digest('hex')
    mkdirSync(this.stateDir, { recursive: true, mode: 0o700 })
    const journal = await createRunJournal(
      this.stateDir,
      {
        type: 'begin',
        runId,
        playbook: { name: 'compromised-pod', version: '1.0.0', digest },
        cluster: { id: clusterId, server: 'https://203.0.113.7:6443' },
        by: 'ana@laptop',
        user: 'ana@example.com',
        incident: 'INC-42',
        reason: this.words.message,
      },
      this.now,
    )
    writeFileSync(join(this.folder, 'playbook.yaml'), text, { mode: 0o600 })
    await this.#steps(journal)
    await journal.close()
    return this
  }

  async #steps(journal: RunJournal): Promise<void> {
    const { words, outcome } = this
    const pod = podOf(words)
    const add = journal.append
    const step = async (id: string, kind: string) => await add({ type: 'step', step: id, kind })
    for (const [name, value] of Object.entries<Json>({ namespace: 'shop', pod, why: 'alert', logs: null }))
      await add({ type: 'input', name, value })
    await step('facts', 'command')
    const facts = {
      subject: 'sa:shop/web',
      token: true,
      sameWorkload: [],
      sameImage: [],
      sameAccount: [],
      isolatable: true,
      reachesNode: false,
    }
    await add({ type: 'done', step: 'facts', outcome: 'done', outputs: facts })
    await step('quick', 'command')
    await this.#evidence(journal, 'quick', true)
    await step('scope', 'decision')
    await add({ type: 'answer', step: 'scope', by: 'ana@example.com', value: 'one' })
    await add({
      type: 'done',
      step: 'scope',
      outcome: 'done',
      outputs: { choice: 'one', by: 'ana@example.com' },
      next: 'cutOne',
    })
    await step('cutOne', 'command')
    const reasons = outcome.verdict === 'ISOLATED' ? [] : [words.why]
    await this.#plan(journal, 'cutOne', this.cut(), {
      outputs: { verdict: outcome.verdict, isolated: outcome.verdict === 'ISOLATED', reasons, canLift: ['user:root'] },
      destroys: [],
    })
    await add({ type: 'done', step: 'notCut', outcome: 'skipped', outputs: null, why: 'not so: it is cut' })
    await add({
      type: 'done',
      step: 'hostReached',
      outcome: 'skipped',
      outputs: null,
      why: 'not so: steps.facts.reachesNode',
    })
    await step('told', 'notify')
    await add({
      type: 'done',
      step: 'told',
      outcome: 'done',
      outputs: outcome.told ? { sent: true } : { sent: false, why: words.why },
      ...(!outcome.told && { why: words.why }),
    })
    // As YAML reads the key.
    const yes = await firstCase('takeRights')
    await step('takeRights', 'decision')
    await add({ type: 'answer', step: 'takeRights', by: 'ana@example.com', value: yes })
    await add({ type: 'done', step: 'takeRights', outcome: 'done', outputs: { choice: yes }, next: 'revoke' })
    await step('revoke', 'command')
    await this.#plan(journal, 'revoke', this.revoke(), {
      outputs: { keeps: ['through system:authenticated'] },
      destroys: [],
    })
    await step('full', 'command')
    await this.#evidence(journal, 'full', outcome.complete)
    await step('sure', 'approval')
    await add({ type: 'answer', step: 'sure', by: 'boss@example.com', value: outcome.approved, plans: [] })
    if (!outcome.approved) {
      const why = 'boss@example.com did not approve'
      await add({ type: 'done', step: 'sure', outcome: 'failed', outputs: null, why })
      return await add({ type: 'end', state: 'stopped', why: `sure: ${why}` })
    }
    await add({
      type: 'done',
      step: 'sure',
      outcome: 'done',
      outputs: { by: 'boss@example.com', role: 'incident commander' },
    })
    await step('gone', 'command')
    await this.#plan(journal, 'gone', this.gone(), { outputs: { pods: [pod] }, destroys: [pod] })
    await step('dead', 'verify')
    const dead = { dead: outcome.dead, why: [words.why], verified: outcome.dead, tries: 2 }
    await add({
      type: 'done',
      step: 'dead',
      outcome: outcome.dead ? 'done' : 'failed',
      outputs: dead,
      ...(!outcome.dead && { why: 'not so within 60s: outputs.dead', next: 'closing' }),
    })
    await add({ type: 'end', state: 'finished' })
  }

  async #evidence(journal: RunJournal, step: string, complete: boolean): Promise<void> {
    const pod = podOf(this.words)
    const file = join(this.folder, `evidence-${step}.tar.gz`)
    const bytes = Buffer.from(`bundle of ${step}`)
    writeFileSync(file, bytes, { mode: 0o600 })
    await journal.append({
      type: 'done',
      step,
      outcome: 'done',
      outputs: { complete, missing: complete ? [] : [pod], gaps: complete ? [] : [`logs: ${this.words.why}`] },
      covers: complete ? [pod] : [],
      complete,
      file,
      digest: createHash('sha256').update(bytes).digest('hex'),
    })
  }

  async #plan(
    journal: RunJournal,
    step: string,
    plan: Plan,
    after: { outputs: { [key: string]: Json }; destroys: [] | [ReturnType<typeof podOf>] },
  ): Promise<void> {
    const digest = digestOf(plan)
    await journal.append({ type: 'answer', step, by: 'ana@example.com', value: true, plans: [digest] })
    await journal.append({ type: 'plan', step, planId: plan.id, digest, destroys: after.destroys })
    const own = await createJournal(this.stateDir, plan, 'ana@laptop', this.now)
    for (const { id } of plan.changes) {
      const request = { method: 'PATCH', path: `/x/${id}` }
      await own.append({ type: 'intent', change: id, way: 'apply', request, preimage: { env: canary } })
      await own.append({
        type: 'result',
        change: id,
        way: 'apply',
        outcome: 'applied',
        object: { uid: 'u-9', resourceVersion: '' },
      })
    }
    await own.append({ type: 'end', state: 'applied' })
    await own.close()
    await journal.append({
      type: 'done',
      step,
      outcome: 'done',
      outputs: { changed: true, state: 'applied', ...after.outputs },
      planId: plan.id,
    })
  }

  #head(id: string, changes: Change[]): Plan {
    return {
      apiVersion: 'kubectl-secure.github.io/v1',
      kind: 'Plan',
      id,
      command: ['playbook', 'run'],
      createdAt: begun,
      cluster: { id: clusterId, server: 'https://203.0.113.7:6443' },
      user: { name: 'ana@example.com', groups: [] },
      changes,
      notes: [],
    }
  }

  cut(): Plan {
    const { pod, label } = this.words
    const id = 'cut1-cut1-cut1'
    const policy = { name: `kubectl-secure-${id}`, namespace: 'shop' }
    return this.#head(id, [
      {
        id: 'deny',
        do: 'create',
        why: 'lets nothing in or out',
        ref: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', resource: 'networkpolicies', ...policy },
        body: {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          metadata: policy,
          spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
        },
      },
      {
        id: 'label-1',
        do: 'patch',
        why: 'nothing else selects it',
        ref: { apiVersion: 'v1', kind: 'Pod', resource: 'pods', namespace: 'shop', name: pod, uid: 'u-1' },
        edits: [
          { path: ['metadata', 'labels', 'app'], before: label, restore: 'unquarantined' },
          { path: ['metadata', 'labels', `kubectl-secure.github.io/q-${id}`], after: '', restore: 'always' },
        ],
      },
    ])
  }

  revoke(): Plan {
    const ref = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      resource: 'clusterrolebindings',
    }
    const item = { kind: 'ServiceAccount', name: 'web', namespace: 'shop' }
    return this.#head('rev1-rev1-rev1', [
      {
        id: 'revoke-1',
        do: 'patch',
        why: 'takes away what cluster-admin grants to web',
        ref: { ...ref, name: this.words.label, uid: 'u-2' },
        edits: [{ path: ['subjects'], item, how: 'remove', restore: 'always' }],
      },
      {
        id: 'roll-back',
        do: 'patch',
        why: 'its template of before',
        ref: {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          resource: 'deployments',
          namespace: 'shop',
          name: 'web',
          uid: 'u-3',
        },
        edits: [
          {
            path: ['spec', 'template'],
            before: {
              spec: {
                containers: [
                  {
                    name: 'web',
                    image: 'bad:1',
                    env: [{ name: 'LEVEL', value: canary }],
                    args: [`--password=${canary}`],
                  },
                ],
              },
            },
            after: {
              spec: { containers: [{ name: 'web', image: 'good:1', env: [{ name: 'DB_PASSWORD', value: canary }] }] },
            },
            restore: 'always',
          },
        ],
      },
    ])
  }

  gone(): Plan {
    const { pod } = this.words
    return this.#head('gone-gone-gone', [
      {
        id: 'delete-1',
        do: 'delete',
        why: 'the pod is theirs',
        ref: { apiVersion: 'v1', kind: 'Pod', resource: 'pods', namespace: 'shop', name: pod, uid: 'u-1' },
        preimage: { kind: 'Pod', spec: { env: [{ name: 'A', value: canary }] } },
        propagation: 'Background',
      },
    ])
  }

  async records(): Promise<Records> {
    return await readRecords(this.stateDir, await findAnyRun(this.stateDir, runId), openLibrary())
  }

  async report(rows: readonly TimelineRow[] = this.rows()): Promise<PlaybookReport> {
    const read = rows.length > 0 ? ['/var/log/audit.log'] : []
    const telling = { read, rows: each(rows), report: () => ({ gaps: [], notes: [], complete: rows.length > 0 }) }
    return maskReport(await buildReport(await this.records(), telling, new Date('2026-11-22T09:00:00Z')))
  }

  /** An audit log: the intruder binds itself a role, reads secrets again and again, and somebody else looks around. */
  rows(): TimelineRow[] {
    const { by, what, pod } = this.words
    const done = { decision: 'allow' as const, result: 'done' as const, code: 200 }
    const row = (time: string, line: number, given: Partial<TimelineRow>): TimelineRow => ({
      kind: 'audit',
      time,
      corrected: time,
      uncertaintyMs: 0,
      source: 'audit',
      by,
      from: '198.51.100.4',
      what: 'get pods',
      outcome: done,
      at: [{ file: '/var/log/audit.log', line }],
      count: 1,
      questions: [],
      attack: [],
      ...given,
    })
    return [
      row('2026-11-21T02:50:00.000000Z', 1, {
        what,
        name: 'web-admin',
        questions: ['rbac-changes'],
        attack: ['T1098.006'],
      }),
      row('2026-11-21T02:51:00.000000Z', 2, { what: 'list secrets', namespace: 'shop' }),
      row('2026-11-21T02:52:00.000000Z', 3, { what: 'list secrets', namespace: 'shop' }),
      row('2026-11-21T02:53:00.000000Z', 4, {
        what: `exec: sh -c mysql --password=${canary}`,
        namespace: 'shop',
        name: pod,
        questions: ['exec'],
        attack: ['T1609'],
      }),
      row('2026-11-21T02:54:00.000000Z', 5, {
        by: 'mallory',
        what: 'exec: sh',
        namespace: 'shop',
        name: 'other',
        questions: ['exec'],
      }),
      row('2026-11-21T02:54:30.000000Z', 6, { by: 'bystander', what: 'get configmaps', namespace: 'shop' }),
      row('2026-11-21T03:00:05.000000Z', 7, {
        by: 'ana@example.com',
        what: 'patch pods',
        namespace: 'shop',
        name: pod,
      }),
    ]
  }
}

async function firstCase(id: string): Promise<string> {
  const { playbook } = await openLibrary().named('compromised-pod')
  const found = playbook.steps.find((step) => step.id === id)
  return found?.type === 'decision' ? (Object.keys(found.cases)[0] ?? '') : ''
}

async function* each<T>(rows: readonly T[]): AsyncGenerator<T> {
  for (const row of rows) yield await Promise.resolve(row)
}
