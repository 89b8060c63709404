import { inParallel } from '../../cluster/in-parallel.ts'
import { SecureError } from '../../errors.ts'
import { type Getter, type Kind, kinds } from '../../isolation/get.ts'
import { controllerOf, metaOf, type Raw, specOf, textAt } from '../../isolation/raw.ts'
import { ownedPods } from '../../isolation/target.ts'
import type { Pinned } from '../model.ts'

const byKind = new Map<string, Kind>(Object.values(kinds).map((kind) => [kind.kind, kind]))

/** An object as it is now. Throws SecureError: `not-found`, or `conflict` where another one has its name by now. */
export async function reread(get: Getter, pin: Pinned): Promise<Raw> {
  const kind = byKind.get(pin.kind)
  if (!kind) throw new SecureError('usage', `nothing is done to a ${pin.kind} here`)
  return same(await get.one(kind, pin.namespace, pin.name), pin)
}

/** The object, where it is the one that is meant. Throws SecureError `conflict` for a namesake. */
export function same(raw: Raw, pin: Pinned): Raw {
  const { uid } = metaOf(raw)
  if (pin.uid === undefined || pin.uid === uid) return raw
  throw new SecureError('conflict', `${textOf(pin)} is another one now: its uid is ${uid}, and was ${pin.uid}`, {
    hint: 'the one that was chosen is gone: begin anew with what is there now',
  })
}

/** Those that are there; who is gone by now is left out. Throws SecureError `conflict` for a namesake. */
export async function present(get: Getter, pins: readonly Pinned[]): Promise<Raw[]> {
  const found = await inParallel([...pins], async (pin) => {
    try {
      return [await reread(get, pin)]
    } catch (error) {
      if (error instanceof SecureError && error.code === 'not-found') return []
      throw error
    }
  })
  return found.flat()
}

/** Undefined where it is gone, a namesake or none in its place. */
export async function stillThere(get: Getter, pin: Pinned): Promise<Raw | undefined> {
  try {
    return await reread(get, pin)
  } catch (error) {
    if (error instanceof SecureError && ['not-found', 'conflict'].includes(error.code)) return undefined
    throw error
  }
}

export function pinnedOf(raw: Raw): Pinned {
  const { namespace, name, uid } = metaOf(raw)
  return { kind: String(raw['kind']), ...(namespace !== '' && { namespace }), name, uid }
}

/** `Pod shop/web`. Raw text. */
export const textOf = ({ kind, namespace, name }: Pinned): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

/** The pods that pinned objects mean, each once: by owners' uids and never by labels, which whoever may patch pods can forge. Throws SecureError. */
export async function podsOf(get: Getter, targets: readonly Pinned[]): Promise<Raw[]> {
  const found = await inParallel([...targets], async (pin) => await podsOfOne(get, pin))
  return [...new Map(found.flat().map((raw) => [metaOf(raw).uid, raw])).values()]
}

const between: Record<string, Kind> = { Deployment: kinds.replicaSets, CronJob: kinds.jobs }

async function podsOfOne(get: Getter, pin: Pinned): Promise<Raw[]> {
  const { kind, namespace, name } = pin
  const selected = (field: string) => ({ query: `fieldSelector=${encodeURIComponent(`${field}=${name}`)}` })
  const raw = await reread(get, pin)
  if (kind === 'Pod') return [raw]
  if (kind === 'Namespace') return await get.all(kinds.pods, name)
  if (kind === 'Node') return await get.all(kinds.pods, undefined, selected('spec.nodeName'))
  if (kind === 'ServiceAccount') return await get.all(kinds.pods, namespace, selected('spec.serviceAccountName'))
  const middle = between[kind]
  const [links, pods] = await Promise.all([middle ? get.all(middle, namespace) : [], get.all(kinds.pods, namespace)])
  return ownedPods(raw, links, pods).pods
}

// A pod, a ReplicaSet and a Deployment; owners that name each other in a circle, which anybody can write, end here.
const deepest = 3

/** What is at the top of each object's controllers, by the object's uid; the object itself where it has none that could be read. */
export async function topsOf(get: Getter, raws: readonly Raw[]): Promise<Map<string, Raw>> {
  const known = new Map<string, Raw>()
  let level: readonly Raw[] = raws
  for (let depth = 0; depth < deepest && level.length > 0; depth += 1) level = await ownersOf(get, level, known)
  const topOf = (raw: Raw): Raw => {
    let top = raw
    for (let depth = 0; depth < deepest; depth += 1) top = known.get(controllerOf(top)?.uid ?? '') ?? top
    return top
  }
  return new Map(raws.map((raw) => [metaOf(raw).uid, topOf(raw)]))
}

async function ownersOf(get: Getter, raws: readonly Raw[], known: Map<string, Raw>): Promise<Raw[]> {
  const wanted = raws.flatMap((raw) => {
    const ref = controllerOf(raw)
    const kind = ref && byKind.get(ref.kind)
    if (!ref || kind?.apiVersion !== ref.apiVersion || known.has(ref.uid)) return []
    return [[ref.uid, { ref, kind, namespace: metaOf(raw).namespace }] as const]
  })
  const found = await inParallel([...new Map(wanted).values()], async ({ ref, kind, namespace }) => {
    const raw = await get.maybe(kind, kind === kinds.nodes ? undefined : namespace, ref.name, 'who makes the pods')
    return raw && metaOf(raw).uid === ref.uid ? [raw] : []
  })
  for (const raw of found.flat()) known.set(metaOf(raw).uid, raw)
  return found.flat()
}

/** The service account that a pod runs as, by its name: its uid is not known from the pod. */
export function accountOf(pod: Raw): Pinned & { namespace: string } {
  const name = textAt(specOf(pod), 'serviceAccountName') || 'default'
  return { kind: 'ServiceAccount', namespace: metaOf(pod).namespace, name }
}

export const distinctPins = (pins: readonly Pinned[]): Pinned[] => [
  ...new Map(pins.map((pin) => [JSON.stringify([pin.kind, pin.namespace, pin.name, pin.uid]), pin])).values(),
]
