import { SecureError } from '../errors.ts'
import { metaOf, type Raw, specOf, textAt } from '../isolation/raw.ts'

/** The objects that field and label selectors mean: those that are asked for here. Throws SecureError for another one: an answer without it would be another. */
export function selectedBy(query: URLSearchParams): (raw: Raw) => boolean {
  const fields = parts(query.get('fieldSelector'))
  const labels = parts(query.get('labelSelector'))
  return (raw) =>
    fields.every(([name, value]) => fieldOf(raw, name) === value) &&
    labels.every(([name, value]) => metaOf(raw).labels[name] === value)
}

function parts(selector: string | null): [string, string][] {
  return (selector ?? '')
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [, name, value] = /^([^=!\s]+)==?([^=\s]*)$/.exec(part) ?? []
      if (name === undefined || value === undefined)
        throw new SecureError('not-found', `the selector ${part} is not for a snapshot`)
      return [name, value]
    })
}

function fieldOf(raw: Raw, name: string): string {
  const { namespace, name: own } = metaOf(raw)
  if (name === 'metadata.name') return own
  if (name === 'metadata.namespace') return namespace
  if (name === 'type') return textAt(raw, 'type')
  if (name.startsWith('spec.')) return textAt(specOf(raw), name.slice('spec.'.length))
  throw new SecureError('not-found', `the field ${name} is not for a snapshot`)
}
