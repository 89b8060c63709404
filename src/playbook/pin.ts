import type { Json } from '../change/plan.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { objectPath } from '../cluster/object-path.ts'
import { isForbidden, SecureError } from '../errors.ts'
import { kinds } from '../isolation/get.ts'
import { isNamed, type Named, valueOf } from './input-value.ts'
import type { Input, Pinned } from './model.ts'

const placeOf = new Map<string, (typeof kinds)[keyof typeof kinds]>(Object.values(kinds).map((one) => [one.kind, one]))
const headOnly = { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' }

/**
 * The value of an answer, an object of the cluster pinned to its uid: a namesake is another one. Where it may not be read it stays without one, and `warn`
 * says so. Throws SecureError: `usage` for what is not such a value, `not-found`, `conflict` where it has another uid.
 */
export async function pinned(
  cluster: Cluster,
  input: Input,
  value: Json,
  { namespace, warn }: { namespace?: string; warn(line: string): void },
): Promise<Json> {
  const found = valueOf(input, value, namespace)
  return isNamed(found) ? await pin(cluster, found, warn) : found
}

async function pin(cluster: Cluster, named: Named, warn: (line: string) => void): Promise<Pinned> {
  const place = placeOf.get(named.kind)
  if (!place) throw new TypeError(`nothing is known of ${named.kind}`)
  const isGlobal = named.kind === 'Namespace' || named.kind === 'Node'
  const where = isGlobal ? {} : { namespace: named.namespace ?? cluster.namespace }
  const { kind, name } = named
  const what = `${kind} ${where.namespace === undefined ? '' : `${where.namespace}/`}${name}`
  try {
    // What is in a Secret is nobody's business here, and of the others its head is enough.
    const path = objectPath({ apiVersion: place.apiVersion, resource: place.resource, name, ...where })
    const { metadata } = await cluster.json<{ metadata?: { uid?: string } }>({ path, headers: headOnly })
    const uid = metadata?.uid
    if (named.uid !== undefined && named.uid !== uid)
      throw new SecureError('conflict', `${what} is another one now: its uid is ${uid}, not ${named.uid}`)
    return { kind, ...where, name, ...(uid !== undefined && { uid }) }
  } catch (error) {
    if (error instanceof SecureError && error.code === 'not-found')
      throw new SecureError('not-found', `there is no ${what}`, { cause: error })
    if (!isForbidden(error)) throw error
    warn(`${what} may not be read: it is not known that it is there, and it is not pinned to its uid`)
    return { kind, ...where, name, ...(named.uid !== undefined && { uid: named.uid }) }
  }
}
