import { metaOf, specOf, textAt, textsAt } from '../../isolation/raw.ts'
import { parseCidr } from '../../network/address.ts'
import { protocolNamed } from '../../network/traffic.ts'
import type { End, Need } from '../model.ts'
import type { Found } from './ends.ts'
import { type Ground, objectText, refOf } from './ground.ts'
import { endOf } from './hosts.ts'
import { containerPorts, targetsOf } from './services.ts'
import { workloadText } from './workloads.ts'

/** What of the namespace is open to the world: Services of the types NodePort and LoadBalancer, external addresses, and ports of nodes. */
export function publishedOf(ground: Ground): Found {
  const services = servicesOf(ground)
  return { needs: [...services.needs, ...hostPorts(ground)], notes: services.notes, gaps: [] }
}

function servicesOf(ground: Ground): Pick<Found, 'needs' | 'notes'> {
  const notes: string[] = []
  const own = ground.declaring('/Service').filter((raw) => metaOf(raw).namespace === ground.namespace)
  const needs = own.flatMap((service): Need[] => {
    const spec = specOf(service)
    const type = textAt(spec, 'type')
    const isOutside = type === 'NodePort' || type === 'LoadBalancer' || textsAt(spec, 'externalIPs').length > 0
    if (!isOutside) return []
    const isLocal = textAt(spec, 'externalTrafficPolicy') === 'Local'
    const ranges = textsAt(spec, 'loadBalancerSourceRanges').filter((cidr) => parseCidr(cidr) !== undefined)
    const shown = objectText(service)
    if (!isLocal)
      notes.push(
        `${shown} has externalTrafficPolicy Cluster: its clients come with addresses of nodes, and no policy can tell them apart`,
      )
    // Only where the client's own address arrives can a policy look at it.
    const from: End =
      isLocal && ranges.length > 0
        ? { kind: 'block', cidrs: ranges, name: `the source ranges of ${shown}` }
        : { kind: 'anyone', name: `anyone, as ${shown} is published` }
    const what = `${shown}, type ${type || 'ClusterIP with external addresses'}`
    return targetsOf(ground, service).map(({ end, ports }) => ({
      from,
      to: end,
      ports,
      by: [{ how: 'declared', what, ref: refOf(service), at: 'spec.type' }],
    }))
  })
  return { needs, notes }
}

function hostPorts(ground: Ground): Need[] {
  return ground.workloads.flatMap((workload) => {
    if (workload.hostNetwork) return []
    return containerPorts(workload.spec).flatMap(({ hostPort, protocol, port }): Need[] => {
      const name = protocolNamed(protocol)
      if (hostPort === undefined || !name) return []
      const what = `hostPort ${hostPort} of ${workloadText(workload)}`
      return [
        {
          from: { kind: 'anyone', name: `anyone, by ${what}` },
          to: endOf(ground, workload),
          ports: [{ protocol: name, port }],
          by: [{ how: 'declared', what, ref: workload.ref, at: `${workload.specPath}.containers` }],
        },
      ]
    })
  })
}
