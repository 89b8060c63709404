import { SecureError } from '../errors.ts'
import type { PreflightReport, RightNeeded } from './reports.ts'

/** Why a plan cannot be carried out, as one error: `conflict`, `forbidden` or `invalid`; nothing where it can. */
export function refusalOf({ ready, drift, rights, refusals }: PreflightReport): SecureError | undefined {
  if (ready) return undefined
  const missing = [...new Set(rights.filter(({ allowed }) => !allowed).map(rightText))]
  const refused = refusals.map(({ change, why }) => `the server would refuse ${change}: ${why}`)
  const [first, ...more] = [...drift, ...missing, ...refused]
  const hint = [...more, 'nothing was changed', ...(missing.length > 0 ? [rolesHint] : [])].join('\n')
  if (drift.length > 0) return new SecureError('conflict', `the plan is out of date: ${first}`, { hint })
  return new SecureError(missing.length > 0 ? 'forbidden' : 'invalid', `the plan cannot be carried out: ${first}`, {
    hint,
  })
}

const rolesHint = 'kubectl secure preflight prints the Role that is missing'

function rightText({ attributes: { verb, group, resource, subresource, namespace } }: RightNeeded): string {
  const type = `${resource}${subresource === undefined ? '' : `/${subresource}`}${group ? `.${group}` : ''}`
  return `you may not ${verb} ${type}${namespace === undefined ? '' : ` in namespace ${namespace}`}`
}
