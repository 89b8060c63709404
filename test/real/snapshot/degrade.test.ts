import { beforeAll, expect, test } from 'vitest'
import { describeWithCluster } from '../../cluster/suite.ts'
import { type Report, secure } from '../../cli/run.ts'
import { askAs, build, rows, unexplained } from './world.ts'

const question = ['who-can', 'get', 'secrets', '-A']

describeWithCluster('control-plane', 'who may not read all of RBAC', (cluster) => {
  let full: Report
  beforeAll(async () => {
    await build(cluster())
    const { report, code } = await askAs(cluster(), undefined, ...question)
    expect(code).toBe(0)
    full = report
  })

  /** What holds for every partial answer: true rows, nothing missing without a gap, and it says that it is partial. */
  async function partial(name: string, words = question): Promise<Report> {
    const { report, code, stderr } = await askAs(cluster(), name, ...words)
    expect({ code, complete: report.complete, stderr: /at .*\.cjs/.test(stderr) }).toEqual({
      code: 3,
      complete: false,
      stderr: false,
    })
    const wanted = words === question ? full : (await askAs(cluster(), undefined, ...words)).report
    const known = new Set(rows(wanted))
    expect(rows(report).filter((row) => !known.has(row))).toEqual([])
    expect(new Set(rows(report)).size, 'no row twice').toBe(report.subjects.length)
    expect(unexplained(report, wanted)).toEqual([])
    for (const { why } of report.gaps)
      expect(why).toMatch(/(GET|POST) \/\S+: 403 Forbidden: .*cannot (list|get|create) resource/)
    return report
  }

  test('the administrator sees all', () => {
    expect(full.complete).toBe(true)
    expect(rows(full)).toEqual(
      expect.arrayContaining([
        'User /alice in *',
        'User /bob in *',
        'User /carol in team-b',
        'Group /editors in team-a',
        'ServiceAccount team-b/app in team-b',
        'Group /system:serviceaccounts:team-b in team-b',
      ]),
    )
  })

  test('no list of clusterroles, but each of them: nothing is missing', async () => {
    const { report, code } = await askAs(cluster(), 'getter', ...question)
    expect({ code, complete: report.complete, rows: rows(report) }).toEqual({
      code: 0,
      complete: true,
      rows: rows(full),
    })
  })

  test('no clusterroles at all: defaults are assumed, and marked', async () => {
    const report = await partial('blind')
    const alice = report.subjects.find(({ name }) => name === 'alice')
    expect(alice?.grants[0]?.assumed).toBe(true)
    expect(rows(report)).not.toContain('User /bob in *')
    expect(report.gaps.map(({ name }) => name)).toContain('secret-reader')
    expect(report.dangling).toEqual([])
  })

  test('two namespaces alone: their rows, and a gap for each of the others', async () => {
    const report = await partial('two-spaces')
    expect(rows(report)).toEqual(
      expect.arrayContaining([
        'Group /editors in team-a',
        'User /carol in team-b',
        'ServiceAccount team-b/app in team-b',
      ]),
    )
    expect(report.gaps.map(({ what }) => what)).toContain('list rolebindings in kube-system')
    expect(report.gaps.map(({ what }) => what)).not.toContain('list rolebindings in team-a')
    const one = await partial('two-spaces', ['who-can', 'get', 'secrets', '-n', 'team-a'])
    expect(one.gaps.map(({ what }) => what)).toEqual(['list clusterrolebindings'])
  })

  test('no clusterrolebindings, but reviews: the server names the chain', async () => {
    const report = await partial('asker')
    // Who is bound nowhere that can be read stays hidden; who is bound to something else as well is asked about.
    const authenticated = await partial('asker', ['who-can', 'get', '/healthz'])
    const row = authenticated.subjects.find(({ name }) => name === 'system:authenticated')
    expect(row?.grants[0]).toMatchObject({ binding: { kind: 'ClusterRoleBinding' }, roleRef: { kind: 'ClusterRole' } })
    expect(rows(report)).toContain('User /carol in team-b')
    const carol = await askAs(cluster(), 'asker', 'can', 'user:bob', 'get', 'secrets', '-A')
    expect(carol.report.verdict).toBe('yes')
  })

  test('clusterrolebindings but no rolebindings, and reviews: no row comes twice', async () => {
    const report = await partial('cluster-asker', ['who-can', 'get', 'secrets', '-n', 'team-b'])
    expect(rows(report)).toContain('User /bob in *')
  })

  test('nothing but reviews of oneself', async () => {
    const report = await partial('stranger')
    expect(report.subjects).toEqual([])
    expect(report.notes.join()).toMatch(/only your own right could be asked/)
    expect(rows(await partial('bob'))).toEqual(['User /bob in *'])
    expect(rows(await partial('carol', ['who-can', 'get', 'secrets', '-n', 'team-b']))).toEqual([
      'User /carol in team-b',
    ])
    expect(rows(await partial('bob', ['who-can', 'get', 'secrets', '-n', 'team-b']))).toEqual(['User /bob in *'])
    const can = await askAs(cluster(), 'stranger', 'can', 'user:bob', 'get', 'secrets')
    expect([can.code, can.report.verdict]).toEqual([3, 'unknown'])
  })

  test('without any credentials', async () => {
    const flags = ['--server', cluster().server, '--certificate-authority', cluster().caFile]
    for (const words of [question, ['what-can', 'user:bob'], ['can', 'user:bob', 'get', 'secrets']]) {
      const { code, stdout, stderr } = await secure([...words, ...flags])
      expect({ words, code }).toEqual({ words, code: 3 })
      expect(stdout).not.toMatch(/alice|carol/)
      expect(stderr).toMatch(/incomplete: list clusterrolebindings: GET \/apis\S+: 403 Forbidden: .*"system:anonymous"/)
      expect(stderr).toMatch(/^Note: the rest is seen by a user who may list roles, .* \(--context, --as\)$/m)
      expect(stderr).not.toMatch(/no binding (gives|allows)/)
    }
  })
})
