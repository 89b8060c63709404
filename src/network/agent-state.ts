import { agentsIn, type Finding } from './agents.ts'
import type { Raw } from './decode-parts.ts'
import { fieldsOf, listIn, textIn } from './loose.ts'

/** The agents in a pod, with what its state and the configuration around it make of them. */
export function agentsOf(pod: Raw, configs: readonly Raw[]): Finding[] {
  const findings = agentsIn(pod)
  if (findings.length === 0 || hasEnded(pod)) return []
  const said = isReady(pod) ? findings : findings.map(unready)
  return said.map((finding) => orNever(finding, configs))
}

// Cilium's documentation, "Policy Enforcement Modes": never lets everything through, whatever rules select.
function orNever(finding: Finding, configs: readonly Raw[]): Finding {
  if (finding.agent !== 'Cilium') return finding
  const config = configs.find((raw) => textIn(fieldsOf(raw['metadata'])['name']) === 'cilium-config')
  const mode = textIn(fieldsOf(config?.['data'])['enable-policy'])
  return mode === 'never' ? { ...finding, enforced: 'no', why: "Cilium's enable-policy is never" } : finding
}

function unready(finding: Finding): Finding {
  if (finding.enforced === 'no') return finding
  return {
    ...finding,
    enforced: 'unknown',
    why: `the agent of ${finding.agent} is not ready: what it set up stays, what is new may not come`,
  }
}

// Manifests have no status, and say nothing about readiness.
function isReady(pod: Raw): boolean {
  const conditions = listIn(fieldsOf(pod['status'])['conditions'])
  const ready = conditions.find(({ type }) => type === 'Ready')
  return ready === undefined || ready['status'] === 'True'
}

function hasEnded(pod: Raw): boolean {
  const phase = fieldsOf(pod['status'])['phase']
  return phase === 'Succeeded' || phase === 'Failed'
}
