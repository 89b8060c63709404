import type { Gate } from '../change/active-run.ts'
import type { Engine } from '../change/engine.ts'
import type { Plan } from '../change/plan.ts'
import { gatesOf as isolationGates } from '../isolation/gates.ts'

/** The check that quotas wait for: what proves the lockdown needs pods itself. */
export const probedGate = 'probed'

/**
 * The checks that a plan of any kind asks for. That of a lockdown's quotas is a matter of order alone: they come after the canaries, of which
 * a saved plan, or a run that is gone on with, makes no verdict.
 */
export function gatesOf(
  engine: Pick<Engine, 'cluster'>,
  plan: Plan,
  probes: () => Promise<unknown> = () => Promise.resolve(),
): Record<string, Gate> {
  return {
    ...isolationGates(engine, plan),
    [probedGate]: async () => {
      await probes()
      return { ok: true, why: 'what proves the lockdown needs no more pods' }
    },
  }
}
