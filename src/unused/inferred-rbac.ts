import { object, type Raw, text } from '../audit-log/read/fields.ts'
import type { AuditRequest } from '../audit-log/request.ts'
import type { Attributes } from '../rbac/rule-match.ts'
import { decodeRole, ShapeError } from '../snapshot/decode.ts'
import type { PolicyRule } from '../snapshot/objects.ts'
import type { Demand } from './demand.ts'
import type { Known } from './inferred.ts'

const group = 'rbac.authorization.k8s.io'
/** What a ClusterRole with an aggregationRule takes, since it may come to hold anything. */
const everything: PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [], nonResourceURLs: [] },
  { verbs: ['*'], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ['*'] },
]

/**
 * What writing a role or binding takes: `bind` on the role, or to hold its rules; `escalate`, or to hold the rules that are written. Every write
 * is checked, whatever it changes (seen on a real server: a label too). Source: registry/rbac/*\/policybased/storage.go.
 */
export function rbacDemands(request: AuditRequest, known: Known): Demand[] {
  const { object: target } = request
  if (target?.group !== group || target.subresource !== '') return []
  if (target.resource === 'rolebindings' || target.resource === 'clusterrolebindings')
    return [bindDemand(request, known)]
  return target.resource === 'roles' || target.resource === 'clusterroles' ? [escalateDemand(request)] : []
}

function bindDemand(request: AuditRequest, { roleOf, rulesOf }: Known): Demand {
  const { namespace = '', name = '' } = request.object ?? {}
  // A roleRef never changes: that of the binding as it is will do, where the log does not have it.
  const written = object(object(writtenBy(request))?.['roleRef'])
  const [kind, role] = [text(written?.['kind']), text(written?.['name'])]
  const ref = kind !== undefined && role !== undefined ? { kind, name: role } : roleOf({ namespace, name })
  if (!ref) return { any: [], unclear: 'which role it bound, the log does not say' }
  const bind: Attributes = {
    verb: 'bind',
    group,
    resource: ref.kind === 'ClusterRole' ? 'clusterroles' : 'roles',
    subresource: '',
    namespace,
    name: ref.name,
  }
  const rules = rulesOf({ ...ref, namespace })
  if (rules) return { any: [bind], holding: { rules, namespace } }
  return { any: [bind], unclear: 'it bound a role whose rules are not known' }
}

function escalateDemand(request: AuditRequest): Demand {
  const { resource = '', namespace = '', name = '' } = request.object ?? {}
  const asked = request.verb === 'create' ? '' : name
  const any: Attributes[] = [{ verb: 'escalate', group, resource, subresource: '', namespace, name: asked }]
  const rules = rulesIn(request, resource)
  return rules ? { any, holding: { rules, namespace } } : { any, unclear: 'which rules it wrote, the log does not say' }
}

/** The object as it was after the write, as far as the log has it; of a patch, the fields that it set. */
function writtenBy({ requestObject, responseObject }: AuditRequest): unknown {
  return answerOf(responseObject) ?? requestObject?.value
}

function answerOf(body: AuditRequest['responseObject']): Raw | undefined {
  const answer = object(body?.value)
  return answer && text(answer['kind']) !== 'Status' ? answer : undefined
}

function rulesIn(request: AuditRequest, resource: string): PolicyRule[] | undefined {
  const raw = object(writtenBy(request))
  if (!raw) return undefined
  // Rules are one value to any patch; one that does not set them leaves them as they are, whatever they are.
  const isPart = request.verb === 'patch' && !answerOf(request.responseObject)
  if (isPart && raw['rules'] === undefined) return undefined
  try {
    const whole = { ...raw, metadata: { name: '', namespace: 'x' } }
    const { rules, aggregation } = decodeRole(whole, resource === 'roles' ? 'Role' : 'ClusterRole')
    return aggregation ? everything : rules
  } catch (error) {
    if (error instanceof ShapeError) return undefined
    throw error
  }
}
