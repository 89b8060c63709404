import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { kubeconfig, server, setting } from './setting.ts'

// Modules that cost milliseconds, and that a plain request has no need of.
const dear = ['internal/deps/undici/undici', 'child_process', 'zlib']

test.each([
  ['TLS', false],
  ['plain http', true],
])('a request over %s with a JSON kubeconfig, and one that is refused, load nothing that is dear', async (_, plain) => {
  const api = await server((_, response, { url }) => response.writeHead(url === '/x' ? 200 : 404).end('{}'), { plain })
  const file = setting().write('kubeconfig', kubeconfig(api.url, { token: 't' }))
  const connect = new URL('../../../src/cluster/connect.ts', import.meta.url).href
  const script = `
    const { connect } = await import(${JSON.stringify(connect)})
    const around = { env: {}, cwd: '/', home: '/', warn() {}, interactive: false }
    const cluster = await connect({ kubeconfig: ${JSON.stringify(file)} }, around)
    await cluster.request({ path: '/x' })
    await cluster.request({ path: '/y' }).catch(() => {})
    cluster.close()
    console.log(JSON.stringify(process.moduleLoadList.map((name) => name.replace(/^\\w+ /, ''))))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  const loaded = JSON.parse(stdout) as string[]
  expect(api.seen).toHaveLength(2)
  expect(loaded).toContain(plain ? 'http' : 'https')
  expect(dear.filter((name) => loaded.includes(name))).toEqual([])
})
