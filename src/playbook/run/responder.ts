import type { Json } from '../../change/plan.ts'
import type { ChangeAction, Input, Pinned, Planned } from '../model.ts'

/** An answer, and whose it is: the user name by which the API server knows them. */
export type Answer<T> = { value: T; by: string }

/** What is said to the people at a run; texts may have hostile text in them. */
export type RunEvent =
  | { kind: 'step'; step: string; type: string; title?: string }
  | { kind: 'done'; step: string; outcome: 'done' | 'skipped' | 'failed'; why?: string; outputs: Json }
  | { kind: 'note'; step: string; text: string }
  | { kind: 'progress'; step: string; text: string }

/** Who answers: a person at a terminal, or a file of answers. Throws SecureError: `usage` where there is no answer, `interrupted`. */
export type Responder = {
  /** A value for an input of this key, or its default, pinned to the object it names; undefined where it is optional and left out. */
  input(key: string, input: Input, where: { namespace?: string }): Promise<Answer<Json> | undefined>
  decide(key: string, question: { ask: string; help?: string; cases: Record<string, string> }): Promise<Answer<string>>
  /** Whether the role takes responsibility; `plans` are digests of what is known of the changes it covers. */
  approve(
    key: string,
    question: { role: string; ask: string; covers: string[]; plans: string[] },
  ): Promise<Answer<boolean>>
  /** Shows a plan, and asks whether it may be carried out; of what cannot be taken back the name is typed. */
  mayApply(key: string, action: ChangeAction, planned: Planned, destroys: Pinned[]): Promise<Answer<boolean>>
  say(event: RunEvent): void
}
