import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { AttackNode, AttackRuleId } from '../../../src/attack/model.ts'
import { withAttackWorld } from '../../../src/cli/attack-world.ts'
import type { TestCluster } from '../../cluster/test-cluster.ts'
import { type Got, openServer, type Sent, type Server } from '../../fuzz/server.ts'
import { openStage, type Stage } from '../../fuzz/stage.ts'
import { fuzzLabel, rbacGroup, type WorldObject } from '../../fuzz/world.ts'
import { reaches } from '../../unit/attack/closure.ts'
import { eve } from '../rbac/harness.ts'

/** What somebody who escalates works with: requests as eve with her own certificate, or with what she has taken. */
export type Tools = {
  eve(sent: Sent): Promise<Got>
  /** With a token that was taken. */
  bearer(token: string, sent: Sent): Promise<Got>
  /** As the administrator, for what is nobody's escalation: looking, and deciding what a user is called. */
  admin(sent: Sent): Promise<Got>
  cluster: TestCluster
}

export type Case = {
  name: string
  objects: WorldObject[]
  /** Objects that are no RBAC, made before and deleted after; by their collection. */
  beside?: { path: string; body: { metadata: { name: string } } & Record<string, unknown> }[]
  to: AttackNode
  /** Undefined: near, but no way. */
  by?: AttackRuleId | 'admin-all'
  /** Does it, for real: whether it was gained. */
  attempt(tools: Tools): Promise<boolean>
}

/** Each case on a server: what the graph says of its live world, and what comes of trying. */
export function escalations(cluster: () => TestCluster, cases: Case[]): void {
  let stage: Stage
  let server: Server
  beforeAll(async () => {
    stage = await openStage(cluster())
    server = openServer(cluster(), await cluster().clientCert(eve.name))
  })
  afterEach(() => stage.clear())
  afterAll(() => {
    server.close()
    stage.close()
  })
  for (const { name, objects, beside = [], to, by, attempt } of cases) {
    test(`${by ?? 'no way'}: ${name}`, async () => {
      const admin = (sent: Sent) => stage.server.send(sent)
      for (const { path, body } of beside) {
        const got = await admin({ method: 'POST', path, body })
        expect(got, got.body).toMatchObject({ status: 201 })
      }
      const { refused, differences } = await stage.put(objects)
      expect({ refused, differences }).toEqual({ refused: 0, differences: [] })
      const world = await withAttackWorld({}, { kubeconfig: cluster().kubeconfig })
      expect(world.gaps).toEqual([])
      const said = reaches(world, eve, to)
      const tools: Tools = {
        eve: (sent) => server.send(sent),
        admin,
        bearer: (token, sent) => bearing(cluster(), token, sent),
        cluster: cluster(),
      }
      const isGained = await attempt(tools)
      for (const { path, body } of beside) await admin({ method: 'DELETE', path: `${path}/${body.metadata.name}` })
      expect({ isReached: said.isReached, isGained }).toEqual({
        isReached: by !== undefined,
        isGained: by !== undefined,
      })
      if (by) expect(said.rules).toContain(by)
    })
  }
}

/** Tries until it is so, as the authorizer learns of what was written; or gives up. */
export async function soon(check: () => Promise<boolean>, limit = 2500): Promise<boolean> {
  const end = Date.now() + limit
  for (;;) {
    if (await check()) return true
    if (Date.now() > end) return false
    await new Promise((resolve) => setTimeout(resolve, 40))
  }
}

const base = `/apis/${rbacGroup}/v1`
const labels = { [fuzzLabel]: 'yes' }

export const done = ({ status }: Got) => status >= 200 && status < 300

export function rbacPath(kind: string, namespace?: string, name?: string): string {
  const place = namespace === undefined ? '' : `/namespaces/${namespace}`
  return `${base}${place}/${kind}${name === undefined ? '' : `/${name}`}`
}

/** A binding of a role to eve, as a request's body. */
export function bindingTo(kind: string, name: string, called = 'taken') {
  return {
    apiVersion: `${rbacGroup}/v1`,
    metadata: { name: called, labels },
    roleRef: { apiGroup: rbacGroup, kind, name },
    subjects: [{ apiGroup: rbacGroup, kind: 'User', name: eve.name }],
  }
}

/** A role that grants everything, as a request's body. */
export function fullRole(name: string, more: Record<string, string> = {}) {
  const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]
  return { apiVersion: `${rbacGroup}/v1`, metadata: { name, labels: { ...labels, ...more } }, rules }
}

export const readsAllSecrets: Sent = { method: 'GET', path: '/api/v1/namespaces/kube-system/secrets?limit=1' }
export const writesNodes: Sent = { method: 'POST', path: '/api/v1/nodes?dryRun=All', body: { metadata: { name: 'n' } } }

/** Whether eve may do everything, or everything in a namespace: asked by doing some of it. */
export const isAdmin = ({ eve: send }: Pick<Tools, 'eve'>) => soon(async () => done(await send(writesNodes)))
export const isAdminOf = (namespace: string, { eve: send }: Pick<Tools, 'eve'>) =>
  soon(async () => done(await send({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}/endpoints?dryRun=All` })))

async function bearing(
  cluster: TestCluster,
  token: string,
  { method, path, body, type = 'application/json' }: Sent,
): Promise<Got> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': type }
  const ca = readFileSync(cluster.caFile)
  return await new Promise((resolve, reject) => {
    const call = request(`${cluster.server}${path}`, { method, headers, ca }, (response) => {
      text(response).then((said) => resolve({ status: response.statusCode ?? 0, body: said }), reject)
    })
    call.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body))
  })
}
