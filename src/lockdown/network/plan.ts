import { enforcementOf } from '../../network/enforcer.ts'
import { selects } from '../../workload/label-selector.ts'
import type { ForeignNeed, LockdownOptions, LockdownScene, Need, PartPlan } from '../model.ts'
import { askedNeeds } from './allow.ts'
import { breakagesOf, touches } from './breakage.ts'
import { apiName } from './control-plane.ts'
import { Crossings } from './crossing.ts'
import { distinct, isPod, mergedNeeds } from './ends.ts'
import { type Ground, groundOf } from './ground.ts'
import { type LeftOpen, leftOpenOf } from './left-open.ts'
import { needsOn } from './needs.ts'
import { type Naming, type PlannedRule, policiesOf } from './policies.ts'
import { closedBy, rulesOf } from './rules.ts'
import { apiService } from './uses.ts'
import { foreignNotes, isForeign, rankForeign } from './words.ts'

/**
 * `rules`: what is let through, and why. `leftOpen`: what others' policies let through besides. `foreign`: what other namespaces alone
 * declare, in the order in which to look at it.
 */
export type NetworkPlan = PartPlan & { rules: PlannedRule[]; leftOpen: LeftOpen[]; foreign: ForeignNeed[] }

/**
 * The policies that close a namespace as far as the level says, and what they would break; pure. Baseline and restricted let through what is declared
 * and what was asked for, quarantine only what was asked for; what nobody but other namespaces declares baseline alone. What was observed
 * is listed; `options.asked` lets it through.
 */
export function planNetwork(scene: LockdownScene, options: LockdownOptions, naming: Naming): NetworkPlan {
  const ground = groundOf(scene)
  const enforcement = enforcementOf(scene.network.objects, scene.network)
  const { enforcer } = enforcement
  const declared = needsOn(ground, options)
  const asked = askedNeeds(ground, options.asked)
  const observed = options.observed.filter((need) => touches(ground, need))
  const allowed = [...declared.needs.filter((need) => isLetIn(need, options)), ...asked.needs]
  const { selector } = options
  const { changes, rules } = policiesOf(rulesOf(ground, allowed, options), ground.namespace, selector, naming)
  const wanted = mergedNeeds([...declared.needs, ...asked.needs, ...observed]).filter((need) =>
    isChosen(ground, need, options),
  )
  const crossings = new Crossings(ground, changes, enforcer, wanted)
  const closed = closedBy(options.level)
  const foreign = declared.needs
    .filter((need) => isForeign(need) && isChosen(ground, need, options))
    .map((need) => ({ ...need, open: crossings.of(need).some(({ after }) => after === 'allowed') }))
  return {
    part: 'network',
    changes,
    breaks: breakagesOf(ground, wanted, allowed, crossings),
    notes: distinct([
      ...enforcement.warnings,
      ...declared.notes,
      ...asked.notes,
      ...foreignNotes(foreign),
      ...crossings.notes,
      ...(enforcer === 'cilium' ? ciliumNotes(allowed) : []),
      'connections that are open go on: no NetworkPolicy cuts them',
    ]),
    gaps: [...scene.network.gaps, ...declared.gaps, ...asked.gaps, ...crossings.gaps],
    rules,
    leftOpen: leftOpenOf(ground, changes.at(-1), closed, selector, enforcer),
    foreign: rankForeign(foreign),
  }
}

/** Whether a level lets through what is declared; what other namespaces say of this one only where little is closed. */
function isLetIn(need: Need, { level }: LockdownOptions): boolean {
  return level === 'baseline' || (level === 'restricted' && !isForeign(need))
}

/** Whether a need has a side among the pods that are closed. */
function isChosen(ground: Ground, { from, to }: Need, { selector }: LockdownOptions): boolean {
  if (!selector) return true
  return ground.workloads.some(
    ({ labels }) => selects(selector, labels) && [from, to].some((end) => isPod(end, ground.namespace, labels)),
  )
}

function ciliumNotes(needs: readonly Need[]): string[] {
  const isApi = needs.some(
    ({ to }) => to.kind === 'block' && (to.name === apiName || to.name === `Service ${apiService}`),
  )
  return isApi
    ? [
        'Cilium takes the API server and nodes for no addresses: a CiliumNetworkPolicy with toEntities: [kube-apiserver] lets pods reach the API server',
      ]
    : []
}
