import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { describeWithCluster } from '../cluster/suite.ts'
import { folder, secure } from './run.ts'

describeWithCluster('control-plane', 'evidence diff by the command line', (cluster) => {
  const cwd = folder()
  const env = () => ({ KUBECONFIG: cluster().kubeconfig })
  const collect = async (name: string, more: Record<string, string> = {}) =>
    await secure(['evidence', 'collect', '--output', name], { cwd, env: { ...env(), ...more } })
  const diff = async (...words: string[]) => await secure(['evidence', 'diff', ...words], { cwd })
  const bind = 'create clusterrolebinding evil --clusterrole=cluster-admin --serviceaccount=default:default'

  beforeAll(async () => {
    expect(await collect('one')).toMatchObject({ code: 0 })
    expect(await cluster().exec(['kubectl', ...bind.split(' ')])).toMatchObject({ code: 0 })
    expect(await collect('two')).toMatchObject({ code: 0 })
  })

  test('0 where nothing changed, 1 where something did, and what; of archives as of directories', async () => {
    expect(await diff('one', 'one.tar.gz')).toMatchObject({ code: 0, stdout: '' })
    const found = await diff('one.tar.gz', 'two.tar.gz')
    expect(found).toMatchObject({ code: 1, stdout: expect.stringMatching(/^RIGHTS +SUBJECT/) })
    expect(found.stdout).toMatch(
      /^gained +sa:default\/default +\* +\* +\* +ClusterRoleBinding\/evil → ClusterRole\/cluster-admin$/m,
    )
    expect(found.stdout).toMatch(
      /^added +clusterrolebindings +evil +\S+Z kubectl-create +ClusterRole\/cluster-admin to sa:/m,
    )
    const json = await diff('two', 'one', '-o', 'json')
    expect(json.code).toBe(1)
    expect(JSON.parse(json.stdout)).toMatchObject({
      kind: 'EvidenceDiffReport',
      complete: true,
      rights: [{ subject: { namespace: 'default', name: 'default' }, gained: [] }],
      changes: [{ change: 'removed', object: { resource: 'clusterrolebindings', name: 'evil' } }],
    })
    expect(json.stderr).toBe('')
    expect((await diff('two', 'one')).stderr).toContain('was begun after')
    expect((await diff('one', 'two', '-o', 'yaml')).stdout).toContain('kind: EvidenceDiffReport')
  })

  test('3 where one of them could not read what the other has', async () => {
    const { kubeconfig } = await cluster().clientCert('responder')
    const view = 'create rolebinding r -n default --clusterrole=view --user=responder'
    expect(await cluster().exec(['kubectl', ...view.split(' ')])).toMatchObject({ code: 0 })
    expect(await collect('part', { KUBECONFIG: kubeconfig })).toMatchObject({ code: 3 })
    const found = await diff('two', 'part', '-o', 'json')
    expect(found).toMatchObject({ code: 3, stderr: expect.stringContaining('incomplete: ') })
    const { unknown, changes } = JSON.parse(found.stdout) as {
      unknown: { resource: string; objects: number }[]
      changes: { change: string }[]
    }
    expect(unknown.find(({ resource }) => resource === 'clusterroles')?.objects).toBeGreaterThan(50)
    expect(changes.filter(({ change }) => change === 'removed')).toEqual([])
  })

  test('what is no bundle, or is damaged, is compared with nothing', async () => {
    expect(await diff('one', 'missing')).toMatchObject({ code: 4 })
    writeFileSync(join(cwd, 'text'), 'hello')
    expect((await diff('one', 'text')).code).not.toBe(0)
    cpSync(join(cwd, 'one.tar.gz'), join(cwd, 'cut.tar.gz'))
    writeFileSync(join(cwd, 'cut.tar.gz'), readFileSync(join(cwd, 'one.tar.gz')).subarray(0, -2000))
    expect(await diff('cut.tar.gz', 'two')).toMatchObject({ code: 4 })
  })
})
