import type { Json } from '../../change/plan.ts'
import { SecureError } from '../../errors.ts'
import { withSuggestion } from '../../schema/checked-yaml.ts'
import type { Args, Pinned, ValueType } from '../model.ts'

export type Parameter = { type: ValueType; required?: boolean; values?: string[]; about: string }
export type Parameters = Record<string, Parameter>

/** What a parameter is once it was looked at. */
type ValueOf<P extends Parameter> = P['type'] extends 'bool'
  ? boolean
  : P['type'] extends 'number'
    ? number
    : P['type'] extends 'list'
      ? Json[]
      : P['type'] extends 'pod' | 'workload' | 'node' | 'serviceaccount' | 'secret' | 'namespace' | 'object'
        ? Pinned
        : string
type Required<W extends Parameters> = { [K in keyof W]: W[K]['required'] extends true ? K : never }[keyof W]

/** The arguments of an action, as its parameters say. */
export type Given<W extends Parameters> = { [K in Required<W>]: ValueOf<W[K]> } & {
  [K in Exclude<keyof W, Required<W>>]?: ValueOf<W[K]>
}

export const workloadKinds = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
  'CronJob',
]
const kindsOf: Partial<Record<ValueType, string[]>> = {
  pod: ['Pod'],
  workload: workloadKinds,
  node: ['Node'],
  serviceaccount: ['ServiceAccount'],
  secret: ['Secret'],
  namespace: ['Namespace'],
}

/** Looks at the arguments of an action. Throws SecureError `usage` for one that it does not take, that is missing, or that is something else. */
export function given<W extends Parameters>(action: string, parameters: W, args: Args): Given<W> {
  const found: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(args)) {
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined
    if (!parameter)
      throw new SecureError('usage', withSuggestion(`${action} takes no ${name}`, name, Object.keys(parameters)))
    // An input that was left out is null.
    if (value !== null) found[name] = valueOf(`${action}: ${name}`, parameter, value)
  }
  for (const [name, { required }] of Object.entries(parameters))
    if (required && found[name] === undefined) throw new SecureError('usage', `${action} needs ${name}`)
  return found as Given<W>
}

/** As many of the arguments as are known and right: rights are asked for before all are. */
export function knownOf<W extends Parameters>(action: string, parameters: W, args: Args): Partial<Given<W>> {
  const found = Object.entries(args).flatMap(([name, value]) => {
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined
    try {
      return !parameter || value === null ? [] : [[name, valueOf(action, parameter, value)]]
    } catch (error) {
      if (!(error instanceof SecureError)) throw error
      return []
    }
  })
  return Object.fromEntries(found) as Partial<Given<W>>
}

function valueOf(what: string, { type, values }: Parameter, value: Json): Json | Pinned {
  const isWrong = (): SecureError => new SecureError('usage', `${what} has to be a ${type}, not ${shown(value)}`)
  if (type === 'bool' || type === 'number') {
    if (typeof value !== (type === 'bool' ? 'boolean' : 'number')) throw isWrong()
    return value
  }
  // One is a list of one: what a question found and what a person chose go to the same place.
  if (type === 'list') return Array.isArray(value) ? value : [value]
  if (type === 'namespace' && typeof value === 'string') return { kind: 'Namespace', name: value }
  if (type === 'object' || kindsOf[type]) {
    const pin = pinIn(value)
    if (!pin || (kindsOf[type] && !kindsOf[type].includes(pin.kind))) throw isWrong()
    return pin
  }
  if (typeof value !== 'string' || value === '') throw isWrong()
  if (type === 'image-digest' && !/^sha256:[0-9a-f]{64}$/.test(value)) throw isWrong()
  if (values && !values.includes(value))
    throw new SecureError('usage', withSuggestion(`${what}: ${JSON.stringify(value)} is none of them`, value, values))
  return value
}

/** A pinned object, without what else may be beside it; undefined for what is none. */
export function pinIn(value: Json): Pinned | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { kind, namespace, name, uid } = value
  if (typeof kind !== 'string' || typeof name !== 'string' || name === '') return undefined
  if ([namespace, uid].some((one) => one !== undefined && one !== null && typeof one !== 'string')) return undefined
  return {
    kind,
    ...(typeof namespace === 'string' && namespace !== '' && { namespace }),
    name,
    ...(typeof uid === 'string' && uid !== '' && { uid }),
  }
}

/** The pinned objects of a list, of these kinds alone. Throws SecureError `usage`. */
export function pinsIn(what: string, list: readonly Json[], kinds?: readonly string[]): Pinned[] {
  return list.map((value) => {
    const pin = pinIn(value)
    if (pin && (!kinds || kinds.includes(pin.kind))) return pin
    const wanted = kinds ? ` (${kinds.join(', ')})` : ''
    throw new SecureError('usage', `${what} is of objects of the cluster${wanted}, not of ${shown(value)}`)
  })
}

/** The texts of a list. Throws SecureError `usage`. */
export function textsIn(what: string, list: readonly Json[] = []): string[] {
  return list.map((value) => {
    if (typeof value === 'string') return value
    throw new SecureError('usage', `${what} is of texts, not of ${shown(value)}`)
  })
}

const shown = (value: Json): string => (JSON.stringify(value) ?? 'nothing').slice(0, 120)
