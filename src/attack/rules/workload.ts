import type { AttackRule } from '../model.ts'
import { ephemeral, podUpdate } from './workload-change.ts'
import { controllerWrite, dsKubeSystem, podCreate } from './workload-create.ts'
import { attachTo, execInto, nodesProxy } from './workload-exec.ts'
import { podBinding, podSteal } from './workload-place.ts'
import { pvHostPath } from './workload-volumes.ts'

/** Ways by the rights on pods, and on what makes and places them. */
export const workloadRules: AttackRule[] = [
  dsKubeSystem,
  podCreate,
  controllerWrite,
  execInto,
  attachTo,
  nodesProxy,
  podUpdate,
  ephemeral,
  podSteal,
  podBinding,
  pvHostPath,
]
