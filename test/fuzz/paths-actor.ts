import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import type { Subject } from '../../src/snapshot/objects.ts'
import type { TestCluster } from '../cluster/test-cluster.ts'
import { actAs, type Got, type Sent } from './server.ts'

/** Somebody that an attacker acts as. */
export type Actor = {
  user: string
  groups: string[]
  /** By credentials of its own; else by impersonation, and then it impersonates nobody in turn. */
  isOwn: boolean
  send(sent: Sent): Promise<Got>
}

/** Makes actors of credentials, and keeps their connections. */
export type Wardrobe = {
  /** Undefined where the credential is refused. */
  bearer(token: string): Promise<Actor | undefined>
  certificate(cert: string): Promise<Actor | undefined>
  /** Undefined where it is refused. */
  impersonated(by: Actor, user: string, groups: string[]): Promise<Actor | undefined>
  /** One that a world's attack starts as. */
  start(subject: Subject): Promise<Actor>
  /** A request for a certificate, as a CertificateSigningRequest takes it. */
  request(user: string, groups: string[]): Promise<string>
  close(): void
}

const reviews = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
const review: Sent = {
  method: 'POST',
  path: reviews,
  body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
}

export async function openWardrobe(cluster: TestCluster): Promise<Wardrobe> {
  const ca = readFileSync(cluster.caFile)
  const own = await cluster.clientCert('unused')
  const key = readFileSync(own.keyFile)
  const { hostname, port } = new URL(cluster.server)
  const agents: Agent[] = []
  const wire = (more: { cert?: string | Buffer; key?: Buffer }) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 4, ca, ...more })
    agents.push(agent)
    return async (sent: Sent): Promise<Got> => {
      const bytes = sent.body === undefined ? undefined : Buffer.from(JSON.stringify(sent.body))
      const typed =
        bytes === undefined
          ? {}
          : { 'content-type': sent.type ?? 'application/json', 'content-length': String(bytes.length) }
      const headers = { ...sent.headers, ...typed }
      return await new Promise((resolve, reject) => {
        const options = { hostname, port, method: sent.method, path: sent.path, headers, agent }
        const call = request(options, (response) => {
          text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject)
        })
        call.on('error', reject).end(bytes)
      })
    }
  }
  const nobody = wire({})
  const known = async (send: Actor['send'], isOwn: boolean): Promise<Actor | undefined> => {
    const got = await send(review)
    if (got.status !== 201) return undefined
    const said = JSON.parse(got.body) as { status: { userInfo: { username: string; groups?: string[] } } }
    const { username, groups = [] } = said.status.userInfo
    return { user: username, groups, isOwn, send }
  }
  const withHeaders =
    (send: Actor['send'], headers: NonNullable<Sent['headers']>): Actor['send'] =>
    async (sent) =>
      await send({ ...sent, headers: { ...sent.headers, ...headers } })
  const starts = new Map<string, Actor>()
  const certificates = new Map<string, Actor>()
  const requests = new Map<string, string>()

  const wardrobe: Wardrobe = {
    bearer: async (token) => await known(withHeaders(nobody, { authorization: `Bearer ${token}` }), true),
    certificate: async (cert) => {
      const actor = await known(wire({ cert, key }), true)
      if (!actor) return undefined
      const name = `${actor.user} ${actor.groups.join()}`
      const before = certificates.get(name)
      // One connection is enough for who is the same.
      if (before) agents.pop()?.destroy()
      certificates.set(name, before ?? actor)
      return before ?? actor
    },
    impersonated: async (by, user, groups) => {
      if (!by.isOwn) return undefined
      return await known(withHeaders(by.send, actAs(user, groups)), false)
    },
    start: async (subject) => {
      const { kind, name, namespace = '' } = subject
      const key = `${kind} ${namespace}/${name}`
      const before = starts.get(key)
      if (before) return before
      let actor: Actor | undefined
      if (kind === 'ServiceAccount') {
        const { stdout } = await cluster.exec([
          cluster.kubectl,
          'create',
          'token',
          name,
          '-n',
          namespace,
          '--duration=24h',
        ])
        actor = await wardrobe.bearer(stdout.trim())
      } else {
        const { certFile, keyFile } = await cluster.clientCert(
          kind === 'User' ? name : 'member',
          kind === 'User' ? [] : [name],
        )
        actor = await known(wire({ cert: readFileSync(certFile), key: readFileSync(keyFile) }), true)
      }
      if (!actor) throw new Error(`nobody is ${key}`)
      starts.set(key, actor)
      return actor
    },
    request: async (user, groups) => {
      const subject = `/CN=${user}${groups.map((group) => `/O=${group}`).join('')}`
      const before = requests.get(subject)
      if (before !== undefined) return before
      const file = join(dirname(cluster.caFile), `request-${requests.size}`)
      await promisify(execFile)('openssl', ['req', '-new', '-key', own.keyFile, '-subj', subject, '-out', file])
      const made = (await readFile(file)).toString('base64')
      requests.set(subject, made)
      return made
    },
    close: () => {
      for (const agent of agents) agent.destroy()
    },
  }
  return wardrobe
}

export function done({ status }: Got): boolean {
  return status >= 200 && status < 300
}
