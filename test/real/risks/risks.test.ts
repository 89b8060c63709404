import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { Finding } from '../../../src/risks/finding.ts'
import { whoText } from '../../../src/risks/who.ts'
import { folder, secure } from '../../cli/run.ts'
import { describeWithCluster } from '../../cluster/suite.ts'

describeWithCluster('control-plane', 'risks of a real cluster', (cluster) => {
  const env = () => ({ KUBECONFIG: cluster().kubeconfig })
  const kubectl = async (...words: string[]) => {
    const { code, stderr } = await cluster().exec([cluster().kubectl, ...words])
    expect(code, stderr).toBe(0)
  }
  const ask = async (...words: string[]) => {
    const { stdout, stderr, code } = await secure(['risks', '-o', 'json', ...words], { env: env() })
    expect(stderr).not.toContain('at ')
    const report = JSON.parse(stdout) as { findings: Finding[]; gone?: Finding[]; complete: boolean }
    return { ...report, code }
  }
  const lines = (findings: Finding[]) =>
    findings.map((each) => `${each.rule} ${whoText(each)} ${each.scope} ${each.severity}`)
  const home = folder()
  const fresh = join(home, 'fresh.json')

  // In this order: each test adds to the cluster.
  beforeAll(async () => {
    const { stdout } = await secure(['risks', '-o', 'json'], { env: env() })
    writeFileSync(fresh, stdout)
  })

  test('a fresh cluster has no finding above low: what it made for itself is known by what it is', async () => {
    const { findings, complete } = JSON.parse(readFileSync(fresh, 'utf8')) as { findings: Finding[]; complete: boolean }
    expect(complete).toBe(true)
    expect(lines(findings).filter((line) => !line.endsWith(' low'))).toEqual([])
  })

  test('a subject that was added to a default binding is found, critical where that gives everything', async () => {
    await kubectl(
      'patch',
      'clusterrolebinding',
      'cluster-admin',
      '--type=json',
      '-p',
      '[{"op":"add","path":"/subjects/-","value":{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"eve"}}]',
    )
    const { findings, code } = await ask('--baseline', fresh)
    expect(lines(findings)).toEqual(['wildcard user:eve * critical', 'default-binding-changed user:eve * critical'])
    expect(code).toBe(1)
    const [command = ''] = findings[0]?.fix.commands ?? []
    const { code: fixed, stderr } = await cluster().exec(['sh', '-c', command.replace(/^kubectl/, cluster().kubectl)])
    expect(fixed, stderr).toBe(0)
    expect((await ask('--baseline', fresh)).findings).toEqual([])
  })

  test('a rule that was added to a default role is found, with who has it by that; the command takes it away', async () => {
    await kubectl(
      'patch',
      'clusterrole',
      'system:basic-user',
      '--type=json',
      '-p',
      '[{"op":"add","path":"/rules/-","value":{"apiGroups":[""],"resources":["secrets"],"verbs":["get"]}}]',
    )
    const { findings } = await ask('--baseline', fresh)
    expect(lines(findings)).toContain('default-role-changed ClusterRole/system:basic-user * high')
    expect(
      findings.some(({ rule, subject }) => rule === 'secret-read' && subject?.name === 'system:authenticated'),
    ).toBe(true)
    const command = findings.find(({ rule }) => rule === 'default-role-changed')?.fix.commands[0] ?? ''
    const { code, stderr } = await cluster().exec(['sh', '-c', command.replace(/^kubectl/, cluster().kubectl)])
    expect(code, stderr).toBe(0)
    expect((await ask('--baseline', fresh)).findings).toEqual([])
  })

  test('an own role under the name of a default one is no default; a default one bound anew is a grant', async () => {
    await kubectl('create', 'clusterrole', 'system:mine', '--verb=create', '--resource=pods')
    await kubectl('create', 'clusterrolebinding', 'system:mine', '--clusterrole=system:mine', '--user=system:somebody')
    await kubectl('create', 'clusterrolebinding', 'again', '--clusterrole=cluster-admin', '--serviceaccount=default:ci')
    const { findings } = await ask('--baseline', fresh)
    expect(lines(findings)).toContainEqual(
      expect.stringMatching(/^pod-create user:system:somebody \* (critical|high)$/),
    )
    expect(lines(findings)).toContain('wildcard sa:default/ci * critical')
  })

  test('a namespace that is not there has no all-clear', async () => {
    const { code, stdout, stderr } = await secure(['risks', '-n', 'kube-publik'], { env: env() })
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
    expect(stderr).toContain('-n kube-publik: there is no such object in this cluster')
  })

  test('evidence of the cluster has the same findings under the same ids; so has a restore of its objects', async () => {
    const live = await ask()
    const taken = join(home, 'case')
    const { code, stderr } = await secure(['evidence', 'collect', '-A', '--output', taken], { env: env() })
    expect([0, 3], stderr).toContain(code)
    const evidence = await ask('--snapshot', taken)
    const ids = ({ findings }: { findings: Finding[] }) => findings.map(({ id }) => id).sort()
    expect(ids(evidence)).toEqual(ids(live))
    await kubectl('delete', 'clusterrolebinding', 'again')
    await kubectl('create', 'clusterrolebinding', 'again', '--clusterrole=cluster-admin', '--serviceaccount=default:ci')
    expect(ids(await ask())).toEqual(ids(live))
  })

  test('who may not read everything is told what is missing, and does not get an all-clear', async () => {
    const user = await cluster().clientCert('reader')
    await kubectl(
      'create',
      'clusterrole',
      'rbac-reader',
      '--verb=list,get',
      '--resource=clusterroles,clusterrolebindings,roles,rolebindings',
    )
    await kubectl('create', 'clusterrolebinding', 'rbac-reader', '--clusterrole=rbac-reader', '--user=reader')
    const { stdout, stderr, code } = await secure(['risks', '--fail-on', 'critical', '-n', 'kube-public'], {
      env: { KUBECONFIG: user.kubeconfig },
    })
    expect(stderr).toMatch(/incomplete: .*pods/)
    expect([stdout, code]).toEqual(['', 3])
  })
})
