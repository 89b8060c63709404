import { metaOf } from '../isolation/raw.ts'
import { selects } from '../workload/label-selector.ts'
import { chosenBy } from './meant.ts'
import type { LockdownOptions, LockdownScene } from './model.ts'
import { groundOf } from './network/ground.ts'

/** Namespaces of which a selection chooses nobody, in words: where nothing would break by it, as nothing is closed. Pure. */
export function nobodyChosen(
  scenes: readonly LockdownScene[],
  { selector }: Pick<LockdownOptions, 'selector'>,
): string[] {
  if (!selector) return []
  return scenes
    .filter(
      (scene) =>
        chosenBy(scene, selector).length === 0 &&
        !groundOf(scene).workloads.some(({ labels }) => selects(selector, labels)),
    )
    .map(
      (scene) =>
        `no pod and no workload of namespace ${metaOf(scene.namespace).name} has the labels that -l asks for: nothing there is closed but what gets them later`,
    )
}
