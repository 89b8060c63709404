import type { Engine } from '../../change/engine.ts'
import type { Registry } from '../check.ts'
import type { Message } from '../notify/message.ts'
import type { Sent } from '../notify/notify.ts'
import type { Read } from '../read.ts'
import type { RunJournal } from './journal.ts'
import type { Responder } from './responder.ts'

/** All that a run has to do with what is outside of it. */
export type RunContext = {
  engine: Engine
  journal: RunJournal
  responder: Responder
  actions: Registry
  /** The playbook that a `call` names. Throws SecureError `usage`. */
  library(name: string): Promise<Read>
  /** Tells a channel; never throws. */
  tell(channel: string, message: Message): Promise<Sent>
  sleep(milliseconds: number): Promise<void>
  /** Why evidence that a step requires is done without. */
  skipEvidence?: string
  /** Throws once somebody else has taken the run over. */
  check(): Promise<void>
  /** Makes us the only one who works on the run, before anything is changed. Throws SecureError `conflict` that names who does. */
  hold(): Promise<void>
  incident?: string
  /** For actions (ActionContext). */
  probeImage?: string
  takeOver?: boolean
}
