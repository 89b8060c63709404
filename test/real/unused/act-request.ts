import type { Attributes } from '../../../src/rbac/rule-match.ts'
import { requestFor } from '../../fuzz/real-request.ts'
import type { Sent } from '../../fuzz/server.ts'
import type { Act, Assumed } from '../../unit/unused/acts.ts'
import * as words from '../../unit/unused/words.ts'

const rbac = `/apis/${words.rbac}/v1`
const merge = 'application/merge-patch+json'
export const requests = `/apis/${words.certificates}/v1/certificatesigningrequests`

/** The real request of an act: a dry run, so that the world stays as it is. */
export function requestOf(act: Act, bodies: ReadonlyMap<string, object>): Sent {
  switch (act.kind) {
    case 'ask':
      return asking(act.asked)
    case 'impersonate':
      return { ...asking(act.asked), headers: assuming(act.as) }
    case 'make':
      return act.verb === 'patch' ? applied(act) : put(act)
    case 'bind':
    case 'role':
      return writing(act)
    case 'approve': {
      const name = words.requestName(act.signer)
      const status = { conditions: [{ type: 'Approved', status: 'True', reason: 'r', message: 'm' }] }
      const path = `${requests}/${name}/approval?dryRun=All`
      return act.verb === 'patch'
        ? { method: 'PATCH', path, type: merge, body: { status } }
        : { method: 'PUT', path, body: { ...bodies.get(name), status } }
    }
  }
}

export function asking(asked: Attributes): Sent {
  if ('path' in asked) return requestFor(asked)
  const { name, namespace, ...more } = asked
  const scope = namespace === '' ? '*' : namespace
  return requestFor({ ...more, scope, namespaced: true, ...(name !== '' && { name }) })
}

function assuming({ username, groups, uid, scopes }: Assumed): NonNullable<Sent['headers']> {
  return {
    'impersonate-user': username,
    ...(groups.length > 0 && { 'impersonate-group': groups }),
    ...(uid !== undefined && { 'impersonate-uid': uid }),
    ...(scopes !== undefined && { 'impersonate-extra-scopes': scopes }),
  }
}

type Made = Extract<Act, { kind: 'make' }>

function applied({ namespace, name }: Made): Sent {
  return {
    method: 'PATCH',
    path: `/api/v1/namespaces/${namespace}/configmaps/${name}?dryRun=All&fieldManager=fuzz`,
    type: 'application/apply-patch+yaml',
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } },
  }
}

function put({ namespace, name }: Made): Sent {
  const apiVersion = `${words.coordination}/v1`
  return {
    method: 'PUT',
    path: `/apis/${apiVersion}/namespaces/${namespace}/leases/${name}?dryRun=All`,
    body: { apiVersion, kind: 'Lease', metadata: { name, namespace }, spec: {} },
  }
}

function writing(act: Extract<Act, { kind: 'bind' | 'role' }>): Sent {
  const { namespace } = act
  const kind = `${namespace === '' ? 'Cluster' : ''}Role${act.kind === 'bind' ? 'Binding' : ''}`
  const all = `${rbac}${namespace === '' ? '' : `/namespaces/${namespace}`}/${kind.toLowerCase()}s`
  const part =
    act.kind === 'role'
      ? { rules: act.rules }
      : act.verb === 'patch'
        ? { metadata: { labels: { touched: 'yes' } } }
        : { roleRef: { apiGroup: words.rbac, ...act.role }, subjects: [] }
  if (act.verb === 'patch') return { method: 'PATCH', path: `${all}/${act.name}?dryRun=All`, type: merge, body: part }
  const head = { apiVersion: `${words.rbac}/v1`, kind, metadata: { name: 'made-by-act' } }
  return { method: 'POST', path: `${all}?dryRun=All`, body: { ...head, ...part } }
}
