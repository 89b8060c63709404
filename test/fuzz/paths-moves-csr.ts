import { setTimeout as sleep } from 'node:timers/promises'
import { type Actor, done } from './paths-actor.ts'
import type { Field } from './paths-field.ts'
import { decode } from './paths-moves-identity.ts'

/* Moves by certificates, by trying: nothing here knows the attack graph. */

type Request = { metadata: { name: string }; status?: { certificate?: string } }
const requests = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
export const client = 'kubernetes.io/kube-apiserver-client'
export const kubelet = `${client}-kubelet`
let asked = 0

/** Requests a certificate; the name of the request. */
export async function askCertificate(field: Field, actor: Actor, user: string, groups: string[], signerName = client) {
  const request = Buffer.from(decode(await field.wardrobe.request(user, groups))).toString('base64')
  const usages = signerName === client ? ['client auth'] : ['client auth', 'digital signature', 'key encipherment']
  asked += 1
  const body = {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: `asked-${asked}` },
    spec: { request, signerName, usages },
  }
  const got = await field.act(actor, { method: 'POST', path: requests, body })
  return done(got) ? `asked-${asked}` : undefined
}

/** Approves a request, and reads what was signed from the answer to another such write. */
export async function approve(field: Field, actor: Actor, name: string): Promise<string | undefined> {
  const path = `${requests}/${name}/approval`
  const status = { conditions: [{ type: 'Approved', status: 'True', reason: 'x', message: 'x' }] }
  for (let tries = 0; tries < 60; tries += 1) {
    let got = await field.act(actor, { method: 'PATCH', path, type: 'application/merge-patch+json', body: { status } })
    if (!done(got)) {
      const there = await field.admin({ method: 'GET', path: `${requests}/${name}` })
      const whole = { ...(JSON.parse(there.body) as object), status }
      got = await field.act(actor, { method: 'PUT', path, body: whole })
    }
    if (got.status === 409) continue
    if (!done(got)) return undefined
    const certificate = (JSON.parse(got.body) as Request).status?.certificate
    if (certificate !== undefined) return decode(certificate)
    await sleep(25)
  }
  return undefined
}

/** Whether the controller signs a kubelet's request without anybody's approval. */
export async function joinAsNode(field: Field, actor: Actor): Promise<boolean> {
  const name = await askCertificate(field, actor, 'system:node:joining', ['system:nodes'], kubelet)
  if (name === undefined) return false
  for (let tries = 0; tries < 16; tries += 1) {
    const { body } = await field.admin({ method: 'GET', path: `${requests}/${name}` })
    if ((JSON.parse(body) as Request).status?.certificate !== undefined) return true
    await sleep(25)
  }
  return false
}
