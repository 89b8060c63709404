import { SecureError } from '../../errors.ts'
import type { Scope } from '../expression.ts'
import type { Step } from '../model.ts'
import { carryApproval, carryDecision, carryPrompt, inputOf } from './carry-ask.ts'
import { carryCommand, type End } from './carry-command.ts'
import { carryVerify, carryWait } from './carry-wait.ts'
import type { RunContext } from './context.ts'
import { readObject } from './read-object.ts'
import { argsOf, type Carrier, textOf, walk } from './walk.ts'

// After these nobody knows what became of the step, or nothing more can be done: it is gone on with by `resume`.
const ending = new Set(['interrupted', 'journal', 'unreachable', 'timeout', 'unauthorized'])

/** Carries the steps of a run out, with all that is in a context. */
export function carrierOf(context: RunContext): Carrier {
  const carrier: Carrier = {
    entries: context.journal.entries,
    append: context.journal.append,
    async carryOut(step, key, scope, { following, again }) {
      const { responder } = context
      responder.say({
        kind: 'step',
        step: key,
        type: step.type,
        ...(step.title !== undefined && { title: step.title }),
      })
      await context.check()
      const end = withFailure(step, following, await ended(context, carrier, step, key, scope, again))
      responder.say({
        kind: 'done',
        step: key,
        outcome: end.outcome,
        outputs: end.outputs,
        ...(end.why !== undefined && { why: end.why }),
      })
      return end
    },
  }
  return carrier
}

async function ended(
  context: RunContext,
  carrier: Carrier,
  step: Step,
  key: string,
  scope: Scope,
  again: boolean,
): Promise<End> {
  try {
    return await carry(context, carrier, step, key, scope, again)
  } catch (error) {
    if (!(error instanceof SecureError) || ending.has(error.code)) throw error
    return { outcome: 'failed', outputs: null, why: error.message }
  }
}

async function carry(
  context: RunContext,
  carrier: Carrier,
  step: Step,
  key: string,
  scope: Scope,
  again: boolean,
): Promise<End> {
  switch (step.type) {
    case 'command':
      return await carryCommand(context, step, key, scope)
    case 'verify':
      return await carryVerify(context, step, key, scope)
    case 'wait':
      return await carryWait(context, step, key)
    case 'decision':
      return await carryDecision(context, step, key, scope)
    case 'prompt':
      return await carryPrompt(context, step, key, scope)
    case 'approval':
      return await carryApproval(context, step, key, scope)
    case 'get':
      return {
        outcome: 'done',
        outputs: await readObject(context.engine.cluster, await argsOf(namesOf(step), scope, key)),
      }
    case 'note': {
      context.responder.say({ kind: 'note', step: key, text: await textOf(step.text, scope, key) })
      return { outcome: 'done', outputs: {} }
    }
    case 'notify': {
      const { runId, playbook } = headOf(context)
      const summary = await textOf(step.message, scope, key)
      const time = context.engine.now().toISOString()
      const message = {
        id: `${runId}-${key.replaceAll('/', '.')}`,
        run: runId,
        summary,
        details: [`playbook ${playbook}, step ${key}`],
        time,
      }
      const sent = await context.tell(step.channel, { ...message, ...(again && { repeated: true as const }) })
      return { outcome: 'done', outputs: { ...sent }, ...(!sent.sent && { why: sent.why }) }
    }
    case 'call':
      return await carryCall(context, carrier, step, key, scope)
  }
}

async function carryCall(
  context: RunContext,
  carrier: Carrier,
  step: Extract<Step, { type: 'call' }>,
  key: string,
  scope: Scope,
): Promise<End> {
  const { playbook, digest } = await context.library(step.playbook)
  await sameAsBegun(context, key, digest)
  const given = await argsOf(step.with, scope, key)
  const inputs: Scope['inputs'] = {}
  for (const [name, input] of Object.entries(playbook.inputs ?? {}))
    inputs[name] =
      (Object.hasOwn(given, name) ? given[name] : undefined) ??
      (await inputOf(context, `${key}/${name}`, input, { inputs, steps: {} }))
  const { state, why, outputs } = await walk(playbook, inputs, carrier, `${key}/`)
  return state === 'finished'
    ? { outcome: 'done', outputs: { state, steps: outputs } }
    : { outcome: 'failed', outputs: { state, steps: outputs }, ...(why !== undefined && { why }) }
}

// A playbook that is called is part of what was begun.
async function sameAsBegun({ journal }: RunContext, key: string, digest: string): Promise<void> {
  const known = journal.entries.find((entry) => entry.type === 'note' && entry.kind === 'call' && entry.step === key)
  if (!known) return await journal.append({ type: 'note', kind: 'call', step: key, data: digest })
  if (known.type === 'note' && known.data !== digest)
    throw new SecureError('conflict', `${key}: the playbook that is called is not the one that was begun`)
}

function withFailure(step: Step, following: string, end: End): End {
  if (end.outcome !== 'failed') return end
  const how = step.type === 'command' ? step.onFail : step.type === 'verify' ? step.onTimeout : undefined
  if (how === undefined || how === 'stop') return end
  return { ...end, next: how === 'continue' ? (step.next ?? following) : how }
}

function namesOf({ kind, name, namespace }: Extract<Step, { type: 'get' }>) {
  return { kind, name, ...(namespace !== undefined && { namespace }) }
}

function headOf({ journal }: RunContext): { runId: string; playbook: string } {
  const [first] = journal.entries
  return { runId: journal.runId, playbook: first?.type === 'begin' ? first.playbook.name : '' }
}
