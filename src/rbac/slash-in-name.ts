import { SecureError } from '../errors.ts'

/** Why an object of a type that is served cannot be called so; names that only rules know (signers, users) may have a slash. */
export function slashInName(type: string, name: string, subresources: readonly string[]): SecureError {
  const [first, last] = [name.slice(0, name.indexOf('/')), name.slice(name.lastIndexOf('/') + 1)]
  const [object, subresource] = subresources.includes(first) ? [last, first] : [first, last]
  return new SecureError('usage', `"${type}/${name}": no object has a slash in its name, so nobody can ask for this`, {
    hint: `a subresource of one object is asked about with --subresource: ${type}/${object || 'NAME'} --subresource=${subresource || 'SUBRESOURCE'}`,
  })
}
