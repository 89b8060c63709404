import { metaOf, specOf, textAt } from '../../isolation/raw.ts'
import { protocolNamed } from '../../network/traffic.ts'
import type { Need } from '../model.ts'
import { distinctPorts, type Found, nothing, type Ports } from './ends.ts'
import { type Ground, objectText, refOf } from './ground.ts'
import { endOf } from './hosts.ts'
import { containerPorts, targetsOf } from './services.ts'
import { workloadText } from './workloads.ts'

/** Pods of a StatefulSet find each other by its headless Service, and speak on any port that they have. */
export function peersOf(ground: Ground): Found {
  const sets = new Map(
    ground.scene.workloads.filter((raw) => raw['kind'] === 'StatefulSet').map((raw) => [metaOf(raw).name, raw]),
  )
  const needs = ground.workloads.flatMap((workload): Need[] => {
    const raw = workload.ref.kind === 'StatefulSet' ? sets.get(workload.ref.name) : undefined
    const service = raw && ground.service(ground.namespace, textAt(specOf(raw), 'serviceName'))
    if (!service || workload.hostNetwork) return []
    const declared = containerPorts(workload.spec).flatMap(({ protocol, port }): Ports => {
      const name = protocolNamed(protocol)
      return name ? [{ protocol: name, port }] : []
    })
    const ports = distinctPorts([...targetsOf(ground, service).flatMap((target) => target.ports), ...declared])
    const end = endOf(ground, workload)
    const what = `the peers of ${workloadText(workload)}, by its ${objectText(service)}`
    return [{ from: end, to: end, ports, by: [{ how: 'declared', what, ref: refOf(service), at: 'spec.serviceName' }] }]
  })
  return { ...nothing, needs }
}
