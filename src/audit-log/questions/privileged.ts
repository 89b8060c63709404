import { object, type Raw, texts } from '../read/fields.ts'
import { isDryRun } from './changes.ts'
import { each } from './each.ts'
import { needsOf, type RequestKind } from './question.ts'

// Where the pod is in the object that was sent.
const templates: Record<string, { group: string; path: string[] }> = {
  pods: { group: '', path: [] },
  replicationcontrollers: { group: '', path: ['spec', 'template'] },
  deployments: { group: 'apps', path: ['spec', 'template'] },
  daemonsets: { group: 'apps', path: ['spec', 'template'] },
  statefulsets: { group: 'apps', path: ['spec', 'template'] },
  replicasets: { group: 'apps', path: ['spec', 'template'] },
  jobs: { group: 'batch', path: ['spec', 'template'] },
  cronjobs: { group: 'batch', path: ['spec', 'jobTemplate', 'spec', 'template'] },
}
const about: RequestKind[] = [
  ...Object.entries(templates).map(([resource, { group }]) => ({
    verbs: ['create', 'update', 'patch'],
    group,
    resources: [resource],
  })),
  { verbs: ['update', 'patch'], group: '', resources: ['pods'], subresource: 'ephemeralcontainers' },
]

const powers = ['privileged', 'hostPath', 'hostNetwork', 'hostPID', 'hostIPC', 'capabilities']
// A patch is logged as the client wrote it, and it may write any letter so.
const escapedLetters = ['\\u004', '\\u005', '\\u006', '\\u007']
const ofInterest = new RegExp([...powers, ...escapedLetters].join('|').replaceAll('\\', '\\\\'))

/** What a pod asks for that gives it its node. Patches count by what they hold, as far as they are merge patches. */
export const privilegedPods = each({
  id: 'privileged-pods',
  title: 'Who started pods that can take over their node?',
  severity: 'critical',
  attack: ['T1610', 'T1611'],
  words: [...powers, ...escapedLetters],
  about,
  needs: needsOf(about, 'Request'),
  blind:
    'static pods, which the kubelet reads from its node; what admission webhooks added (level RequestResponse); what a server-side apply in YAML says',
  match: (request) => {
    const { resource = '' } = request.object ?? {}
    const path = templates[resource]?.path ?? []
    const asks = [
      ...new Set(
        [request.requestObject, request.responseObject].flatMap((body) => {
          return body && body.mayHold?.(ofInterest) !== false ? powersIn(body.value, path) : []
        }),
      ),
    ]
    if (asks.length === 0) return undefined
    return `${request.verb} ${resource} with ${asks.join(', ')}${isDryRun(request) ? ' (dry run)' : ''}`
  },
})

function powersIn(body: unknown, path: string[]): string[] {
  const spec = object(object(at(body, path))?.['spec'])
  if (!spec) return []
  const host = ['hostNetwork', 'hostPID', 'hostIPC'].filter((name) => spec[name] === true)
  const volumes = list(spec['volumes']).flatMap((volume) => {
    const hostPath = object(volume['hostPath'])
    return hostPath ? [`hostPath ${String(hostPath['path'])}`] : []
  })
  const containers = ['initContainers', 'containers', 'ephemeralContainers'].flatMap((name) => list(spec[name]))
  return [...host, ...volumes, ...containers.flatMap(containerPowers)]
}

function containerPowers(container: Raw): string[] {
  const context = object(container['securityContext'])
  // The runtime takes them in any case, `all` too (seen with containerd 2.1.5).
  const added = texts(object(context?.['capabilities'])?.['add']).map((name) => name.toUpperCase().replace(/^CAP_/, ''))
  const strong = added.filter((name) => ['ALL', 'SYS_ADMIN', 'SYS_PTRACE', 'SYS_MODULE'].includes(name))
  return [...(context?.['privileged'] === true ? ['privileged'] : []), ...strong.map((name) => `capability ${name}`)]
}

function at(body: unknown, path: string[]): unknown {
  return path.reduce<unknown>((value, name) => object(value)?.[name], body)
}

function list(value: unknown): Raw[] {
  return Array.isArray(value) ? value.map(object).filter((entry) => entry !== undefined) : []
}
