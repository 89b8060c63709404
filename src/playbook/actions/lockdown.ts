import type { Recorded } from '../../change/journal/journal.ts'
import { SecureError } from '../../errors.ts'
import type { Level, Part } from '../../lockdown/model.ts'
import type { LockdownVerdict } from '../../lockdown/report.ts'
import { endedBy, resumed, wordsOf } from './carry.ts'
import { change } from './define.ts'
import { lockdownRights } from './lockdown-rights.ts'
import { reread } from './targets.ts'
import { textsIn } from './values.ts'

const name = 'lockdown'
const levels: readonly Level[] = ['baseline', 'restricted', 'quarantine']
const parts: readonly Part[] = ['network', 'pods', 'tokens', 'rbac', 'quota']

export const lockdown = change({
  name,
  summary: 'Closes a namespace, and proves it; undo opens it again',
  with: {
    namespace: { type: 'namespace', required: true, about: 'the namespace' },
    level: { type: 'enum', values: [...levels], about: 'how far: baseline is the default' },
    only: { type: 'list', about: `only these parts: ${parts.join(', ')}` },
    allow: { type: 'list', about: 'connections to let through, as lockdown --allow has it' },
  },
  outputs: {
    verdict: { type: 'string', about: 'ENFORCED, PARTIAL, NOT ENFORCED or UNKNOWN; null before' },
    enforced: { type: 'bool', about: 'the verdict is ENFORCED' },
    reasons: { type: 'list', about: 'why the verdict is no better, as texts' },
    breaks: { type: 'list', about: 'what works now and would not any more, as texts' },
    writers: { type: 'list', about: 'subjects that can write in the namespace all the same' },
  },
  rights: ({ namespace, level }, stateNamespace) => lockdownRights(namespace?.name, level, stateNamespace),
  async plan(context, { namespace, level = 'baseline', only, allow }) {
    const [
      { prepareLockdown },
      { carryOutLockdown },
      { refusalOf },
      { parseAllow },
      { reportOf },
      { defaultProbeImage },
    ] = await Promise.all([
      import('../../lockdown/prepare.ts'),
      import('../../lockdown/carry-out.ts'),
      import('../../change/refusal.ts'),
      import('../../lockdown/network/allow.ts'),
      import('../../lockdown/show.ts'),
      import('../../isolation/probe-image.ts'),
    ])
    const { engine, probeImage = defaultProbeImage } = context
    await sameNamespace()
    const prepared = await prepareLockdown(engine, {
      namespaces: [namespace.name],
      options: {
        level: level as Level,
        parts: partsIn(only && textsIn(`${name}: only`, only)),
        asked: textsIn(`${name}: allow`, allow).map(parseAllow),
        observed: [],
        force: false,
      },
      ...wordsOf(context, name),
      // By its first word `status` and `undo` know it for one.
      command: ['lockdown', namespace.name, '--level', level],
      image: probeImage,
    })
    const { plan, preflight } = prepared
    const [planned] = reportOf(prepared).namespaces
    // Where it takes rights, those who keep theirs; else all who have some.
    const isTaken = plan.changes.some(({ ref }) => ref.kind === 'RoleBinding' || ref.kind === 'ClusterRoleBinding')
    const writers = (planned?.writers ?? []).filter(
      ({ isSystem, left }) => !isSystem && (!isTaken || left !== undefined),
    )
    const known = {
      breaks: (planned?.breaks ?? []).map(({ text }) => text),
      writers: [...new Set(writers.map(({ subject }) => subject))],
    }
    if (plan.changes.every(({ temporary }) => temporary)) return undefined
    return {
      plan,
      outputs: { ...known, verdict: null, enforced: null, reasons: [] },
      async apply() {
        const refusal = refusalOf(preflight)
        if (refusal) throw refusal
        const { run, verdict = 'UNKNOWN', namespaces } = await carryOutLockdown(engine, prepared, context.say)
        const reasons = namespaces.flatMap((one) => one.reasons ?? [])
        const ended = run ? endedBy(run) : { state: 'failed' as const }
        return { ...ended, outputs: { ...known, verdict, enforced: verdict === 'ENFORCED', reasons } }
      },
    }

    async function sameNamespace(): Promise<void> {
      if (namespace.uid === undefined) return
      const { getterOf } = await import('../../isolation/get.ts')
      await reread(getterOf(engine.cluster, []), namespace)
    }
  },
  async resume(context, planId) {
    const { entries, ended } = await resumed(context, planId)
    const verdict = verdictIn(entries)
    const reasons = verdict === undefined ? ['the run was cut off before it was proved: ask lockdown.status'] : []
    return {
      ...ended,
      outputs: { verdict: verdict ?? 'UNKNOWN', enforced: verdict === 'ENFORCED', reasons, breaks: [], writers: [] },
    }
  },
})

function partsIn(only: readonly string[] | undefined): Part[] {
  const bad = only?.find((one) => !parts.includes(one as Part))
  if (bad !== undefined)
    throw new SecureError('usage', `lockdown: there is no part ${JSON.stringify(bad)}: ${parts.join(', ')}`)
  return parts.filter((part) => !only || only.includes(part))
}

function verdictIn(entries: readonly Recorded[]): LockdownVerdict | undefined {
  const noted = entries.findLast((entry) => entry.type === 'note' && entry.kind === 'verdict')
  return noted?.type === 'note' ? (noted.data as { verdict: LockdownVerdict }).verdict : undefined
}
