import { beforeAll, expect, it } from 'vitest'
import type { PlaybookReport } from '../../../src/playbook/report/model.ts'
import type { PlaybookRunReport } from '../../../src/playbook/run-report.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { image, kubectl, until } from '../isolation/stage.ts'
import { type Drill, outputsOf, timesOf } from './drill/answers.ts'
import { actsOf, kindsOf } from './drill/audit.ts'
import { type Machine, machine } from './drill/machine.ts'
import { madeAnew, objectsIn } from './drill/objects.ts'
import { beatsOf, keyOf, statusWith, stolenToken, type Turn, watchToken } from './drill/thief.ts'

describeWithCluster('node', 'the drill, from the alert to the report and back', (cluster) => {
  let own: Machine
  let drill: Drill
  let [said, space, user, vault, token, key] = ['', '', '', '', '', '']
  let before: Awaited<ReturnType<typeof objectsIn>>
  let turns: Turn[]
  let ran: PlaybookRunReport

  const beats = async () => await beatsOf(cluster(), space)
  const beatCount = async () => (await beats()).length
  const nothingIsLeftOf = async (namespace: string) => {
    const spaces = async () => await kubectl(cluster(), 'get', 'namespaces', '-o', 'name')
    await expect.poll(spaces, { timeout: 40_000 }).not.toContain(namespace)
    expect(await kubectl(cluster(), 'get', 'secrets,leases,pods', '-n', 'kubectl-secure', '-o', 'name')).toBe('')
  }

  beforeAll(async () => {
    own = machine(cluster())
    ;({ drill, said } = await own.stage())
    space = drill.namespace.name
    user = `system:serviceaccount:${space}:intruder`
    vault = `/api/v1/namespaces/${space}/pods/vault`
    await until('the connection', async () => (await beatCount()) > 2, 20_000)
    token = await stolenToken(cluster(), space, 'intruder')
    key = await keyOf(cluster(), space, 'spare-key')
    for (const one of [token, key]) expect(await statusWith(cluster(), one, vault)).toBe(200)
    before = await objectsIn(cluster(), space)
    const watch = watchToken(cluster(), token, vault)
    ran = await own.respond(drill)
    watch.stop()
    turns = watch.turns
  }, 180_000)

  it('the drill says what next, and how it ends; its intruder escalates, and is refused what would reach further', async () => {
    expect(said).toContain('kubectl secure playbook run compromised-pod --incident DRILL')
    expect(said).toContain(`kubectl secure undo ${drill.plan}`)
    const acts = actsOf(cluster().auditLog, user).filter(({ from }) => from !== '127.0.0.1')
    expect([...new Set(acts.map(({ text }) => text))].toSorted()).toEqual([
      'create pods  403',
      'create rolebindings escalation 201',
      'create secrets spare-key 201',
      'create selfsubjectrulesreviews  201',
      'get pods vault 200',
      'get secrets payroll 200',
      'get secrets payroll 403',
    ])
  })

  it('compromised-pod comes to its end, and no step fails', () => {
    expect(ran.state).toBe('finished')
    expect(ran.steps.filter(({ outcome }) => outcome === 'failed')).toEqual([])
    expect(outputsOf(ran, 'cutOne')).toMatchObject({ verdict: 'ISOLATED', connections: [{ result: 'severed' }] })
  })

  it('the connection is dead, as who it went to sees it, while the pod still runs', async () => {
    const all = await beats()
    expect(new Set(all.map(({ from }) => from)).size).toBe(1)
    const last = all.at(-1)?.at ?? 0
    expect(last).toBeGreaterThan(timesOf(ran, 'cutOne').began - 2000)
    // It spoke once a second; and the pod was deleted this much later.
    expect(timesOf(ran, 'gone').began - last).toBeGreaterThan(2500)
  })

  it('the stolen token has no rights, and then is refused; so is the one that was made for later', async () => {
    expect(turns.map(({ code }) => code)).toEqual([200, 403, 401])
    await expect.poll(() => statusWith(cluster(), key, vault), { timeout: 20_000 }).toBe(401)
    const subjects = await kubectl(cluster(), 'get', 'rolebindings', '-n', space, '-o', 'jsonpath={.items[*].subjects}')
    expect(subjects).toBe('')
    const may = await cluster().exec(['kubectl', 'auth', 'can-i', 'get', 'secrets', '-n', space, '--as', user])
    expect(may.stdout.trim()).toBe('no')
  }, 40_000)

  it('the evidence verifies', async () => {
    const bundles = ran.steps.flatMap(({ evidence }) => (evidence ? [evidence] : []))
    expect(bundles.map(({ complete }) => complete)).toEqual([true, true])
    for (const { file = '', digest = '' } of bundles) {
      const { code, stderr } = await own.run(['evidence', 'verify', file, '--digest', digest])
      expect(code, stderr).toBe(0)
    }
  })

  it('the report names each act of the intruder, with its line in the audit log', async () => {
    const report = async (format: string) => {
      const words = ['playbook', 'report', 'DRILL', '--audit-log', cluster().auditLog, '-o', format]
      const { code, stdout, stderr } = await own.run(words)
      expect(code, stderr).toBe(0)
      return stdout
    }
    const { timeline, containment } = JSON.parse(await report('json')) as PlaybookReport
    expect(containment.state).toBe('contained')
    expect(timeline.suspects.map((one) => one.user)).toEqual([user])
    const rows = timeline.rows.filter(({ lane }) => lane === 'intruder')
    const kinds = kindsOf(actsOf(cluster().auditLog, user), space)
    expect(kinds.length).toBeGreaterThan(8)
    const texts = [await report('markdown'), await report('html')]
    for (const { lines, ...said } of kinds) {
      const row = rows.find(({ source }) => lines.includes(source))
      expect(row, lines[0]).toMatchObject({ ...said, count: lines.length })
      for (const text of texts) expect(text).toContain(row?.source)
    }
  }, 30_000)

  it('undo brings back all that can come back, field by field, and says what does not', async () => {
    const stdout = await own.takeBack(['playbook', 'undo', 'DRILL', '--probe-image', image])
    expect(stdout).toContain('it comes back with another uid and creationTimestamp, and without its status')
    const after = await objectsIn(cluster(), space)
    const pod = 'Pod intruder'
    expect(Object.keys(after)).toContain(pod)
    expect(madeAnew(after[pod])).toEqual(madeAnew(before[pod]))
    expect({ ...after, [pod]: {} }).toEqual({ ...before, [pod]: {} })
    // It speaks again, and the key that was made for later is good again; the token of the pod that is gone is not.
    const spoken = await beatCount()
    await expect.poll(beatCount, { timeout: 30_000 }).toBeGreaterThan(spoken)
    await expect.poll(() => statusWith(cluster(), key, vault), { timeout: 20_000 }).toBe(200)
    expect(await statusWith(cluster(), token, vault)).toBe(401)
  }, 90_000)

  it('the end of the drill leaves nothing', async () => {
    await own.takeBack(['undo', drill.plan])
    await nothingIsLeftOf(space)
  }, 60_000)

  it('a drill ends from another machine as well, by its record in the cluster', async () => {
    const { drill: other } = await own.stage()
    await machine(cluster()).takeBack(['undo', other.plan])
    await nothingIsLeftOf(other.namespace.name)
  }, 90_000)
})
