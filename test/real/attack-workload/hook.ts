import { readFileSync } from 'node:fs'
import { createServer, type Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { makeCertificate } from '../../cluster/pki.ts'
import type { TestCluster } from '../../cluster/test-cluster.ts'

/** The attacker's own server: it lets everything pass, and adds a subject to bindings. */
export type Hook = { url: string; ca: string; adds: string; seen: string[]; close(): void }

export async function openHook({ caFile }: TestCluster): Promise<Hook> {
  const pki = dirname(caFile)
  await makeCertificate(pki, 'hook', { user: 'hook', names: ['IP:127.0.0.1'] })
  const [key, cert] = ['hook.key', 'hook.crt'].map((file) => readFileSync(join(pki, file)))
  const hook: Hook = { url: '', ca: readFileSync(caFile).toString('base64'), adds: '', seen: [], close: () => {} }
  const listener: HttpsServer = createServer({ key, cert }, (request, response) => {
    const pieces: Buffer[] = []
    request
      .on('data', (piece: Buffer) => pieces.push(piece))
      .on('end', () => {
        const text = Buffer.concat(pieces).toString()
        hook.seen.push(text)
        response.setHeader('content-type', 'application/json').end(JSON.stringify(reviewed(text, hook.adds)))
      })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  hook.url = `https://127.0.0.1:${(listener.address() as AddressInfo).port}/`
  hook.close = () => void listener.close()
  return hook
}

function reviewed(text: string, adds: string): object {
  const { request } = JSON.parse(text) as { request: { uid: string; resource: { resource: string } } }
  const value = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: adds }
  const patch = Buffer.from(JSON.stringify([{ op: 'add', path: '/subjects/-', value }])).toString('base64')
  const isBinding = request.resource.resource === 'clusterrolebindings'
  const response = { uid: request.uid, allowed: true, ...(isBinding ? { patch, patchType: 'JSONPatch' } : {}) }
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }
}
