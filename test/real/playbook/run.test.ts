import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import { holdWork } from '../../../src/change/record-steps.ts'
import { newPlanId } from '../../../src/change/id.ts'
import type { Json } from '../../../src/change/plan.ts'
import type { Action, ChangeAction } from '../../../src/playbook/model.ts'
import { readPlaybook } from '../../../src/playbook/read.ts'
import type { Responder } from '../../../src/playbook/run/responder.ts'
import { resumePlaybook, type RunBase, startPlaybook } from '../../../src/playbook/run/run.ts'
import { readRunJournal, runFolder } from '../../../src/playbook/run/journal.ts'
import { listRuns } from '../../../src/playbook/run/list.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { deleteObject } from '../../../src/cluster/write.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { connectTo, engineOn, newNamespace, newPod } from '../change/harness.ts'

type Bench = Awaited<ReturnType<typeof engineOn>>

/** A world in which every effect is counted, and which can end at any moment. */
class World {
  readonly bench: Bench
  readonly pod: { kind: string; namespace: string; name: string; uid: string }
  done: string[] = []
  clock = Date.parse('2026-11-21T03:00:00Z')
  covers: boolean = true
  readonly answers: Record<string, Json>
  refuse = new Set<string>()
  effects = 0
  dieAfter = Infinity

  constructor(bench: Bench, pod: World['pod']) {
    this.bench = bench
    this.pod = pod
    this.answers = { pod, sure: 'yes' }
  }

  /** The process ends here, as by kill -9: before or after an effect. */
  #effect(name: string): void {
    if (this.effects++ >= this.dieAfter) throw new Error('killed')
    this.done.push(name)
    if (this.effects >= this.dieAfter) throw new Error('killed')
  }

  base(): RunBase {
    const engine = { ...this.bench, now: () => new Date((this.clock += 100)) }
    const responder: Responder = {
      input: (key) => Promise.resolve({ value: this.answers[key] ?? null, by: 'ana' }),
      decide: (key) => Promise.resolve({ value: JSON.stringify(this.answers[key]).slice(1, -1), by: 'ana' }),
      approve: (key) => Promise.resolve({ value: !this.refuse.has(key), by: 'boss' }),
      mayApply: (key) => Promise.resolve({ value: !this.refuse.has(key), by: 'ana' }),
      say: () => {},
    }
    return {
      engine,
      responder,
      actions: this.actions(),
      library: async (name) => await readPlaybook(name, dump(sub), this.actions()),
      tell: (channel, { id, repeated }) => {
        this.#effect(`tell ${channel} ${id.replace(/^.{14}/, 'RUN')}${repeated ? ' again' : ''}`)
        return Promise.resolve({ sent: true })
      },
      sleep: (milliseconds) => Promise.resolve(void (this.clock += milliseconds)),
    }
  }

  actions(): Record<string, Action> {
    const head = (name: string) => ({
      name,
      summary: name,
      outputs: {},
      rights: () => [],
      with: { target: { type: 'pod' as const, about: '' } },
    })
    const applied = (planId: string) => this.done.filter((one) => one === `applied ${planId}`).length
    const change = (name: string, destroys = false): ChangeAction => ({
      ...head(name),
      kind: 'change',
      ...(destroys && { destroys: true as const }),
      plan: () => {
        const id = newPlanId()
        const plan = { id, changes: [] } as never
        return Promise.resolve({
          plan,
          outputs: {},
          ...(destroys && { destroys: [this.pod] }),
          apply: async () => {
            // The change engine's own journal is there before its first write.
            mkdirSync(join(this.bench.stateDir, this.bench.clusterId), { recursive: true, mode: 0o700 })
            writeFileSync(join(this.bench.stateDir, this.bench.clusterId, `${id}.jsonl`), 'a line\n', { mode: 0o600 })
            return await this.#apply(name, id)
          },
        })
      },
      resume: async (_context, id) =>
        applied(id) > 0 ? { outputs: { enforced: true }, state: 'applied' } : await this.#apply(name, id),
    })
    return {
      collect: {
        ...head('collect'),
        kind: 'evidence',
        collect: () => {
          this.#effect('collected')
          return Promise.resolve({
            outputs: { files: 3 },
            covers: this.covers ? [this.pod] : [],
            complete: this.covers,
          })
        },
      },
      look: { ...head('look'), kind: 'question', ask: () => Promise.resolve({ dead: this.clock > 0, count: 2 }) },
      cut: change('cut'),
      kill: change('kill', true),
    }
  }

  #apply(name: string, id: string) {
    this.#effect(`applied ${id}`)
    this.done.push(name)
    return Promise.resolve({ outputs: { enforced: true }, state: 'applied' as const })
  }
}

const sub = {
  apiVersion: 'kubectl-secure.github.io/v1',
  kind: 'Playbook',
  metadata: { name: 'sub', version: '1.0.0', title: 'Called' },
  inputs: { what: { type: 'pod', ask: '?' } },
  steps: [{ id: 'cut', type: 'command', run: 'cut', with: { target: '${{ inputs.what }}' } }],
}
const playbook = {
  apiVersion: 'kubectl-secure.github.io/v1',
  kind: 'Playbook',
  metadata: { name: 'main', version: '1.0.0', title: 'All kinds of steps' },
  inputs: { pod: { type: 'pod', ask: 'Which pod?' } },
  steps: [
    { id: 'evidence', type: 'command', run: 'collect', with: { target: '${{ inputs.pod }}' }, onFail: 'continue' },
    { id: 'cut', type: 'command', run: 'cut', with: { target: '${{ inputs.pod }}' } },
    { id: 'never', type: 'note', text: 'not said', when: 'steps.cut.enforced == false' },
    { id: 'dead', type: 'verify', run: 'look', until: 'outputs.dead && outputs.count == 2', timeout: '5s' },
    { id: 'told', type: 'notify', channel: 'oncall', message: 'cut ${{ inputs.pod }}' },
    {
      id: 'sure',
      type: 'decision',
      ask: 'Bad?',
      cases: { yes: { label: 'yes', next: 'more' }, no: { label: 'no', next: 'end' } },
    },
    { id: 'more', type: 'call', playbook: 'sub', with: { what: '${{ inputs.pod }}' } },
    { id: 'breath', type: 'wait', for: '3s', why: 'so that it settles' },
    { id: 'gate', type: 'approval', role: 'commander', covers: ['gone'] },
    {
      id: 'gone',
      type: 'command',
      run: 'kill',
      with: { target: '${{ inputs.pod }}' },
      destroys: ['its memory'],
      requires: ['evidence'],
    },
  ],
}

describeWithCluster('control-plane', 'a run of a playbook', (running) => {
  let cluster: Cluster
  let namespace: string
  let world: World
  const newWorld = async () => {
    namespace = await newNamespace(cluster)
    const bench = await engineOn(cluster, join(mkdtempSync(join(tmpdir(), 'playbook-')), 'state'))
    const { metadata } = await newPod(cluster, namespace, {})
    world = new World(bench, { kind: 'Pod', namespace, name: metadata.name, uid: metadata.uid })
  }
  beforeAll(async () => {
    cluster = await connectTo(running().kubeconfig)
    return () => cluster.close()
  })
  beforeEach(newWorld)
  const readMain = async (text = dump(playbook)) => await readPlaybook('main.yaml', text, world.actions())
  const begin = async () => await startPlaybook(world.base(), await readMain())
  const entries = async (runId: string) =>
    (await readRunJournal(runFolder(world.bench.stateDir, world.bench.clusterId, runId))).entries

  it('goes through all kinds of steps, and has each in its journal', async () => {
    const { state, outputs, runId } = await begin()
    expect(state).toBe('finished')
    expect(world.done.filter((one) => !one.startsWith('applied'))).toEqual([
      'collected',
      'cut',
      'tell oncall RUN-told',
      'cut',
      'kill',
    ])
    expect(outputs).toMatchObject({
      never: null,
      cut: { changed: true, enforced: true },
      dead: { verified: true },
      more: { state: 'finished', steps: { cut: { enforced: true } } },
      gate: { by: 'boss', role: 'commander' },
    })
    const done = (await entries(runId)).flatMap((entry) =>
      entry.type === 'done' ? [`${entry.step} ${entry.outcome}`] : [],
    )
    expect(done).toEqual([
      'evidence done',
      'cut done',
      'never skipped',
      'dead done',
      'told done',
      'sure done',
      'more/cut done',
      'more done',
      'breath done',
      'gate done',
      'gone done',
    ])
    expect(await listRuns(world.bench.stateDir, world.bench.clusterId)).toMatchObject([
      { playbook: 'main', state: 'finished', at: 'gone' },
    ])
  })

  it('goes on after kill -9 at any effect, and does nothing twice that may not be done twice', async () => {
    await begin()
    const effects = world.effects
    for (let dieAfter = 1; dieAfter <= effects; dieAfter++) {
      await newWorld()
      world.dieAfter = dieAfter
      await expect(begin()).rejects.toThrow('killed')
      world.dieAfter = Infinity
      const [run] = await listRuns(world.bench.stateDir, world.bench.clusterId)
      const read = await readMain()
      const end = await resumePlaybook(world.base(), read, run?.runId ?? '', false)
      expect(end.state).toBe('finished')
      const plans = world.done.filter((one) => one.startsWith('applied'))
      expect(new Set(plans).size).toBe(plans.length)
      expect(plans).toHaveLength(3)
      // Who can tell a repetition is told that it may be one.
      const told = world.done.filter((one) => one.startsWith('tell'))
      expect(told.slice(1).every((one) => one.endsWith('again'))).toBe(true)
    }
  })

  it('destroys nothing that is in no evidence', async () => {
    world.covers = false
    const first = await begin()
    expect(first).toMatchObject({
      state: 'stopped',
      why: expect.stringContaining(
        `Pod ${namespace}/${world.pod.name} is in no evidence: evidence is not complete`,
      ) as string,
    })
    expect(world.done).not.toContain('kill')
    const read = await readMain()
    const forced = await resumePlaybook({ ...world.base(), skipEvidence: 'it is on fire' }, read, first.runId, false)
    expect(forced.state).toBe('finished')
    expect(await entries(first.runId)).toContainEqual(expect.objectContaining({ kind: 'evidence-skipped' }))
  })

  it.each([
    ['a change', 'cut'],
    ['an approval', 'gate'],
  ])('stops where %s is not confirmed, and asks again on resume', async (_what, step) => {
    world.refuse.add(step)
    const first = await begin()
    expect(first.state).toBe('stopped')
    expect(world.done).not.toContain('kill')
    world.refuse.clear()
    const read = await readMain()
    expect(await resumePlaybook(world.base(), read, first.runId, false)).toMatchObject({ state: 'finished' })
  })

  it('goes on with no other playbook than it was begun with', async () => {
    world.refuse.add('gate')
    const { runId } = await begin()
    const changed = dump(playbook).replace('timeout: 5s', 'timeout: 9s')
    const read = await readMain(changed)
    await expect(resumePlaybook(world.base(), read, runId, false)).rejects.toThrow(/- +timeout: 5s\n\+ +timeout: 9s/)
  })

  it('goes on about no other object than it was begun with', async () => {
    world.refuse.add('gate')
    const { runId } = await begin()
    const read = await readMain()
    const resumed = async () => await resumePlaybook(world.base(), read, runId, false)
    await deleteObject(cluster, `/api/v1/namespaces/${namespace}/pods/${world.pod.name}`, {
      uid: world.pod.uid,
      gracePeriodSeconds: 0,
    })
    await expect(resumed()).rejects.toThrow('is not there any more')
    await newPod(cluster, namespace, {})
    await expect(resumed()).rejects.toThrow(`another object now (uid`)
  })

  it("is one responder's at a time: the second is told whose, and may take over", async () => {
    world.refuse.add('gate')
    const { runId } = await begin()
    const read = await readMain()
    const other = { ...world.bench, holder: 'bob@desk' }
    const held = await holdWork(other, runId, { before: () => Promise.resolve(), takeOver: false })
    await expect(resumePlaybook(world.base(), read, runId, false)).rejects.toThrow('bob@desk')
    world.refuse.clear()
    expect(await resumePlaybook(world.base(), read, runId, true)).toMatchObject({ state: 'finished' })
    // It is looked for once a second.
    await expect
      .poll(
        () =>
          held.check().then(
            () => 'held',
            () => 'lost',
          ),
        { timeout: 5000 },
      )
      .toBe('lost')
  })
})
