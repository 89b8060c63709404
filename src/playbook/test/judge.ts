import { isDeepStrictEqual } from 'node:util'
import type { Json } from '../../change/plan.ts'
import type { Call, Changed, Difference, Expected, Trace } from './model.ts'
import { valueText } from './words.ts'

/** Where a case went another way than was expected; empty where it did not. Pure. */
export function differences(trace: Trace, expected: Expected): Difference[] {
  return [
    ...ofPath(trace, expected),
    ...Object.entries(expected.calls ?? {}).flatMap(([step, call]) =>
      ofCall(step, call, callAt(trace.calls, step), `a call of ${call.run}`),
    ),
    ...ofChanges(trace.changes, expected.changes ?? {}),
    ...ofEnd(trace, expected),
  ]
}

type Stop = { step: string; outcome: string; why?: string }

// What is behind the first step that is another one follows from it.
function ofPath(trace: Trace, { path }: Expected): Difference[] {
  const wanted = path.map(stopOf)
  for (let at = 0; at < Math.max(wanted.length, trace.path.length); at += 1) {
    const [one, other]: (Stop | undefined)[] = [wanted[at], trace.path[at]]
    if (one && other && one.step === other.step && one.outcome === other.outcome) continue
    const place = trace.path[at - 1]?.step
    return [
      { at: place === undefined ? 'path' : `path, after ${place}`, expected: stopText(one), got: stopText(other) },
    ]
  }
  return []
}

function stopOf(written: Expected['path'][number]): Stop {
  if (typeof written === 'string') return { step: written, outcome: 'done' }
  const [[step, outcome] = ['', '']] = Object.entries(written)
  return { step, outcome }
}

function stopText(stop: Stop | undefined): string {
  if (!stop) return 'the end'
  const { step, outcome, why } = stop
  return `${step}${outcome === 'done' ? '' : ` ${outcome}`}${why === undefined ? '' : ` (${why})`}`
}

const callAt = <T extends Call>(calls: readonly T[], step: string): T | undefined =>
  calls.find((one) => one.step === step)

function ofCall(
  step: string,
  wanted: { run: string; with?: Record<string, Json> },
  got: Call | undefined,
  what: string,
): Difference[] {
  if (!got) return [{ at: step, expected: what, got: 'none' }]
  if (got.run !== wanted.run) return [{ at: step, expected: wanted.run, got: got.run }]
  if (!wanted.with) return []
  const names = new Set([...Object.keys(wanted.with), ...Object.keys(got.with)])
  return [...names].flatMap((name) => ofValue(`${step}.with.${name}`, wanted.with?.[name], got.with[name]))
}

function ofValue(at: string, wanted: Json | undefined, got: Json | undefined): Difference[] {
  const expected = wanted === undefined ? undefined : valueText(wanted)
  return isDeepStrictEqual(expected, got) ? [] : [{ at, expected: shown(expected), got: shown(got) }]
}

const shown = (value: Json | undefined): string => (value === undefined ? 'nothing' : JSON.stringify(value))

function ofChanges(changes: readonly Changed[], wanted: NonNullable<Expected['changes']>): Difference[] {
  const others = changes.filter(({ step }) => !Object.hasOwn(wanted, step))
  return [
    ...Object.entries(wanted).flatMap(([step, change]) => {
      const got = callAt(changes, step)
      return [
        ...ofCall(step, change, got, `a change by ${change.run}`),
        ...(got && change.undo ? ofValue(`${step}: undo`, change.undo, got.undo) : []),
        ...(got && change.lost ? ofValue(`${step}: lost`, change.lost.toSorted(), got.lost) : []),
      ]
    }),
    ...others.map(({ step, run }) => ({ at: step, expected: 'no change', got: `a change by ${run}` })),
  ]
}

function ofEnd(trace: Trace, { end = 'finished', why }: Expected): Difference[] {
  if (trace.end !== end)
    return [{ at: 'end', expected: end, got: `${trace.end}${trace.why === undefined ? '' : `: ${trace.why}`}` }]
  if (why === undefined || trace.why?.includes(why)) return []
  return [{ at: 'why it stopped', expected: why, got: trace.why ?? 'nothing' }]
}
