import { describe, expect, test } from 'vitest'
import { isolate, pod } from './scenes.ts'

const withProbe = (probe: object, more: object = {}, status: object = {}) =>
  isolate([pod('shop/web', {}, { spec: { containers: [{ name: 'main', ...probe, ...more }] }, status })], ['shop/web'])
    .plan
const exec = (...command: string[]) => ({ livenessProbe: { exec: { command } } })

describe('a probe that', () => {
  test.each([
    ['asks another host', exec('sh', '-c', 'curl -f http://api.shop/health')],
    ['asks a database by its name', exec('pg_isready', '-h', 'db')],
    ['asks by a variable', exec('sh', '-c', 'redis-cli -h $REDIS ping')],
    ['is of a page on dependencies', { livenessProbe: { httpGet: { path: '/health/deps' } } }],
    ['takes readiness for life', { livenessProbe: { httpGet: { path: '/readyz?verbose' } } }],
    ['has not started the container yet', { startupProbe: { httpGet: { path: '/db' } } }],
  ])('%s fails', (_, probe) => {
    expect(withProbe(probe).refused).toBeDefined()
  })

  test.each([
    ['asks the pod itself', exec('curl', '-f', 'http://localhost:8080/health')],
    ['asks the pod by its own address', exec('sh', '-c', 'nc -z $POD_IP:80')],
    ['asks the local database', exec('pg_isready', '-U', 'shop')],
    ['looks at a file', exec('cat', '/tmp/curlew')],
    ['has a word in it that is no program', exec('/bin/my-curl-like', 'x.y:1')],
    ['is a plain page', { livenessProbe: { httpGet: { path: '/healthz' } } }],
    ['is a port', { livenessProbe: { tcpSocket: { port: 80 } } }],
    ['is for readiness', { readinessProbe: { httpGet: { path: '/db' } } }],
  ])('%s is no reason to refuse', (_, probe) => {
    expect(withProbe(probe).refused).toBeUndefined()
  })

  test('has started the container is over', () => {
    const status = { containerStatuses: [{ name: 'main', started: true }] }
    expect(withProbe({ startupProbe: { httpGet: { path: '/db' } } }, {}, status).refused).toBeUndefined()
  })

  test('comes from the node goes on, and that what it asks may depend on others is said', () => {
    const { warnings } = withProbe({
      livenessProbe: { httpGet: { path: '/healthz' }, periodSeconds: 7, failureThreshold: 1 },
    })
    expect(warnings.find(({ kind }) => kind === 'probe')?.text).toMatch(/go on; .* 7 s$/)
  })

  test('is a megabyte long is looked at in no time', () => {
    expect(withProbe(exec('sh', '-c', 'a'.repeat(1_000_000))).refused).toBeUndefined()
  })

  test('of a sidecar counts, of an init container that ends it does not', () => {
    const probe = exec('curl', 'http://api.shop/')
    const plan = (restartPolicy: object) =>
      isolate(
        [pod('shop/web', {}, { spec: { initContainers: [{ name: 'side', ...restartPolicy, ...probe }] } })],
        ['shop/web'],
      ).plan
    expect(plan({ restartPolicy: 'Always' }).refused).toBeDefined()
    expect(plan({}).refused).toBeUndefined()
  })
})
