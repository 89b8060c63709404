import type { Json } from '../../bundle/entry.ts'
import { type Fields, fieldsAt, listAt, textAt } from './meaning.ts'
import type { Claim, FieldChange, Step } from './report.ts'

/** When an object was made, and by which client, as it says itself. */
export function claimOfNew(metadata: Fields): Claim | undefined {
  const time = textAt(metadata['creationTimestamp'])
  // Controllers write within the same second; who made it has set the most.
  const first = managersOf(metadata)
    .filter(({ subresource }) => textAt(subresource) === '')
    .toSorted((one, other) => {
      const [early, late] = [textAt(one['time']), textAt(other['time'])]
      return early === late ? sizeOf(other) - sizeOf(one) : early < late ? -1 : 1
    })[0]
  return time === '' ? undefined : { time, ...wordsOf(first) }
}

/**
 * Who has last set one of the fields that changed, as managedFields have it: a client gives its name as it likes, and what is gone has no
 * manager. Source: docs, Server-Side Apply, "Field management"; fieldsV1 has `f:NAME`, and `k:{…}` for an item of a list.
 */
export function claimOfChanged(metadata: Fields, changes: readonly FieldChange[]): Claim | undefined {
  const owners = managersOf(metadata).filter((entry) =>
    changes.some(
      // A version is of whoever wrote last.
      ({ path, after }) =>
        after !== undefined && (path[1] === 'resourceVersion' || isOwned(fieldsAt(entry['fieldsV1']), path)),
    ),
  )
  const [last] = owners.toSorted((one, other) => (textAt(one['time']) < textAt(other['time']) ? 1 : -1))
  const time = textAt(last?.['time'])
  return time === '' ? undefined : { time, ...wordsOf(last) }
}

function managersOf(metadata: Fields): Fields[] {
  return listAt(metadata['managedFields']).map(fieldsAt)
}

const sizeOf = ({ fieldsV1 = null }: Fields) => JSON.stringify(fieldsV1).length

function wordsOf(entry: Fields | undefined): Omit<Claim, 'time'> {
  const [manager, operation] = [textAt(entry?.['manager']), textAt(entry?.['operation'])]
  return { ...(manager !== '' && { manager }), ...(operation !== '' && { operation }) }
}

function isOwned(fields: Fields, path: readonly Step[]): boolean {
  const [step, ...rest] = path
  if (step === undefined) return true
  const child = typeof step === 'string' ? own(fields, `f:${step}`) : itemAt(fields, step)
  // What has nothing below it is owned as a whole.
  if (child === undefined) return Object.keys(fields).length === 0
  return isOwned(fieldsAt(child), rest)
}

function itemAt(fields: Fields, step: Exclude<Step, string>): Json | undefined {
  return Object.entries(fields).find(([key]) => key.startsWith('k:') && isNamed(key.slice(2), step))?.[1]
}

function isNamed(text: string, step: Exclude<Step, string>): boolean {
  try {
    const keys = Object.entries(JSON.parse(text) as object)
    return keys.length > 0 && keys.every(([key, value]) => !Object.hasOwn(step, key) || step[key] === value)
  } catch {
    return false
  }
}

const own = (fields: Fields, key: string): Json | undefined => (Object.hasOwn(fields, key) ? fields[key] : undefined)
