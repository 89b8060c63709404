import type { Plan } from '../../../../src/change/plan.ts'
import type { IsolateRequest } from '../../../../src/isolation/request.ts'
import type { LockdownOptions } from '../../../../src/lockdown/model.ts'
import type { TargetQuery } from '../../../../src/isolation/scene.ts'

/** Right before the k-th append to the journal, right before the k-th write is sent, right after the server has answered it. */
export type Point = { how: 'append' | 'before' | 'after'; k: number }

export type Task =
  | { do: 'lockdown'; namespace: string; options: Partial<LockdownOptions> }
  | { do: 'isolate'; query: TargetQuery; options: IsolateRequest['options'] }
  | { do: 'apply'; plan: Plan }
  | { do: 'undo' | 'finish'; id: string }

/** One responder: who they are, where their journals are, and where their records. */
export type Responder = { kubeconfig: string; stateDir: string; stateNamespace: string; holder: string }
export type Job = Responder & { task: Task; at?: Point }

/** What a victim says that came to its end. */
export type Ended = { state: string; code?: string; message?: string; counts: Record<Point['how'], number> }
