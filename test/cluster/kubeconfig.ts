import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Instance, updateRecord } from './instance.ts'

/** Writes a kubeconfig for the certificate NAME. It holds the keys themselves, so that it may be copied; JSON is YAML. */
export function writeKubeconfig(file: string, pki: string, name: string, server: string): void {
  const data = (path: string) => readFileSync(join(pki, path)).toString('base64')
  const user = { 'client-certificate-data': data(`${name}.crt`), 'client-key-data': data(`${name}.key`) }
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': data('ca.crt') } }],
    users: [{ name, user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: name } }],
    'current-context': 'test',
  }
  writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 })
}

/** Writes the kubeconfigs of an instance's administrator and components, and records the port they name. */
export function writeKubeconfigs(instance: Instance, port: number, names: readonly string[]): void {
  updateRecord(instance, () => ({ port }))
  for (const name of names) {
    const folder = name === 'admin' ? instance.dir : join(instance.dir, 'conf')
    writeKubeconfig(join(folder, `${name}.kubeconfig`), join(instance.dir, 'pki'), name, `https://127.0.0.1:${port}`)
  }
}
