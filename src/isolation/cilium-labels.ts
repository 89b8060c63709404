import type { Scene } from './scene.ts'

/**
 * Whether Cilium would not see our label, so that no policy can select by it: its configuration may list the labels that make a
 * pod's identity. Patterns that are more than a prefix are left to the proof. Source: Cilium's documentation, "Limiting
 * Identity-Relevant Labels".
 */
export function labelUnseen({ ciliumLabels = '' }: Scene, label: string): { why: string; hint: string } | undefined {
  const included = ciliumLabels
    .split(/\s+/)
    .filter((pattern) => pattern !== '' && !pattern.startsWith('!'))
    .map((pattern) => pattern.replace(/^(?:k8s|any|):/, '').replaceAll('\\.', '.'))
  // Without any that is included, all are but those that are excluded.
  if (included.length === 0 || included.some((prefix) => !/^[\w./-]*$/.test(prefix) || label.startsWith(prefix))) {
    return undefined
  }
  return {
    why: `Cilium counts only some labels as a pod's identity here, and not ${label}: no policy of ours would select the pod`,
    hint: 'add kubectl-secure.github.io to `labels` of the ConfigMap kube-system/cilium-config and restart its agents, or isolate the node',
  }
}
