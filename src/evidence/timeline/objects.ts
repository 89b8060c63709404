import { object, type Raw, text } from '../../audit-log/read/fields.ts'
import { isoMicros, type SourceClock } from '../../audit-log/timeline-clock.ts'
import { micros } from '../../audit-log/event.ts'
import { planLabel } from '../../change/plan.ts'
import { writtenFields } from './managed-fields.ts'
import { containerRows, type Pod } from './pods.ts'
import { type Around, type Found, rowOf, type Said, timeOr, wholeOr } from './row.ts'

/** Of the type of an object, what its rows are made of. */
export type Type = { group: string; resource: string }

// What our own writes say they are by (`fieldManager`).
const ownManager = 'kubectl-secure'
const components = new Set(['kubelet', 'kube-controller-manager', 'kube-scheduler', 'kube-apiserver'])

/** What an object tells of when it changed: its creation, who says to have written its fields, its conditions, its end. */
export function* objectRows(raw: Raw, type: Type, around: Around, pod?: Pod): Generator<Found> {
  const { clocks, file, line } = around
  const meta = object(raw['metadata']) ?? {}
  const [name, namespace] = [text(meta['name']), text(meta['namespace'])]
  const uid = text(meta['uid']) ?? `${type.group}/${type.resource}/${namespace ?? ''}/${name ?? ''}`
  const routine = type.group === 'coordination.k8s.io' && type.resource === 'leases' ? 'a lease' : undefined
  const found = (time: string, clock: SourceClock, { what, ...said }: Said): Found => ({
    of: uid,
    row: rowOf(time, clock, {
      ...(namespace !== undefined && { namespace }),
      ...(name !== undefined && { name }),
      ...(routine !== undefined && { routine }),
      at: [{ file, line }],
      ...said,
      what: `${type.resource} ${what}`,
    }),
  })

  const isPlan = text(object(meta['labels'])?.[planLabel])
  const created = timeOr(meta['creationTimestamp'])
  if (created !== undefined) yield found(created, clocks.servers, createdBy(raw, type, isPlan))
  for (const { time, manager, operation, subresource, fields } of writtenFields(meta['managedFields'])) {
    const isStatus = subresource === 'status' && components.has(manager)
    yield found(time, clocks.servers, {
      ...(manager === ownManager && { kind: 'change' as const }),
      by: manager,
      claimed: true,
      what: `${operation}${subresource === '' ? '' : ` of ${subresource}`}: ${fields}`,
      ...(isStatus && { routine: 'a write of status' }),
    })
  }
  for (const { time, clock, what } of conditions(raw, type, around, pod)) yield found(time, clock, { what })
  if (pod) for (const { time, clock, said } of containerRows(raw, pod, clocks)) yield found(time, clock, said)
  const end = deletion(meta)
  if (end) yield found(end.time, clocks.servers, { what: end.what })
}

function createdBy(raw: Raw, { resource }: Type, plan: string | undefined): Said {
  const [meta, spec] = [object(raw['metadata']), object(raw['spec'])]
  // The API server writes there who asked, whatever the request says (certificates strategy.go).
  const requester = resource === 'certificatesigningrequests' ? text(spec?.['username']) : undefined
  const account =
    resource === 'secrets' ? text(object(meta?.['annotations'])?.['kubernetes.io/service-account.name']) : undefined
  const more = [
    ...(account === undefined ? [] : [`for service account ${account}`]),
    ...(plan === undefined ? [] : [`with the label of plan ${plan}`]),
  ]
  return {
    what: ['created', ...more].join(' '),
    ...(requester !== undefined && { by: requester }),
    ...(plan !== undefined && { kind: 'change' as const }),
  }
}

/**
 * When its deletion was asked for: deletionTimestamp is when the grace is over (registry/rest/delete.go). What waits for finalizers then has no grace any
 * more, and the time that it ended.
 */
function deletion(meta: Raw): { time: string; what: string } | undefined {
  const at = timeOr(meta['deletionTimestamp'])
  if (at === undefined) return undefined
  const grace = Math.max(wholeOr(meta['deletionGracePeriodSeconds'], 0), 0)
  const how = grace > 0 ? `asked for, with ${grace} s of grace` : 'asked for, or its grace over'
  const asked = isoMicros((micros(at) ?? 0) - grace * 1_000_000).replace('.000000Z', 'Z')
  return asked === '' ? undefined : { time: asked, what: `deletion ${how}, and still there` }
}

type Condition = { time: string; clock: SourceClock; what: string }

/** Conditions, those of one moment as one. */
function conditions(raw: Raw, { resource }: Type, { clocks }: Around, pod: Pod | undefined): Condition[] {
  const all = object(raw['status'])?.['conditions']
  const moments = new Map<string, { time: string; clock: SourceClock; said: string[] }>()
  for (const one of Array.isArray(all) ? all.map(object) : []) {
    const [type, status, time] = [text(one?.['type']), text(one?.['status']), timeOr(one?.['lastTransitionTime'])]
    if (type === undefined || status === undefined || time === undefined) continue
    const clock = conditionClock(type, status)
    const key = `${clock.source} ${time}`
    const moment = moments.get(key) ?? { time, clock, said: [] }
    moments.set(key, moment)
    const reason = text(one?.['reason']) ?? ''
    moment.said.push(`${type}=${status}${reason === '' ? '' : ` (${reason})`}`)
  }
  return [...moments.values()].map(({ time, clock, said }) => ({ time, clock, what: `condition ${said.join(', ')}` }))

  // Who binds a pod is the API server itself (BindingREST); a kubelet writes what else is of its pods and its node, by the clock of the node.
  function conditionClock(type: string, status: string): SourceClock {
    if (pod && type === 'PodScheduled' && status === 'True') return clocks.servers
    if (pod?.node !== undefined && type !== 'DisruptionTarget') return clocks.node(pod.node)
    const name = text(object(raw['metadata'])?.['name'])
    if (resource === 'nodes' && name !== undefined && status !== 'Unknown') return clocks.node(name)
    return { source: 'controllers' }
  }
}
