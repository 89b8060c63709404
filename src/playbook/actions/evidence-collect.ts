import { join } from 'node:path'
import about from '../../../package.json' with { type: 'json' }
import { newPlanId } from '../../change/id.ts'
import type { Json } from '../../change/plan.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { SecureError } from '../../errors.ts'
import type { EvidenceGap } from '../../evidence/request.ts'
import { getterOf } from '../../isolation/get.ts'
import type { Pinned } from '../model.ts'
import { evidence } from './define.ts'
import { may, workloadTypes } from './rights.ts'
import { until } from './timed.ts'
import { pinnedOf, podsOf, present } from './targets.ts'
import { pinsIn, textsIn, workloadKinds } from './values.ts'

// The cut waits for it.
const quickMs = 10_000
const maxLogBytes = { quick: 32 * 1024 * 1024, standard: 256 * 1024 * 1024 }
const targetKinds = ['Pod', 'Node', 'Namespace', 'ServiceAccount', ...workloadKinds]

export const evidenceCollect = evidence({
  name: 'evidence.collect',
  summary: 'Takes evidence of pods, sealed, into the folder of the run',
  with: {
    target: {
      type: 'list',
      required: true,
      about: 'pods, or what has pods: a workload, an account, a namespace, a node',
    },
    profile: {
      type: 'enum',
      values: ['quick', 'standard'],
      about: 'quick (the default): the pods, their events, owners and logs, within 10 s; standard: also all objects',
    },
    audit: { type: 'list', about: 'audit logs on this machine that belong to it: files and folders; standard alone' },
  },
  outputs: {
    complete: { type: 'bool', about: 'it has all pods whole' },
    pods: { type: 'list', about: 'the pods that it has whole, pinned: what may be destroyed after it' },
    missing: { type: 'list', about: 'the pods that it has not, pinned' },
    gaps: { type: 'list', about: 'what could not be had, as texts' },
    file: { type: 'string', about: 'the sealed bundle' },
    digest: { type: 'string', about: 'its SHA-256' },
  },
  rights: () => [
    ...may('get list', 'pods'),
    ...may('get', 'pods/log'),
    ...may('list', 'events', { optional: true }),
    ...may('get', workloadTypes, { optional: true }),
    ...may('get', 'nodes namespaces serviceaccounts', { optional: true }),
    ...may('list', 'replicasets.apps jobs.batch', { optional: true }),
  ],
  async collect(context, { target, profile = 'quick', audit }) {
    const [{ collect }, { seal }] = await Promise.all([
      import('../../evidence/collect.ts'),
      import('../../bundle/seal.ts'),
    ])
    const { engine, folder, incident } = context
    const { cluster } = engine
    const { pins, pods, gone } = await podsToTake(cluster, target)
    const id = `evidence-${context.runId}-${newPlanId().slice(0, 4)}`
    const isQuick = profile === 'quick'
    const timed = isQuick ? until(cluster, quickMs) : undefined
    context.say(`taking ${profile} evidence of ${pods.length === 1 ? '1 pod' : `${pods.length} pods`}`)
    const report = await collect(timed?.cluster ?? cluster, {
      id,
      directory: join(folder, id),
      tool: { name: about.name, version: about.version },
      command: ['playbook', 'run'],
      localUser: engine.holder.split('@')[0] ?? '',
      isOver: () => timed?.isOver() ?? false,
      request: {
        targets: isQuick ? [] : namesOf(pins),
        pods: pods.map(({ namespace = '', name, uid = '' }) => ({ namespace, name, uid })),
        namespace: placeOf(pins, cluster.namespace),
        all: false,
        profile: isQuick ? 'quick' : 'standard',
        ...(incident !== undefined && { incident }),
        auditLogs: isQuick ? [] : textsIn('evidence.collect: audit', audit),
        concurrency: isQuick ? 4 : 16,
        maxLogBytes: isQuick ? maxLogBytes.quick : maxLogBytes.standard,
      },
    })
      .catch((error: unknown) => {
        // Nothing waits for evidence that is late: this step failed, and the run goes on.
        if (!timed?.isOver() || !(error instanceof SecureError) || error.code !== 'timeout') throw error
        throw new SecureError('server', `evidence was not even begun in time: ${error.message}`, { cause: error })
      })
      .finally(() => timed?.end())
    const { file, digest } = await seal(report.directory, `${report.directory}.tar.gz`)
    const covers = pods.filter((pod) => isWhole(pod, pods, report.gaps))
    const complete = covers.length === pods.length && gone.length === 0
    return {
      outputs: {
        complete,
        pods: covers,
        missing: [...gone, ...pods.filter((pod) => !covers.includes(pod))],
        gaps: report.gaps.slice(0, 200).map(({ what, why }) => `${what}: ${why}`),
        file,
        digest,
      },
      covers,
      complete,
      digest,
      file,
    }
  },
})

/** The pods that a target has now, and what of it is gone. Throws SecureError `not-found` where there is none. */
export async function podsToTake(
  cluster: Cluster,
  target: readonly Json[],
): Promise<{ pins: Pinned[]; pods: Pinned[]; gone: Pinned[] }> {
  const pins = pinsIn('evidence.collect: target', target, targetKinds)
  const get = getterOf(cluster, [])
  const there = (await present(get, pins)).map(pinnedOf)
  const gone = pins.filter((pin) => !there.some(({ kind, namespace, name }) => isSame(pin, { kind, namespace, name })))
  const pods = (await podsOf(get, there)).map(pinnedOf)
  if (pods.length === 0) throw new SecureError('not-found', 'evidence.collect: there is no pod to take evidence of')
  return { pins, pods, gone }
}

/** Whether evidence has all of a pod: a gap that names no pod of the evidence, nor what is beside all of them, may be of this one. */
export function isWhole(pod: Pinned, all: readonly Pinned[], gaps: readonly EvidenceGap[]): boolean {
  return gaps.every(({ what }) => !names(what, pod) && (isBeside(what) || all.some((other) => names(what, other))))
}

// As src/evidence words them; names of pods and namespaces have no spaces.
const names = (what: string, { namespace = '', name }: Pinned): boolean =>
  `${what} `.includes(`pod ${name} in ${namespace} `)
const isBeside = (what: string): boolean =>
  /^(?:list |get |node |discovery|the audit log |the API servers' audit logs|pods in )/.test(what)

const isSame = (one: Pinned, other: { kind: string; namespace: string | undefined; name: string }): boolean =>
  one.kind === other.kind && one.namespace === other.namespace && one.name === other.name

// So that a standard one takes their workload in as what was asked for.
function namesOf(pins: readonly Pinned[]): string[] {
  const [only] = pins
  return only && pins.length === 1 && only.kind !== 'Namespace' ? [`${only.kind.toLowerCase()}/${only.name}`] : []
}

function placeOf([first]: readonly Pinned[], otherwise: string): string {
  return (first?.kind === 'Namespace' ? first.name : first?.namespace) ?? otherwise
}
