import { setTimeout as sleep } from 'node:timers/promises'
import { SecureError } from '../errors.ts'
import type { Engine } from './engine.ts'
import type { Journal } from './journal/journal.ts'
import { kindOf } from './kinds/kinds.ts'
import type { Context, Looked, Write } from './kinds/kind.ts'
import { describeRef } from './describe-ref.ts'
import type { Change, Json } from './plan.ts'
import type { Foreign, StepState } from './reports.ts'

export type Way = 'apply' | 'undo'
export type StepEnd = { state: StepState; uid?: string; why?: string; left?: Foreign[] }

// A conflict means that somebody else was faster, which may happen again; a lost answer, that the network is bad.
const maxTries = 8

/**
 * Carries one change out, or takes it back: look, journal the intent, write, look again, journal the result. What was sent
 * and lost is settled by looking; as all writes name the object's uid and version, or a name nobody else uses, sending one
 * again never does it twice. Throws only where the journal cannot be written: then nothing more may be sent.
 */
export async function runStep(
  engine: Engine,
  journal: Journal,
  change: Change,
  context: Context,
  way: Way,
): Promise<StepEnd> {
  const end = await settle(engine, journal, change, context, way)
  await journal.append({
    type: 'result',
    change: change.id,
    way,
    outcome: end.state === 'planned' ? 'failed' : end.state,
    ...(end.uid !== undefined && { object: { uid: end.uid, resourceVersion: '' } }),
    ...(end.why !== undefined && { why: end.why }),
    ...(end.left !== undefined && end.left.length > 0 && { left: end.left }),
  })
  return end
}

async function settle(engine: Engine, journal: Journal, change: Change, context: Context, way: Way): Promise<StepEnd> {
  const isOurs = () =>
    journal.entries.some((entry) => entry.type === 'intent' && entry.change === change.id && entry.way === way)
  let sent = isOurs()
  let why = ''
  // Whether something was sent of which nobody has seen yet what became of it, in an earlier run perhaps.
  let isOpen = isLastIntent(journal, change)
  let failures = 0
  for (let tries = 0; tries < maxTries; tries++) {
    if (failures > 0) await sleep(Math.min(50 * 2 ** failures, 3000))
    try {
      const looked = await kindOf(change).look(context, change)
      isOpen = false
      const next = way === 'apply' ? toApply(change, context, looked, sent) : toUndo(change, context, looked)
      if ('state' in next) return next
      await journal.append({
        type: 'intent',
        change: change.id,
        way,
        request: next.write.request as { method: string; path: string; body?: Json },
        preimage: preimageOf(looked),
      })
      sent = true
      await next.write.send({ onWarning: (text) => engine.warn(`${describeRef(change.ref)}: ${text}`) })
      isOpen = true
      failures = 0
    } catch (error) {
      if (!(error instanceof SecureError) || error.code === 'interrupted' || isJournalFailure(error)) throw error
      why = error.message
      failures += 1
      if (error.unsettled) isOpen = true
      else if (!isWorthAnotherTry(error)) break
    }
  }
  return isOpen ? { state: 'unsettled', why } : { state: 'failed', why: why || 'the server keeps changing it back' }
}

function isLastIntent({ entries }: Journal, { id }: Change): boolean {
  const last = entries.findLast((entry) => 'change' in entry && entry.change === id)
  return last?.type === 'intent' || (last?.type === 'result' && last.outcome === 'unsettled')
}

function toApply(change: Change, context: Context, looked: Looked, sent: boolean): StepEnd | { write: Write } {
  const { state, object, why } = looked
  if (state === 'before') return { write: kindOf(change).apply(context, change, looked) }
  const uid = object?.metadata.uid
  if (state === 'after') return { state: sent ? 'applied' : 'already', ...(uid !== undefined && { uid }) }
  return { state: 'failed', why: `${describeRef(change.ref)}: ${why ?? state}` }
}

function toUndo(change: Change, context: Context, looked: Looked): StepEnd | { write: Write } {
  const { write, left } = kindOf(change).undo(context, change, looked)
  if (write) return { write }
  // What was made anew is another object: earlier changes to it are taken back on that one.
  const uid = change.do === 'delete' ? looked.object?.metadata.uid : undefined
  if (left.length === 0)
    return { state: looked.state === 'gone' ? 'gone' : 'undone', ...(uid !== undefined && { uid }) }
  // What is given back only on request was announced so: the undo is done without it.
  const state = left.every(({ how }) => how === 'on-request') ? 'undone' : 'partly-undone'
  return { state, left: left.map((entry) => ({ ref: change.ref, ...entry })) }
}

function isWorthAnotherTry({ code }: SecureError): boolean {
  return ['conflict', 'already-exists', 'too-many-requests', 'unreachable', 'timeout', 'bad-answer', 'server'].includes(
    code,
  )
}

function isJournalFailure({ code }: SecureError): boolean {
  return code === 'journal'
}

// Values of Secrets stay where they are: nothing of them is needed to take a change back.
function preimageOf({ object }: Looked): Json {
  if (!object) return null
  if (object.kind !== 'Secret') return object as unknown as Json
  const { data: _data, stringData: _stringData, ...rest } = object
  return rest as unknown as Json
}
