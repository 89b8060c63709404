import type { ResourceAttributes } from '../../../src/cluster/access-review.ts'
import type { Right } from '../../../src/playbook/model.ts'

/** Whether a right is among those that were announced: by name, or more generally. */
export function announces(announced: readonly Right[], asked: ResourceAttributes): boolean {
  return announced.some(
    (right) =>
      right.verb === asked.verb &&
      right.group === (asked.group ?? '') &&
      right.resource === asked.resource &&
      right.subresource === asked.subresource &&
      (right.namespace === undefined || right.namespace === asked.namespace) &&
      (right.name === undefined || right.name === asked.name),
  )
}
