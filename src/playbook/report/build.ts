import { apiVersion } from '../../snapshot/snapshot.ts'
import type { Json } from '../../change/plan.ts'
import type { RunState } from '../run/entry.ts'
import { reportOfRun } from '../run-report.ts'
import { plansOf } from './changes.ts'
import { checksOf, toldOf } from './checks.ts'
import { containedAt, containmentOf } from './containment.ts'
import { decisionsOf } from './decisions.ts'
import { evidenceOf } from './evidence.ts'
import { damageOf, integrityOf } from './integrity.ts'
import type { Lanes, PlaybookReport } from './model.ts'
import { openItems } from './open-items.ts'
import { peopleOf } from './people.ts'
import { actionOf, type Records, seconds } from './records.ts'
import { firstSeenIn, lanesOf, type Telling } from './timeline.ts'

/** An incident as its records have it: nothing is said that they do not say. */
export async function buildReport(records: Records, telling: Telling, now: Date): Promise<PlaybookReport> {
  const { begin, journal, playbooks } = records
  const { steps, run, playbook, cluster, state, why, incident, reason } = reportOfRun(journal.entries, records.folder)
  const changes = plansOf(records)
  const timeline = await lanesOf(records, changes, telling)
  const containment = containmentOf(records)
  const contained = containedAt(containment)
  const firstSeen = firstSeenIn(timeline)
  const last = (...states: RunState[]) =>
    state === 'running'
      ? undefined
      : journal.entries.findLast((entry) => entry.type === 'end' && states.includes(entry.state))?.at
  const ended = last('finished', 'stopped')
  const undone = last('undone', 'partly-undone')
  const integrity = integrityOf(records)
  const { title, sources = [] } = playbooks[0]?.playbook.metadata ?? {}
  const made: Omit<PlaybookReport, 'open'> = {
    apiVersion,
    kind: 'PlaybookReport',
    run,
    made: now.toISOString(),
    damage: damageOf(integrity),
    playbook: { ...playbook, ...(title !== undefined && { title }), sources },
    cluster,
    ...(incident !== undefined && { incident }),
    ...(reason !== undefined && { reason }),
    state,
    ...(why !== undefined && { why }),
    times: {
      ...(firstSeen && { firstSeen }),
      begun: begin.at,
      ...(contained && { contained: { at: contained.at, seconds: contained.seconds } }),
      ...(ended !== undefined && { ended: { at: ended, seconds: seconds(begin, ended) } }),
      ...(undone !== undefined && { undone: { at: undone, seconds: seconds(begin, undone) } }),
    },
    people: peopleOf(records),
    containment,
    decisions: await decisionsOf(records),
    changes,
    evidence: evidenceOf(records),
    checks: checksOf(records),
    told: await toldOf(records),
    steps: steps.map((one) => stepOf(records, one)),
    timeline,
    attack: attackOf(records, timeline),
    integrity,
  }
  const { timeline: lanes, attack, integrity: whole, ...rest } = made
  return { ...rest, open: openItems(made, records), timeline: lanes, attack, integrity: whole }
}

function stepOf(records: Records, one: PlaybookReport['steps'][number]): PlaybookReport['steps'][number] {
  const title = records.steps.get(one.step)?.step.title
  const action = actionOf(records, one.step)
  const { outputs, ...rest } = one
  return {
    ...rest,
    ...(title !== undefined && { title }),
    ...(action !== undefined && { action }),
    ...(outputs !== undefined && { outputs: shownOutputs(one.type, outputs) }),
  }
}

// An object that was read is whole in the journal, and may have what is nobody's business; what a call did is in its own steps.
function shownOutputs(type: string, outputs: Json): Json {
  if (typeof outputs !== 'object' || outputs === null || Array.isArray(outputs)) return outputs
  if (type === 'call') return { state: outputs['state'] ?? null }
  if (type !== 'get') return outputs
  const { exists = null, kind = null, metadata } = outputs
  const { name = null, namespace = null, uid = null } = (metadata ?? {}) as { [key: string]: Json }
  return { exists, kind, name, namespace, uid }
}

// Ids of playbooks have their forms by the schema; those of rows are ours.
function attackOf({ playbooks }: Records, { rows }: Lanes): PlaybookReport['attack'] {
  const ofPlaybooks = new Set(playbooks.flatMap(({ playbook }) => playbook.metadata.attack ?? []))
  const ofLog = new Set(rows.flatMap(({ attack }) => attack))
  return [...new Set([...ofPlaybooks, ...ofLog])].toSorted().map((id) => ({
    id,
    url: id.startsWith('MS-')
      ? 'https://microsoft.github.io/Threat-Matrix-for-Kubernetes/'
      : `https://attack.mitre.org/techniques/${id.replace('.', '/')}/`,
    by: [...(ofPlaybooks.has(id) ? (['playbook'] as const) : []), ...(ofLog.has(id) ? (['log'] as const) : [])],
  }))
}
