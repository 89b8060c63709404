import type { Direction } from '../../network/model.ts'
import { selects } from '../../workload/label-selector.ts'
import type { LabelSelector } from '../../snapshot/objects.ts'
import type { End, LockdownOptions, Need, Source } from '../model.ts'
import { endKey, isPod, mergedNeeds, type PodsEnd, type Ports } from './ends.ts'
import { type Ground, labelsOf } from './ground.ts'
import type { Workload } from './workloads.ts'

/** One rule of a policy: whom the pods may hear from, or speak to. */
export type PolicyRule = { direction: Direction; peer: End; ports: Ports; by: Source[] }
/** Pods that get a policy of their own. */
export type Subject = { name: string; selector: LabelSelector; rules: PolicyRule[] }
/** `wide`: rules that every pod gets. */
export type RuleSet = { closed: readonly Direction[]; wide: PolicyRule[]; subjects: Subject[] }

type Scope = Pick<LockdownOptions, 'level' | 'selector'>

/** Which directions a level closes. */
export const closedBy = (level: LockdownOptions['level']): readonly Direction[] =>
  level === 'baseline' ? ['ingress'] : ['ingress', 'egress']

/** The rules that let needs through, by the pods that they are for. A need between pods of the namespace has both of its sides. */
export function rulesOf(ground: Ground, needs: readonly Need[], { level, selector }: Scope): RuleSet {
  const closed = closedBy(level)
  const own: End = { kind: 'namespace', namespace: ground.namespace }
  const wide: PolicyRule[] = []
  const subjects = new Map<string, Subject>()
  if (level === 'baseline') {
    const what = 'level baseline: pods of the namespace reach each other'
    const by: Source[] = [{ how: 'declared', what, word: 'own' }]
    wide.push({ direction: 'ingress', peer: own, ports: [], by })
  }
  const known = new Map<string, Omit<Subject, 'rules'>[]>()
  const isOwn = (end: End) => (end.kind === 'pods' || end.kind === 'namespace') && end.namespace === ground.namespace
  const add = (direction: Direction, subject: End, peer: End, { ports, by }: Need) => {
    if (!closed.includes(direction) || !isOwn(subject) || peer.kind === 'unnamed') return
    // Those that are everyone's way in are let in by the level already.
    if (level === 'baseline' && isOwn(peer)) return
    // Whoever and whatever at once is what a lockdown is there to end.
    if (peer.kind === 'anyone' && ports.length === 0) return
    const rule = { direction, peer, ports, by }
    if (subject.kind === 'namespace') return void wide.push(rule)
    if (subject.kind !== 'pods') return
    const found = known.get(endKey(subject)) ?? subjectsOf(ground, subject, selector)
    known.set(endKey(subject), found)
    for (const one of found) {
      const key = JSON.stringify(one.selector)
      const subject = subjects.get(key)
      if (subject) subject.rules.push(rule)
      else subjects.set(key, { ...one, rules: [rule] })
    }
  }
  for (const need of needs) {
    add('ingress', need.to, need.from, need)
    add('egress', need.from, need.to, need)
  }
  const merged = [...subjects.values()].map((subject) => ({ ...subject, rules: mergedRules(subject.rules) }))
  return { closed, wide: mergedRules(wide), subjects: merged }
}

/** The workloads whose pods an end means; where it means only some of a workload's pods, those pods themselves. */
function subjectsOf(ground: Ground, end: PodsEnd, selection: LabelSelector | undefined): Omit<Subject, 'rules'>[] {
  const isChosen = (labels: Record<string, string>) => !selection || selects(selection, labels)
  const meant = ground.workloads.filter(({ labels }) => isPod(end, ground.namespace, labels))
  const reached = new Set(meant.flatMap(({ pods }) => pods))
  const strays = (ground.pods.get(ground.namespace) ?? []).filter(
    (pod) => selects(end.selector, labelsOf(pod)) && !reached.has(pod) && isChosen(labelsOf(pod)),
  )
  return [
    ...meant.flatMap((workload) => (canBeNamed(workload) && isChosen(workload.labels) ? [subjectOf(workload)] : [])),
    ...(strays.length > 0 ? [{ name: end.name, selector: end.selector }] : []),
  ]
}

function canBeNamed(workload: Workload): workload is Workload & { selector: LabelSelector } {
  return workload.selector !== undefined && !workload.hostNetwork
}

function subjectOf({ ref, selector }: Workload & { selector: LabelSelector }): Omit<Subject, 'rules'> {
  return { name: `${ref.kind}/${ref.name}`, selector }
}

function mergedRules(rules: readonly PolicyRule[]): PolicyRule[] {
  const found = new Map<string, PolicyRule>()
  for (const rule of rules) {
    const key = `${rule.direction} ${endKey(rule.peer)} ${JSON.stringify(rule.ports)}`
    const known = found.get(key)
    if (known) known.by = mergedNeeds([{ ...needOf(known), by: [...known.by, ...rule.by] }])[0]?.by ?? known.by
    else found.set(key, { ...rule })
  }
  return [...found.values()]
}

const needOf = ({ peer, ports, by }: PolicyRule): Need => ({ from: peer, to: peer, ports, by })
