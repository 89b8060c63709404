import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ReviewStatus } from '../../src/cluster/access-review.ts'
import type { Identity } from '../../src/rbac/identity.ts'
import type { Attributes } from '../../src/rbac/rule-match.ts'
import type { TestCluster } from '../cluster/test-cluster.ts'
import type { TestUser } from '../cluster/user.ts'

export type Sent = {
  method: string
  path: string
  body?: unknown
  type?: string
  /** Header names and values; a list is sent as repeated headers. */
  headers?: Record<string, string | string[]>
  /** Settles with the status, without the body: for requests that stay open (watch). */
  statusOnly?: boolean
}
export type Got = { status: number; body: string }

/** The test cluster's API as one user, over a few kept connections. Answers of every status resolve. */
export type Server = {
  send(sent: Sent): Promise<Got>
  /** What the authorizers say; the subject is taken as it is, no groups are added. */
  review(identity: Identity, attributes: Attributes): Promise<ReviewStatus>
  close(): void
}

export const width = 12

export function openServer(cluster: Pick<TestCluster, 'server' | 'caFile'>, user?: TestUser): Server {
  const pki = dirname(cluster.caFile)
  const { certFile, keyFile } = user ?? { certFile: join(pki, 'admin.crt'), keyFile: join(pki, 'admin.key') }
  const [ca, cert, key] = [cluster.caFile, certFile, keyFile].map((file) => readFileSync(file))
  const agent = new Agent({ keepAlive: true, maxSockets: width, ca, cert, key })
  const { hostname, port } = new URL(cluster.server)

  const once = (sent: Sent): Promise<Got> =>
    new Promise((resolve, reject) => {
      // Node writes headers as Latin-1 only where the body is no string.
      const bytes = sent.body === undefined ? undefined : Buffer.from(JSON.stringify(sent.body))
      const headers = {
        ...sent.headers,
        ...(bytes === undefined
          ? {}
          : { 'content-type': sent.type ?? 'application/json', 'content-length': bytes.length }),
      }
      const call = request({ hostname, port, method: sent.method, path: sent.path, headers, agent }, (response) => {
        const status = response.statusCode ?? 0
        if (sent.statusOnly && status !== 403) {
          resolve({ status, body: '' })
          return void response.destroy()
        }
        let body = ''
        response.setEncoding('utf8').on('data', (piece: string) => (body += piece))
        response.on('end', () => resolve({ status, body }))
        response.on('error', reject)
      })
      call.on('error', reject)
      call.end(bytes)
    })

  const send = async (sent: Sent): Promise<Got> => {
    for (let tries = 0; ; tries++) {
      const got = await once(sent)
      if (got.status !== 429 || tries === 50) return got
      await sleep(100)
    }
  }

  const review = async (identity: Identity, attributes: Attributes): Promise<ReviewStatus> => {
    const asked = 'path' in attributes ? { nonResourceAttributes: attributes } : { resourceAttributes: attributes }
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { ...identity, ...asked },
    }
    const got = await send({ method: 'POST', path: '/apis/authorization.k8s.io/v1/subjectaccessreviews', body })
    if (got.status !== 201) throw new Error(`a review of ${JSON.stringify(body.spec)} got ${got.status}: ${got.body}`)
    return (JSON.parse(got.body) as { status: ReviewStatus }).status
  }
  return { send, review, close: () => agent.destroy() }
}

/** The headers by which the administrator acts as somebody else. */
export function actAs(user: string, groups: string[]): Record<string, string | string[]> {
  const bytes = (text: string) => Buffer.from(text).toString('latin1')
  return {
    'impersonate-user': bytes(user),
    ...(groups.length > 0 ? { 'impersonate-group': groups.map(bytes) } : {}),
  }
}

/** Whether an answer shows that authorization was passed: admission and the registry refuse with other words. */
export function passedAuthorization({ status, body }: Got): boolean {
  if (status === 401 || status === 0) throw new Error(`nobody was authenticated: ${body}`)
  return !(status === 403 && /forbidden: User ".*" cannot [^ ]* (?:resource|path) /s.test(messageOf(body)))
}

function messageOf(body: string): string {
  try {
    return String((JSON.parse(body) as { message?: unknown }).message)
  } catch {
    return body
  }
}
