import type { Json } from '../change/plan.ts'
import { asJson, controllerOf, metaOf, type Raw } from '../isolation/raw.ts'
import type { Remedy } from './remedy.ts'
import { refOf } from './workload.ts'

/** Deletes an object. Undo makes it anew, with another uid; of a pod what was in it does not come back, so evidence is taken first. */
export function removeObject(raw: Raw): Remedy {
  const owner = controllerOf(raw)
  return {
    changes: [
      {
        id: 'delete',
        do: 'delete',
        why: 'it is gone, with all that belongs to it',
        ...(raw['kind'] === 'Pod' && { risk: 'what is in its memory and on its disk is gone' }),
        ref: refOf(raw),
        preimage: asJson(raw) as { [key: string]: Json },
        propagation: 'Background',
      },
    ],
    notes: owner ? [`${owner.kind} ${owner.name} puts another one in the place of ${metaOf(raw).name}`] : [],
  }
}
