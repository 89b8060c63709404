import type { Json } from '../../../../src/bundle/entry.ts'
import { isSame } from '../../../../src/evidence/diff/fields.ts'
import type { FieldChange, Step } from '../../../../src/evidence/diff/report.ts'

type Fields = { [key: string]: Json }

/** Carries changes out, one after the other. Throws where one does not fit. */
export function applied(value: Json, changes: readonly FieldChange[]): Json {
  return changes.reduce((so, change) => (change.order ? ordered(so, change) : changed(so, change.path, change)), value)
}

function changed(value: Json | undefined, path: readonly Step[], change: FieldChange): Json {
  const [step, ...rest] = path
  if (step === undefined) {
    if (value === undefined ? change.before !== undefined : !isSame(value, change.before ?? null))
      throw new Error('before')
    if (change.after === undefined) throw new Error('not at the root')
    return change.after
  }
  const isGone = rest.length === 0 && change.after === undefined
  if (typeof step === 'string') {
    const entries = Object.entries(value as Fields)
    const at = entries.find(([key]) => key === step)?.[1]
    if (isGone && at === undefined) throw new Error('it is not there')
    const others = entries.filter(([key]) => key !== step)
    return fromEntries(isGone ? others : [...others, [step, changed(at, rest, change)]])
  }
  const list = value as Fields[]
  const index = list.findIndex((item) => isNamed(item, step))
  if (isGone) return list.filter((_, at) => at !== index)
  const next = changed(list[index], rest, change)
  return index < 0 ? [...list, next] : list.map((item, at) => (at === index ? next : item))
}

function ordered(value: Json, { path, after }: FieldChange): Json {
  const change = (at: Json | undefined, [step, ...rest]: readonly Step[]): Json => {
    if (step === undefined) {
      const list = at as Fields[]
      return (after as Exclude<Step, string>[]).map((names) => {
        const item = list.find((one) => isNamed(one, names))
        if (item === undefined) throw new Error('no such item')
        return item
      })
    }
    if (typeof step === 'string') {
      const entries = Object.entries(at as Fields)
      return fromEntries(entries.map(([key, one]) => [key, key === step ? change(one, rest) : one]))
    }
    return (at as Fields[]).map((item) => (isNamed(item, step) ? change(item, rest) : item))
  }
  return change(value, path)
}

// Of what may name an item, all of it has to be the same: a missing namespace is none.
function isNamed(item: Fields, names: Exclude<Step, string>): boolean {
  const keys = [
    'name',
    'kind',
    'apiGroup',
    'namespace',
    'type',
    'uid',
    'key',
    'effect',
    'mountPath',
    'containerPort',
    'port',
    'protocol',
  ]
  const own = Object.keys(names)
  if (!own.every((key) => Object.hasOwn(item, key) && item[key] === names[key])) return false
  // Two items are told apart by fields that one of them lacks.
  const others = own.includes('kind') || own.includes('apiGroup') ? keys.slice(0, 4) : own
  return others.every((key) => own.includes(key) || typeof item[key] !== 'string')
}

const fromEntries = (entries: [string, Json][]): Json => Object.fromEntries(entries)
