import type { Json } from '../../change/plan.ts'
import type { Recorded } from '../run/entry.ts'

type Raw = Record<string, unknown>

/** Manifests: paths beside the test, or objects as they are. */
export type Fixture = string | (string | Raw)[]
export type TestAnswers = {
  inputs?: Record<string, Json>
  decisions?: Record<string, string | boolean>
  confirm?: Record<string, boolean | string | string[]>
  approvals?: Record<string, { by: string }>
}
/** What a step's action gives where a fixture cannot show it. */
export type Stated = { fails?: string; outputs?: Record<string, Json>; complete?: boolean }

/** The tests of a playbook, as they are written. What is beside `cases` holds for each of them; a case's own comes over it. */
export type TestFile = Setting & { apiVersion: string; kind: 'PlaybookTest'; cases: TestCase[] }
type Setting = { cluster?: Fixture; answers?: TestAnswers; outcomes?: Record<string, Stated> }
export type TestCase = Setting & { name: string; expect: Expected }
export type Expected = {
  path: (string | Record<string, 'skipped' | 'failed'>)[]
  calls?: Record<string, ExpectedCall>
  changes?: Record<string, ExpectedCall & { undo?: string[]; lost?: string[] }>
  end?: 'finished' | 'stopped'
  why?: string
}
type ExpectedCall = { run: string; with?: Record<string, Json> }

/** A call of an action, or of another playbook. Objects in its values are texts: `Pod shop/web-0`. */
export type Call = {
  step: string
  run: string
  kind: 'question' | 'evidence' | 'change' | 'call'
  with: Record<string, Json>
}
/** What a call has changed, in words: what undo does, its first thing first, and what it cannot bring back. */
export type Changed = Call & { undo: string[]; lost: string[] }

/** What became of one case. */
export type Trace = {
  path: { step: string; outcome: 'done' | 'skipped' | 'failed' | 'unfinished'; why?: string }[]
  calls: Call[]
  changes: Changed[]
  end: 'finished' | 'stopped'
  why?: string
  entries: readonly Recorded[]
}

/** Where a case is not as it was expected. */
export type Difference = { at: string; expected: string; got: string }
