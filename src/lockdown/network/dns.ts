import { listAt, metaOf, type Raw, specOf, textAt, textsAt } from '../../isolation/raw.ts'
import type { End, Need } from '../model.ts'
import { distinct, type Found, labelsSelector } from './ends.ts'
import { type Ground, objectText, refOf, serviceSelector } from './ground.ts'
import { cidrsOf, endsOf } from './hosts.ts'
import { targetsOf } from './services.ts'

const dnsNamespaces = new Set(['kube-system', 'openshift-dns'])
export const dnsName = 'the DNS of the cluster'
const ports: Need['ports'] = (['UDP', 'TCP'] as const).map((protocol) => ({ protocol, port: 53 }))
/** Source: kubernetes/cluster/addons/dns/nodelocaldns; it listens at this address unless told otherwise. */
const nodeLocal = { labels: { 'k8s-app': 'node-local-dns' }, address: '169.254.20.10' }

/**
 * DNS for all of the namespace: the Service that is the cluster's, as the ports of its pods; and the cache on each node, which
 * answers at an address of the node in place of the Service's.
 */
export function dnsOf(ground: Ground): Found {
  const from: End = { kind: 'namespace', namespace: ground.namespace }
  const services = dnsServices(ground)
  const needs = services.flatMap((service): Need[] =>
    targetsOf(ground, service).map(({ end, ports: targets }) => ({
      from,
      to: end.kind === 'pods' || end.kind === 'block' ? { ...end, name: dnsName } : end,
      ports: targets,
      by: [{ how: 'declared', what: `${objectText(service)}, ${dnsName}`, ref: refOf(service), word: 'cluster' }],
    })),
  )
  const cached = cacheNeeds(ground, from, services)
  if (needs.length > 0 || cached.length > 0) return { needs: [...needs, ...cached], notes: [], gaps: [] }
  const by = [{ how: 'declared' as const, what: 'names that pods look up', word: 'cluster' as const }]
  return {
    needs: [{ from, to: { kind: 'unnamed', name: dnsName }, ports, by }],
    notes: [],
    gaps: [
      {
        what: dnsName,
        resource: 'services',
        why: 'no Service of it was found',
        hides: 'whom to let pods ask for names: no DNS is let through',
      },
    ],
  }
}

/** The Services of the cluster's DNS. */
export function dnsServices(ground: Ground): Raw[] {
  return ground.declaring('/Service').filter((service) => {
    const { namespace, name, labels } = metaOf(service)
    if (namespace === 'openshift-dns') return name === 'dns-default'
    const isNamed = labels['k8s-app'] === 'kube-dns' || name === 'kube-dns' || name === 'coredns'
    // The cache's own Service for what is not of the cluster.
    return (
      namespace === 'kube-system' && isNamed && name !== 'kube-dns-upstream' && serviceSelector(service) !== undefined
    )
  })
}

function cacheNeeds(ground: Ground, from: End, services: readonly Raw[]): Need[] {
  // Anybody may give a pod that label; who may make pods in these namespaces has the cluster's DNS in hand anyway.
  const pods = ground.podsLabelled(nodeLocal.labels).filter((pod) => dnsNamespaces.has(metaOf(pod).namespace))
  // Those on the host answer at an address of the node, by whatever their arguments say; of others these mean nothing.
  const first = pods.find((pod) => specOf(pod)['hostNetwork'] === true) ?? pods[0]
  if (!first) return []
  const { namespace } = metaOf(first)
  const by: Need['by'] = [
    { how: 'declared', what: `the DNS cache on each node, ${objectText(first)}`, ref: refOf(first), word: 'cluster' },
  ]
  if (specOf(first)['hostNetwork'] !== true) {
    const end = { kind: 'pods', namespace, selector: labelsSelector(nodeLocal.labels), name: dnsName } as const
    return endsOf(ground, end, pods).map((to) => ({ from, to, ports, by }))
  }
  // Packets to it are not translated: policies see the address that the pod has asked, that of the Service among them.
  const asked = services.flatMap((service) => [
    textAt(specOf(service), 'clusterIP'),
    ...textsAt(specOf(service), 'clusterIPs'),
  ])
  const cidrs = cidrsOf([...localAddresses(first), ...asked])
  return [{ from, to: { kind: 'block', cidrs, name: dnsName }, ports, by }]
}

/** What -localip says: `169.254.20.10,10.96.0.10`. */
function localAddresses(pod: Raw): string[] {
  const args = listAt(specOf(pod), 'containers').flatMap((container) => [
    ...textsAt(container, 'command'),
    ...textsAt(container, 'args'),
  ])
  const given = args.flatMap((arg, index) => {
    const flag = arg.replace(/^--?/, '')
    if (flag === 'localip') return (args[index + 1] ?? '').split(',')
    return flag.startsWith('localip=') ? flag.slice('localip='.length).split(',') : []
  })
  return distinct(given.length > 0 ? given : [nodeLocal.address])
}
