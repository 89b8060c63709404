import { applyChanges } from '../change/planned.ts'
import { evaluatePod, forbiddenReason, type Violation } from '../workload/pod-security/evaluate.ts'
import {
  type LevelVersion,
  levelText,
  newestMinor,
  parseVersion,
  type PolicyVersion,
  versionOn,
} from '../workload/pod-security/level.ts'
import { type NamespaceLevels, namespaceLevels } from '../workload/pod-security/namespace-levels.ts'
import { templateNotes } from '../workload/pod-security/templates.ts'
import type { Breakage, LockdownOptions, LockdownScene, PartPlan } from './model.ts'
import { objectText, refOf } from './network/ground.ts'
import { keepPart, notOfSome } from './part.ts'
import { labelChange, wantedLevels } from './pods-labels.ts'
import { type Made, templatesIn, whoseOf } from './pods-templates.ts'

/** What the Pod Security Standards have against one workload. `fields` of a violation are those of the object, from its root. */
export type JudgedWorkload = Made & {
  violations: Violation[]
  /** The API server refuses its new pods today. */
  refusedNow: boolean
}

/** `judged`: workloads with violations of `level`. */
export type PodsPlan = PartPlan & {
  level: LevelVersion
  before: NamespaceLevels
  after: NamespaceLevels
  judged: JudgedWorkload[]
}

/**
 * The Pod Security labels of a level, and what would be refused by them; pure. Labels that are stricter already stay. Pods are not patched:
 * what each violating workload needs is in its violations (pod-patches.ts writes it down).
 */
export function planPods(scene: LockdownScene, options: LockdownOptions): PodsPlan {
  const version = parseVersion(scene.version) ?? 'latest'
  const wanted = wantedLevels(options.level, version)
  const before = namespaceLevels(scene.namespace)
  const { change, kept } = options.selector ? { kept: [] } : labelChange(scene.namespace, wanted)
  const changes = change ? [change] : []
  const after = namespaceLevels(applyChanges([scene.namespace], changes)[0] ?? scene.namespace)
  const level = wanted.enforce ?? wanted.warn ?? { level: 'baseline', version }
  const judged = templatesIn(scene).flatMap((made) => judge(made, level, before.enforce, version))
  const enforces = levelText(after.enforce) !== levelText(before.enforce)
  return {
    part: 'pods',
    changes,
    breaks: enforces ? [...judged.flatMap((one) => rolloutOf(one, options)), debugOf(scene, options)] : [],
    notes: [
      ...(options.selector ? [notOfSome('the Pod Security labels')] : []),
      ...kept.map((text) => `a Pod Security label that is as strict already: ${text}`),
      ...before.problems.map(({ label, message }) => `the label ${label} cannot be read: it ${message}`),
      ...(change ? ['defaults and exemptions of the PodSecurity plugin are in no API: they are not seen here'] : []),
      ...(version === 'latest' || Number(version.slice('v1.'.length)) > newestMinor
        ? [`pods were judged by the Pod Security Standards of v1.${newestMinor}`]
        : []),
    ],
    gaps: [],
    level,
    before,
    after,
    judged,
  }
}

/** What an API server of that version makes of a level. */
export function serverVersion({ version }: LevelVersion, server: PolicyVersion): PolicyVersion {
  return server === 'latest' ? version : versionOn(Number(server.slice('v1.'.length)), version)
}

function judge(made: Made, wanted: LevelVersion, enforced: LevelVersion, server: PolicyVersion): JudgedWorkload[] {
  const { pod, prefix } = made.template
  const violations = evaluatePod(wanted.level, serverVersion(wanted, server), pod)
  if (violations.length === 0) return []
  const refusedNow = evaluatePod(enforced.level, serverVersion(enforced, server), pod).length > 0
  const fromRoot = (field: string) => [...prefix, field].join('.')
  return [{ ...made, violations: violations.map((one) => ({ ...one, fields: one.fields.map(fromRoot) })), refusedNow }]
}

function rolloutOf(judged: JudgedWorkload, options: LockdownOptions): Breakage[] {
  const { template, raw, violations, refusedNow } = judged
  // Nothing makes pods of a PodTemplate by itself.
  if (refusedNow || template.kind === 'PodTemplate') return []
  const of = whoseOf(judged)
  const unsure = template.notes.some((note) => note === 'runtime-class' || note === 'static')
  const isAlone = template.kind === 'Pod' && !template.controller
  const isMalformed = violations.some(({ id }) => id === 'malformed')
  const keep = keepPart('pods', options) ?? '--level baseline'
  const how = isAlone ? 'it could not be made anew' : 'its new pods are refused'
  const notes = template.notes.map((note) => `; ${templateNotes[note]}`).join('')
  return [
    {
      part: 'pods',
      what: 'rollout',
      of,
      text: `${how}: ${forbiddenReason(violations)}${notes}`,
      certainty: unsure || isAlone || isMalformed ? 'possible' : 'certain',
      evidence: violations.map(({ reason, detail, fields }) => ({
        how: 'declared',
        what: `${detail === '' ? reason : `${reason} (${detail})`} in ${objectText(raw)}`,
        ref: refOf(raw),
        ...(fields[0] === undefined ? {} : { at: fields[0] }),
      })),
      keep,
    },
  ]
}

// The whole pod is judged anew when it gets a container: seen on 1.34.
function debugOf({ namespace }: LockdownScene, options: LockdownOptions): Breakage {
  const { name } = refOf(namespace)
  return {
    part: 'pods',
    what: 'debug',
    of: { kind: 'Namespace', namespace: name, name },
    text: "debug containers are refused that are not restricted, and any in a pod that is not: kubectl debug as it comes, and isolate --sever's first way",
    certainty: 'certain',
    evidence: [{ how: 'declared', what: 'the label that makes the API server refuse them', ref: refOf(namespace) }],
    keep: keepPart('pods', options) ?? '--level baseline',
  }
}
