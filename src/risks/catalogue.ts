import type { AttackRuleId } from '../attack/model.ts'
import { titleOf } from '../attack/hops.ts'
import type { RiskInfo } from './found.ts'
import { attackTexts } from './attack-texts.ts'
import { practices } from './texts.ts'
import { exceptionRules } from './exceptions.ts'
import { bindingInfos } from './rules/binding-texts.ts'
import { grantRules } from './rules/grant-findings.ts'
import { roleInfos } from './rules/role-texts.ts'
import { stateInfos } from './rules/state-texts.ts'

const infos = new Map<AttackRuleId, RiskInfo>()

/** What is said of findings of an attack rule: its title is that of `paths`. */
export function attackInfo(rule: AttackRuleId): RiskInfo {
  let info = infos.get(rule)
  if (!info) {
    const { why, fix, reference = practices } = attackTexts[rule]
    info = { id: rule, title: titleOf(rule), why, fix, reference }
    infos.set(rule, info)
  }
  return info
}

// Structure and state that lead on, and stand for themselves in no finding.
const notFound = new Set<AttackRuleId>([
  'masters',
  'admin-all',
  'node-pods',
  'node-identity',
  'node-control-plane',
  'pod-secret',
])

/** Every rule of which there are findings, each once, by id. */
export function allRules(): RiskInfo[] {
  const rules = new Map<string, RiskInfo>()
  const add = (info: RiskInfo) => void (rules.has(info.id) || rules.set(info.id, info))
  for (const id of Object.keys(attackTexts) as AttackRuleId[]) {
    // One without a title is of no rule of the graph.
    if (!notFound.has(id) && titleOf(id) !== id) add(attackInfo(id))
  }
  for (const info of [...grantRules, ...exceptionRules]) add(info)
  for (const infos of [bindingInfos, roleInfos, stateInfos]) for (const info of Object.values(infos)) add(info)
  return [...rules.values()].sort((one, other) => (one.id < other.id ? -1 : 1))
}
