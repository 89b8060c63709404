import type { PodPlan } from './plan-pods.ts'
import { listAt, metaOf, type Raw, recordAt, specOf, textAt, textsAt } from './raw.ts'
import { type About, named, nameOf } from './warnings-together.ts'

const meshContainers = new Set(['istio-proxy', 'linkerd-proxy', 'envoy-sidecar', 'consul-dataplane', 'kuma-sidecar'])

/** Ways past every network policy that the pod itself has. */
export function escapeWarnings({ ref, standing }: PodPlan, pod: Raw): About[] {
  if (standing !== 'enforceable') return []
  const spec = specOf(pod)
  const containers = [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')]
  const pods = nameOf(ref)
  const said = (text: string, next?: string): About => ({ kind: 'bypass', pods, text, ...(next ? { next } : {}) })
  const security = containers.map((container) => recordAt(container, 'securityContext'))
  const found: About[] = []
  if (security.some((context) => context['privileged'] === true)) {
    found.push(
      said(
        'it is privileged and can leave its network for that of the node',
        'take the node for lost: isolate node/NAME, and cut the machine off',
      ),
    )
  }
  const spaces = ['hostPID', 'hostIPC'].filter((key) => spec[key] === true)
  if (spaces.length > 0)
    found.push(said(`it shares ${spaces.join(' and ')} with its node, and so with other pods there`))
  if (
    security.some((context) =>
      textsAt(recordAt(context, 'capabilities'), 'add').some((name) =>
        /^(?:CAP_)?(?:NET_ADMIN|SYS_ADMIN|SYS_PTRACE|BPF|ALL)$/i.test(name),
      ),
    )
  ) {
    found.push(said('a container of it holds capabilities that reach past its own network'))
  }
  if (listAt(spec, 'volumes').some((volume) => Object.hasOwn(volume, 'hostPath'))) {
    found.push(said('it has files of its node mounted: what it writes there others read'))
  }
  const ports = containers
    .flatMap((container) => listAt(container, 'ports'))
    .filter((port) => Number(port['hostPort'] ?? 0) > 0)
  if (ports.length > 0) {
    found.push(
      said(
        `its host ports ${named(ports.map((port) => String(port['hostPort'])))} are reached through the node: some network plugins let that past policies`,
      ),
    )
  }
  const ambient = metaOf(pod).annotations['ambient.istio.io/redirection'] === 'enabled'
  if (ambient || containers.some((container) => meshContainers.has(textAt(container, 'name')))) {
    found.push(
      said(
        'a mesh carries its traffic (Istio ambient tunnels it through port 15008 of the node): what policies see are the ends of tunnels',
      ),
    )
  }
  return found
}
