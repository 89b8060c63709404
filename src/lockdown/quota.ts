import { metaOf, type Raw, recordAt, specOf } from '../isolation/raw.ts'
import type { LockdownOptions, LockdownScene, PartPlan } from './model.ts'
import type { Naming } from './network/policies.ts'
import { notOfSome } from './part.ts'
import { stopBreaks } from './quota-breaks.ts'
import { baseOf, containerLimits, demandsOf } from './quota-demand.ts'
import { givenDefaults, limitsChange, quotaChange } from './quota-objects.ts'
import { parseQuantity } from './quota-quantity.ts'
import { asksFor, type Defaults, measured } from './quota-requests.ts'
import { hardFor, textsOf } from './quota-size.ts'

/** `base`: what the quota was sized from; `hard`: what it lets be. */
export type QuotaPlan = PartPlan & { base?: Record<string, string>; hard?: Record<string, string> }

/**
 * Restricted: what containers get that ask for nothing, then a quota that has room for all workloads at their largest, half as much again,
 * and for the rollout of any of them. Quarantine: no new pods at all, also none in place of others: whoever may change a Deployment would
 * run his own by one. What is there already stays, and is not given twice. Pure.
 */
export function planQuota(scene: LockdownScene, options: LockdownOptions, naming: Naming): QuotaPlan {
  const nothing: QuotaPlan = { part: 'quota', changes: [], breaks: [], notes: [], gaps: [] }
  if (options.level === 'baseline') return nothing
  if (options.selector) return { ...nothing, notes: [notOfSome('quotas')] }
  return options.level === 'quarantine' ? stop(scene, options, naming, nothing) : bound(scene, naming, nothing)
}

function stop(scene: LockdownScene, options: LockdownOptions, naming: Naming, nothing: QuotaPlan): QuotaPlan {
  const there = scene.quotas.find((quota) => !isScoped(quota) && parseQuantity(hardOf(quota)['pods']) === 0n)
  if (there) return { ...nothing, notes: [`ResourceQuota ${metaOf(there).name} lets no pod be made already`] }
  const hard = { pods: '0' }
  return {
    ...nothing,
    changes: [quotaChange(scene, naming, 'no new pod is made in the namespace; those that run go on', hard)],
    breaks: stopBreaks(scene, options),
    notes: ['pods that run go on and their containers are started again; a pod that is gone is not replaced'],
    hard,
  }
}

function bound(scene: LockdownScene, naming: Naming, nothing: QuotaPlan): QuotaPlan {
  const own = ownDefaults(scene)
  const missing = measured.filter((key) => own[key] === undefined)
  // Its bounds may refuse what ours would give; and the first default that is found counts.
  const isOurs = scene.limitRanges.length === 0
  const defaults = isOurs ? givenDefaults : own
  const demands = demandsOf(scene, defaults)
  const base = baseOf(scene, demands)
  if (base.pods === 0) {
    return { ...nothing, notes: ['nothing runs here that a quota could be sized from: none is made'] }
  }
  const open = isOurs
    ? []
    : missing.filter((key) => demands.some(({ template }) => !asksFor(recordAt(template.pod, 'spec'), key)))
  const wanted = hardFor(
    base,
    demands.map(({ surge }) => surge),
  )
  const covered = new Set(
    scene.quotas.filter((quota) => !isScoped(quota)).flatMap((quota) => Object.keys(hardOf(quota)).map(longName)),
  )
  const hard = Object.fromEntries(
    Object.entries(wanted).filter(([key]) => !covered.has(key) && !open.some((one) => key === `requests.${one}`)),
  )
  const asks = measured.some((key) => Object.hasOwn(hard, `requests.${key}`))
  return {
    ...nothing,
    changes: [
      ...(isOurs && asks ? [limitsChange(scene, naming)] : []),
      ...(Object.keys(hard).length > 0
        ? [
            quotaChange(
              scene,
              naming,
              'bounds what the namespace may take, with room for what runs and its rollouts',
              hard,
            ),
          ]
        : []),
    ],
    notes: [
      ...scene.limitRanges.map(
        (raw) => `LimitRange ${metaOf(raw).name} is there: it stays, and none is made beside it`,
      ),
      ...scene.quotas.map(
        (raw) => `ResourceQuota ${metaOf(raw).name} is there: it stays, and what it bounds is not bounded again`,
      ),
      ...open.map(
        (key) =>
          `requests.${key} are not bounded: not all containers ask for ${key}, and the LimitRange gives them none`,
      ),
      ...(scene.autoscalers
        ? []
        : ['how far autoscalers may go was not read: the quota has room for the replicas of now']),
    ],
    base: textsOf(base),
    ...(Object.keys(hard).length > 0 ? { hard } : {}),
  }
}

/** What the LimitRanges that are there give a container; their default limit is what it then asks for. */
function ownDefaults({ limitRanges }: LockdownScene): Defaults {
  const found: Defaults = {}
  for (const item of containerLimits(limitRanges)) {
    for (const key of measured) {
      const size = parseQuantity(recordAt(item, 'defaultRequest')[key] ?? recordAt(item, 'default')[key])
      if (size !== undefined && size > (found[key] ?? -1n)) found[key] = size
    }
  }
  return found
}

const hardOf = (quota: Raw): Raw => recordAt(specOf(quota), 'hard')
/** One that is of some pods only. */
const isScoped = (quota: Raw): boolean => 'scopes' in specOf(quota) || 'scopeSelector' in specOf(quota)
// Source: resourcequota's short names: cpu is requests.cpu.
const longName = (key: string): string => (key === 'cpu' || key === 'memory' ? `requests.${key}` : key)
