import type { Enforcer } from '../network/model.ts'
import type { PodPlan } from './plan-pods.ts'
import { listAt, metaOf, numberAt, type Raw, recordAt, specOf, statusOf, textAt, textsAt } from './raw.ts'
import type { IsolationWarning } from './report.ts'

export type Restarts = { refused?: { why: string; hint: string }; warnings: IsolationWarning[] }

/**
 * Which containers their own probes would have restarted once the pod is cut off, and with them what is in memory. The kubelet's
 * probes come from the pod's node, which policies let in; but a command that asks the network fails, and a page that says how the
 * pod's dependencies are does too. Only what speaks for itself is a reason to refuse: of other probes it cannot be known.
 */
export function predictRestarts(pods: Raw[], plans: PodPlan[], enforcer: Enforcer): Restarts {
  const cut = new Set(plans.filter(({ standing }) => standing === 'enforceable').map(({ ref }) => ref.uid))
  const found = pods
    .filter((pod) => cut.has(metaOf(pod).uid))
    .flatMap((pod) => probesOf(pod).map((probe) => ({ pod, ...probe })))
  const failing = found.filter(({ why }) => why !== undefined)
  const open = found.filter(({ why }) => why === undefined)
  const [first] = failing
  return {
    ...(first
      ? {
          refused: {
            why: `a probe would restart ${first.name} of ${nameOf(first.pod)} about ${first.seconds} s after the cut, and lose what is in its memory: ${first.why}`,
            hint: '--evidence-first collects before the cut; --accept-restart cuts all the same',
          },
        }
      : {}),
    warnings: [
      ...failing.map(
        ({ pod, name, what, seconds, why }): IsolationWarning => ({
          kind: 'probe',
          text: `${nameOf(pod)}: the ${what} of ${name} would fail and restart it after about ${seconds} s: ${why}`,
        }),
      ),
      ...(open.length > 0
        ? [
            {
              kind: 'probe' as const,
              text: `${[...new Set(open.map(({ pod, what, name }) => `${nameOf(pod)} (${what} of ${name})`))].slice(0, 5).join(', ')}: ${kubeletText(enforcer)}; if the answer depends on what is cut off, the container restarts after about ${Math.min(...open.map(({ seconds }) => seconds))} s`,
            },
          ]
        : []),
    ],
  }
}

type Probe = { name: string; what: string; seconds: number; why: string | undefined }

// Whoever writes a pod may write a megabyte of it.
const mostText = 4096

const restarting = ['livenessProbe', 'startupProbe'] as const

function probesOf(pod: Raw): Probe[] {
  // Sidecars are init containers that stay.
  const sidecars = listAt(specOf(pod), 'initContainers').filter((one) => one['restartPolicy'] === 'Always')
  return [...listAt(specOf(pod), 'containers'), ...sidecars].flatMap((container) =>
    restarting.flatMap((what): Probe[] => {
      const probe = recordAt(container, what)
      if (Object.keys(probe).length === 0 || (what === 'startupProbe' && hasStarted(pod, textAt(container, 'name'))))
        return []
      const seconds = (numberAt(probe, 'periodSeconds') ?? 10) * (numberAt(probe, 'failureThreshold') ?? 3)
      return [{ name: textAt(container, 'name'), what, seconds, why: whyItFails(probe) }]
    }),
  )
}

function hasStarted(pod: Raw, container: string): boolean {
  const statuses = [...listAt(statusOf(pod), 'containerStatuses'), ...listAt(statusOf(pod), 'initContainerStatuses')]
  return statuses.some((status) => textAt(status, 'name') === container && status['started'] === true)
}

// Programs that are there to ask others. What they ask may be the pod itself, which is why addresses of its own are let pass.
const network =
  /(?:^|[\s/;|&(`"'])(?:curl|wget|nc|ncat|netcat|dig|nslookup|host|getent|ping6?|psql|pg_isready|mysql|mysqladmin|mariadb|mongo|mongosh|redis-cli|kafka-[a-z-]+|nats|etcdctl|grpc_health_probe|grpcurl|telnet|socat|openssl|ssh|kubectl)(?=$|[\s;|&)`"'.])/
// What has no other end of its own always asks somebody else's.
const asking = /(?:^|[\s/;|&(`"'])(?:nc|ncat|netcat|telnet|dig|nslookup|ping6?)(?=$|[\s;|&)`"'.])/
const itself =
  /(?:^|[^\w.])(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?|0\.0\.0\.0|\$\{?(?:HOSTNAME|POD_IP)\}?)(?=$|[^\w.])/
const dependencies =
  /(?:^|[/_?&=.-])(?:db|database|deps?|dependenc(?:y|ies)|deep|upstreams?|backends?|readyz?|readiness)(?:$|[/_?&=.-])/i

function whyItFails(probe: Raw): string | undefined {
  const command = textsAt(recordAt(probe, 'exec'), 'command').join(' ').slice(0, mostText)
  if (command !== '') {
    // Clients of databases ask the local one unless told otherwise.
    const program = network.exec(command)
    const tellsWhere = /(?:^|\s)(?:-h|--host)[\s=]|[a-z]+:\/\/|[\w-]+\.[\w.-]+|[\w.-]+:\d+|\$/i.test(command)
    return program && (tellsWhere || asking.test(command)) && !itself.test(command)
      ? 'its command asks the network'
      : undefined
  }
  const http = recordAt(probe, 'httpGet')
  const path = textAt(http, 'path').slice(0, mostText)
  return dependencies.test(path) ? `its path ${path} is that of a check of what the pod depends on` : undefined
}

function kubeletText(enforcer: Enforcer): string {
  return enforcer === 'calico' || enforcer === 'cilium'
    ? "probes come from the pod's node and go on"
    : "probes come from the pod's node, which most network plugins let in"
}

function nameOf(pod: Raw): string {
  const { namespace, name } = metaOf(pod)
  return `${namespace}/${name}`
}
