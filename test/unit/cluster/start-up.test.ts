import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { kubeconfig, server, setting } from './setting.ts'

// Modules that cost milliseconds, and that a plain request has no need of.
const dear = ['internal/deps/undici/undici', 'child_process', 'zlib']

test('a request over TLS with a JSON kubeconfig loads nothing that is dear', async () => {
  const api = await server()
  const file = setting().write('kubeconfig', kubeconfig(api.url, { token: 't' }))
  const connect = new URL('../../../src/cluster/connect.ts', import.meta.url).href
  const script = `
    const { connect } = await import(${JSON.stringify(connect)})
    const around = { env: {}, cwd: '/', home: '/', warn() {}, interactive: false }
    const cluster = await connect({ kubeconfig: ${JSON.stringify(file)} }, around)
    await cluster.request({ path: '/x' })
    await cluster.request({ path: '/y' })
    cluster.close()
    console.log(JSON.stringify(process.moduleLoadList.map((name) => name.replace(/^\\w+ /, ''))))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  const loaded = JSON.parse(stdout) as string[]
  expect(loaded).toContain('https')
  expect(dear.filter((name) => loaded.includes(name))).toEqual([])
})
