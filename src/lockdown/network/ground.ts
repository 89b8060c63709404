import { groupOf } from '../../cluster/object-path.ts'
import type { ObjectRef } from '../../change/plan.ts'
import { metaOf, type Raw, specOf, statusOf, stringsAt, textAt, textsAt } from '../../isolation/raw.ts'
import type { LockdownScene } from '../model.ts'
import { resourceOf, type Workload, workloadsOf } from './workloads.ts'

/** A scene made ready to be looked things up in. */
export type Ground = {
  scene: LockdownScene
  namespace: string
  workloads: Workload[]
  /** Pods that have not ended, by namespace. */
  pods: ReadonlyMap<string, Raw[]>
  nodes: Raw[]
  /** What declares connections, by `group/Kind`. */
  declaring(kind: string): Raw[]
  service(namespace: string, name: string): Raw | undefined
  /** The Service that an address belongs to. */
  serviceAt(address: string): Raw | undefined
  slices(namespace: string, service: string): Raw[]
  /** Pods anywhere in the cluster that have all of these labels. */
  podsLabelled(labels: Record<string, string>): Raw[]
}

export function groundOf(scene: LockdownScene): Ground {
  const namespace = metaOf(scene.namespace).name
  const running = scene.network.objects.filter((raw) => isCore(raw, 'Pod') && !hasEnded(raw))
  const pods = Map.groupBy(running, (pod) => metaOf(pod).namespace)
  const byKind = Map.groupBy(scene.declaring, (raw) => `${groupOf(textAt(raw, 'apiVersion'))}/${textAt(raw, 'kind')}`)
  const declaring = (kind: string) => byKind.get(kind) ?? []
  const services = new Map(declaring('/Service').map((raw) => [pathOf(raw), raw]))
  const addresses = new Map(
    declaring('/Service').flatMap((raw) => clusterAddresses(raw).map((address) => [address, raw] as const)),
  )
  const slices = Map.groupBy(declaring('discovery.k8s.io/EndpointSlice'), (raw) => {
    const { namespace: space, labels } = metaOf(raw)
    return `${space}/${labels['kubernetes.io/service-name'] ?? ''}`
  })
  const labelled = new Map<string, Raw[]>()
  return {
    scene,
    namespace,
    workloads: workloadsOf(scene.workloads, pods.get(namespace) ?? [], namespace),
    pods,
    nodes: scene.network.objects.filter((raw) => isCore(raw, 'Node')),
    declaring,
    service: (space, name) => services.get(`${space}/${name}`),
    serviceAt: (address) => addresses.get(address),
    slices: (space, service) => slices.get(`${space}/${service}`) ?? [],
    podsLabelled(labels) {
      const key = JSON.stringify(labels)
      const known = labelled.get(key) ?? running.filter((pod) => hasLabels(pod, labels))
      labelled.set(key, known)
      return known
    },
  }
}

const labels = new WeakMap<Raw, Record<string, string>>()

/** The labels of an object, looked up once: every Service is asked about every pod. */
export function labelsOf(raw: Raw): Record<string, string> {
  const known = labels.get(raw) ?? metaOf(raw).labels
  labels.set(raw, known)
  return known
}

export const isHeadless = (service: Raw): boolean => textAt(specOf(service), 'clusterIP') === 'None'

/** A Service that names its pods; others have endpoints that somebody wrote by hand, or none. */
export function serviceSelector(service: Raw): Record<string, string> | undefined {
  const selector = stringsAt(specOf(service), 'selector')
  return Object.keys(selector).length > 0 ? selector : undefined
}

/** `Service shop/cart`. */
export function objectText(raw: Raw): string {
  const { namespace, name } = metaOf(raw)
  return `${textAt(raw, 'kind')} ${namespace === '' ? '' : `${namespace}/`}${name}`
}

export function refOf(raw: Raw): ObjectRef {
  const { namespace, name } = metaOf(raw)
  const kind = textAt(raw, 'kind')
  return {
    apiVersion: textAt(raw, 'apiVersion'),
    kind,
    resource: resourceOf(kind),
    ...(namespace === '' ? {} : { namespace }),
    name,
  }
}

export const pathOf = (raw: Raw): string => `${metaOf(raw).namespace}/${metaOf(raw).name}`

function clusterAddresses(service: Raw): string[] {
  const spec = specOf(service)
  return [textAt(spec, 'clusterIP'), ...textsAt(spec, 'clusterIPs')].filter((ip) => ip !== '' && ip !== 'None')
}

function isCore(raw: Raw, kind: string): boolean {
  return raw['apiVersion'] === 'v1' && raw['kind'] === kind
}

function hasEnded(pod: Raw): boolean {
  const phase = textAt(statusOf(pod), 'phase')
  return phase === 'Succeeded' || phase === 'Failed'
}

function hasLabels(pod: Raw, wanted: Record<string, string>): boolean {
  const own = labelsOf(pod)
  return Object.entries(wanted).every(([key, value]) => Object.hasOwn(own, key) && own[key] === value)
}
