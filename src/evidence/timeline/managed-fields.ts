import { object, type Raw, text } from '../../audit-log/read/fields.ts'
import { timeOr } from './row.ts'

export type Written = { time: string; manager: string; operation: string; subresource: string; fields: string }

const shownFields = 6
// Below these stands what tells one write from another.
const deeper = new Set(['metadata', 'spec', 'status'])

/**
 * Who last wrote which fields of an object, and when: the API server sets the time, the client chooses its name (meta/v1 types.go,
 * ManagedFieldsEntry). Of fields that two have written only the last is there.
 */
export function writtenFields(managedFields: unknown): Written[] {
  const entries = Array.isArray(managedFields) ? managedFields.map(object) : []
  return entries.flatMap((entry) => {
    const time = timeOr(entry?.['time'])
    if (!entry || time === undefined) return []
    return [
      {
        time,
        manager: text(entry['manager']) ?? '',
        operation: text(entry['operation']) ?? 'Update',
        subresource: text(entry['subresource']) ?? '',
        fields: fieldsText(object(entry['fieldsV1'])),
      },
    ]
  })
}

function fieldsText(fields: Raw | undefined): string {
  const names: string[] = []
  for (const name of namesIn(fields)) {
    const inner = deeper.has(name) ? namesIn(object(fields?.[`f:${name}`])) : []
    names.push(...(inner.length > 0 ? inner.map((one) => `${name}.${one}`) : [name]))
  }
  const more = names.length - shownFields
  return `${names.slice(0, shownFields).join(', ')}${more > 0 ? `, and ${more} more` : ''}`
}

function namesIn(fields: Raw | undefined): string[] {
  return Object.keys(fields ?? {}).flatMap((key) => (key.startsWith('f:') ? [key.slice(2)] : []))
}
