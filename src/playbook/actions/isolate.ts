import { SecureError } from '../../errors.ts'
import type { IsolationReport } from '../../isolation/report.ts'
import type { PodSet, TargetQuery } from '../../isolation/scene.ts'
import type { ActionContext, Pinned } from '../model.ts'
import { endedBy, resumed, wordsOf } from './carry.ts'
import { change } from './define.ts'
import { outputsAfter, outputsOf, partOf } from './isolate-outputs.ts'
import { isolateRights } from './isolate-rights.ts'
import { pinnedOf, podsOf, present } from './targets.ts'
import { pinsIn, textsIn, workloadKinds } from './values.ts'

const name = 'isolate'
const targetKinds = [
  'Pod',
  'ServiceAccount',
  'Namespace',
  'Node',
  ...workloadKinds.filter((kind) => kind !== 'ReplicationController'),
]

export const isolate = change({
  name,
  summary: 'Cuts pods off from the network, and proves it; undo lets them back',
  with: {
    target: {
      type: 'list',
      required: true,
      about: 'pods, in any namespaces; or one namespace, workload, account or node',
    },
    sever: { type: 'bool', about: 'also cut connections that are open, which policies do not' },
    cordon: { type: 'bool', about: 'let no new pods onto the nodes of the pods' },
    allowFrom: { type: 'list', about: 'who is still let in, as isolate --allow-from has it' },
    allowTo: { type: 'list', about: 'who may still be reached, as isolate --allow-to has it' },
    acceptRestart: { type: 'bool', about: 'cut even where a liveness probe will fail and restart a container' },
  },
  outputs: {
    verdict: { type: 'string', about: 'ISOLATED, PARTIAL, NOT ENFORCED or UNKNOWN; null before' },
    isolated: { type: 'bool', about: 'the verdict is ISOLATED' },
    enforced: { type: 'bool', about: 'a twin of every pod was seen cut off' },
    severed: { type: 'bool', about: 'the connections that were open were seen dead, of every pod' },
    connections: {
      type: 'list',
      about: 'of every pod: what became of those that were open: result, before, destroyed',
    },
    pods: { type: 'list', about: 'the pods that are meant, pinned' },
    reasons: { type: 'list', about: 'why the verdict is no better, as texts' },
    warnings: { type: 'list', about: 'what may work against it, as texts' },
    canLift: { type: 'list', about: 'subjects that could lift it' },
  },
  rights: ({ target, sever, cordon }, stateNamespace) => isolateRights(target, { sever, cordon }, stateNamespace),
  async plan(context, { target, sever = false, cordon = false, allowFrom, allowTo, acceptRestart = false }) {
    const [{ prepareIsolation }, { carryOutIsolation }, { refusalOf }, { parsePeer }, { defaultProbeImage }] =
      await Promise.all([
        import('../../isolation/prepare.ts'),
        import('../../isolation/carry-out.ts'),
        import('../../change/refusal.ts'),
        import('../../isolation/peers.ts'),
        import('../../isolation/probe-image.ts'),
      ])
    const { engine, probeImage = defaultProbeImage } = context
    const pins = await chosen(context, pinsIn(`${name}: target`, target, targetKinds))
    if (pins.length === 0) return undefined
    const prepared = await prepareIsolation(engine, {
      query: queryOf(pins),
      options: {
        sever,
        cordon,
        acceptRestart,
        allowFrom: textsIn(`${name}: allowFrom`, allowFrom).map(parsePeer),
        allowTo: textsIn(`${name}: allowTo`, allowTo).map(parsePeer),
      },
      ...wordsOf(context, name),
      image: probeImage,
    })
    const { plan, preflight, isolation, scene } = prepared
    const [first] = pins
    if (first?.uid !== undefined && pins.length === 1 && scene.target[0]?.uid !== first.uid)
      throw new SecureError('conflict', `${first.kind} ${first.name} is another one now: its uid was ${first.uid}`)
    const pods = isolation.pods.map(({ ref }): Pinned => ({ kind: 'Pod', ...partOf(ref) }))
    return {
      plan,
      outputs: {
        ...nothingKnown,
        pods,
        warnings: isolation.warnings.map(({ text }) => text),
      },
      async apply() {
        const refusal = refusalOf(preflight)
        if (refusal) throw refusal
        const report = await carryOutIsolation(engine, prepared, { since: Date.now(), progress: context.say })
        return { ...endedBy(report.run), outputs: outputsOf(report) }
      },
    }
  },
  async resume(context, planId) {
    const { plan, entries, report, ended } = await resumed(context, planId)
    return { ...ended, outputs: await outputsAfter(context, plan, entries, report.warnings) }
  },
})

const nothingKnown = {
  verdict: null,
  isolated: null,
  enforced: null,
  severed: null,
  connections: [],
  reasons: [],
  canLift: [],
}

// Of many pods some end by themselves meanwhile: the others are to be cut off all the same. A namespace is those of its pods that have not ended.
async function chosen({ engine: { cluster }, say }: ActionContext, pins: Pinned[]): Promise<Pinned[]> {
  const [first] = pins
  if (!first) throw new SecureError('not-found', `${name}: there is nothing to isolate`)
  if (pins.length < 2 && first.kind !== 'Namespace') return pins
  const [{ getterOf }, { standingOf }] = await Promise.all([
    import('../../isolation/get.ts'),
    import('../../isolation/standing.ts'),
  ])
  const get = getterOf(cluster, [])
  if (pins.length < 2) return (await podsOf(get, pins)).filter((pod) => standingOf(pod) !== 'ended').map(pinnedOf)
  const there = await present(get, pins)
  if (there.length < pins.length) say(`${pins.length - there.length} of ${pins.length} are gone by now`)
  return there.map(pinnedOf)
}

// One workload is known as such, so that what would start its pods again is seen; several things mean their pods.
function queryOf(pins: readonly Pinned[]): TargetQuery | PodSet {
  if (pins.every(({ kind }) => kind === 'Pod')) {
    return {
      pods: pins.map(({ namespace = '', name: called, uid }) => {
        if (uid === undefined) throw new SecureError('usage', `isolate: pod ${namespace}/${called} has no uid`)
        return { namespace, name: called, uid }
      }),
    }
  }
  const [first, second] = pins
  if (!first || second)
    throw new SecureError('usage', 'isolate takes several pods, or one namespace, workload, account or node')
  const { kind, namespace = '', name: called } = first
  return kind === 'Node'
    ? { kind, name: called }
    : { kind: kind as Exclude<IsolationReport['target'][number]['kind'], 'Node'>, namespace, name: called }
}
