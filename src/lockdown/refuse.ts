import { metaOf, type Raw } from '../isolation/raw.ts'
import { agentsIn } from '../network/agents.ts'
import { templatesOf } from '../workload/pod-security/templates.ts'
import type { LockdownScene } from './model.ts'
import { controlPlaneOf } from './network/control-plane.ts'
import { dnsServices } from './network/dns.ts'
import { distinct } from './network/ends.ts'
import { groundOf, objectText } from './network/ground.ts'

/** Why a namespace must not be closed; with `forcible` it may be all the same, and `why` is then a note. */
export type Refusal = { why: string; hint: string; forcible: boolean }

const ownSpaces: Record<string, string> = {
  'kube-system': 'the cluster itself runs in it',
  'kube-public': 'the cluster shows in it what everybody may read',
  'kube-node-lease': 'nodes show in it that they live',
}

/**
 * Whether a namespace is one that the cluster rests on, told by what runs there and not only by its name; pure. `stateNamespace`: where
 * the records of changes are, which is never closed.
 */
export function refusalOf(scene: LockdownScene, stateNamespace: string): Refusal | undefined {
  const { name, deleting } = metaOf(scene.namespace)
  if (name === stateNamespace) {
    return {
      why: `the records of changes are in ${name}: closed, it could not be opened again from another machine`,
      hint: 'name another namespace for them: --state-namespace NAMESPACE',
      forcible: false,
    }
  }
  if (deleting) {
    const hint = 'nothing can be made in it any more: wait until it is gone'
    return { why: `namespace ${name} is being deleted`, hint, forcible: false }
  }
  const own = Object.hasOwn(ownSpaces, name) ? ownSpaces[name] : undefined
  const reasons = [...(own === undefined ? [] : [own]), ...agents(scene, name), ...servedFrom(scene, name)]
  if (reasons.length === 0) return undefined
  return {
    why: `the cluster rests on namespace ${name}: ${reasons.join('; ')}`,
    hint: '--force closes it all the same',
    forcible: true,
  }
}

function agents({ network, workloads }: LockdownScene, namespace: string): string[] {
  const pods = network.objects.filter((raw) => raw['kind'] === 'Pod' && metaOf(raw).namespace === namespace)
  // In files there are no pods, and on a cluster perhaps just now.
  const templates = workloads.flatMap(templatesOf).map(({ pod }) => pod as Raw)
  const found = [...pods, ...templates].flatMap(agentsIn).map(({ agent }) => agent)
  return distinct(found).map((agent) => `the network agent of ${agent} runs in it`)
}

function servedFrom(scene: LockdownScene, namespace: string): string[] {
  const ground = groundOf(scene)
  const dns = dnsServices(ground).filter((service) => metaOf(service).namespace === namespace)
  const calls = controlPlaneOf(ground).needs.flatMap(({ by }) => by.map(({ what }) => what))
  return [
    ...dns.map((service) => `the DNS of the cluster, ${objectText(service)}`),
    ...distinct(calls).map((what) => `the API server calls pods in it: ${what}`),
  ]
}
