import type { LabelSelector } from '../snapshot/objects.ts'

/**
 * Whether a metav1.LabelSelector selects an object with these labels: all of matchLabels and all of matchExpressions.
 * An empty selector selects everything; an operator that Kubernetes does not know selects nothing.
 * Source: apimachinery, metav1.LabelSelectorAsSelector and labels.Requirement.Matches.
 */
export function selects(selector: LabelSelector, labels: Record<string, string>): boolean {
  return (
    Object.entries(selector.matchLabels).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value) &&
    selector.matchExpressions.every(({ key, operator, values }) => {
      const value = Object.hasOwn(labels, key) ? labels[key] : undefined
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value)
        case 'NotIn':
          return value === undefined || !values.includes(value)
        case 'Exists':
          return value !== undefined
        case 'DoesNotExist':
          return value === undefined
        default:
          return false
      }
    })
  )
}
