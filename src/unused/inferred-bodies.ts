import type { Actor } from '../audit-log/event.ts'
import { object, type Raw, text, texts } from '../audit-log/read/fields.ts'
import type { AuditRequest } from '../audit-log/request.ts'
import type { Attributes } from '../rbac/rule-match.ts'
import type { Demand } from './demand.ts'
import type { Known, Taken } from './inferred.ts'

const certificates = 'certificates.k8s.io'

/**
 * What approving, signing and attesting takes, by the name of the signer or of all of its domain. Without a body the policy does not let anybody
 * know, and such rights are unknown. Source: plugin/pkg/admission/certificates, pkg/apis/certificates/authorization.
 */
export function signerDemands(request: AuditRequest): Demand[] {
  const { group, resource, subresource } = request.object ?? {}
  if (group !== certificates) return []
  const verb =
    resource === 'clustertrustbundles' && subresource === ''
      ? 'attest'
      : resource === 'certificatesigningrequests'
        ? { approval: 'approve', status: 'sign' }[subresource ?? '']
        : undefined
  if (verb === undefined) return []
  const bodies = [request.responseObject, request.requestObject].map((body) => object(object(body?.value)?.['spec']))
  const signer = bodies.map((spec) => text(spec?.['signerName'])).find((name) => name !== undefined && name !== '')
  if (signer === undefined)
    return request.truncated ? [{ any: [], unclear: 'its line is not whole, and does not say for which signer' }] : []
  const right = (name: string): Attributes => {
    return { verb, group: certificates, resource: 'signers', subresource: '', namespace: '', name }
  }
  return [{ any: [right(signer), right(`${signer.split('/', 1)[0]}/*`)] }]
}

/**
 * Who writes an admission policy must be able to read every object of the kind its parameters have, and who binds it, those it names.
 * Source: registry/admissionregistration/*\/authz.go.
 */
export function paramDemands(request: AuditRequest, { resources = [] }: Known): Demand[] {
  const { group, resource = '' } = request.object ?? {}
  if (group !== 'admissionregistration.k8s.io' || !/^(?:validating|mutating)admissionpolic/.test(resource)) return []
  const spec = object(object(request.responseObject?.value ?? request.requestObject?.value)?.['spec'])
  if (!spec) return [{ any: [], unclear: 'which parameters its admission policy has, the log does not say' }]
  if (resource.endsWith('bindings')) {
    if (!object(spec['paramRef'])) return []
    return [{ any: [], unclear: 'of which kind the parameters of its admission policy are, the log does not say' }]
  }
  const kind = object(spec['paramKind'])
  if (!kind) return []
  const [first = '', second] = (text(kind['apiVersion']) ?? '').split('/')
  const of = second === undefined ? '' : first
  const found = resources.find((one) => one.group === of && one.kind === kind['kind'])
  if (!found) return [{ any: [], unclear: 'its admission policy has parameters of a kind that is not known' }]
  return [{ any: [{ verb: 'get', group: of, resource: found.resource, subresource: '', namespace: '*', name: '*' }] }]
}

/**
 * What others were asked for and had the API server decide: kubelets, aggregated API servers and proxies send a review for each. A person who
 * asks what somebody may do is no use of it.
 */
export function reviewDemands(request: AuditRequest, { username }: Actor): Taken[] {
  const { group, resource = '' } = request.object ?? {}
  if (group !== 'authorization.k8s.io' || !username.startsWith('system:')) return []
  if (resource !== 'subjectaccessreviews' && resource !== 'localsubjectaccessreviews') return []
  const spec = object(object(request.requestObject?.value)?.['spec'])
  const right = spec && attributesIn(spec)
  const of = { username: text(spec?.['user']) ?? '', groups: texts(spec?.['groups']) }
  return right ? [{ of, demand: { any: [right] } }] : []
}

function attributesIn(spec: Raw): Attributes | undefined {
  const url = object(spec['nonResourceAttributes'])
  if (url) return { verb: text(url['verb']) ?? '', path: text(url['path']) ?? '' }
  const of = object(spec['resourceAttributes'])
  if (!of) return undefined
  const word = (field: string) => text(of[field]) ?? ''
  return {
    verb: word('verb'),
    group: word('group'),
    resource: word('resource'),
    subresource: word('subresource'),
    namespace: word('namespace'),
    name: word('name'),
  }
}
