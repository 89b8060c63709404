// Fills a disk with a journal; says what happened, as JSON.
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createJournal, type Entry, openJournal, readJournal } from '../../../../src/change/journal/journal.ts'
import { SecureError } from '../../../../src/errors.ts'
import { clusterId, plan, planId } from './plans.ts'

const [disk = ''] = process.argv.slice(2)
const state = join(disk, 'kubectl-secure')
const entry: Entry = {
  type: 'intent',
  change: 'a',
  way: 'apply',
  request: { method: 'POST', path: '/x' },
  preimage: 'x'.repeat(3000),
}
const failureOf = async (work: Promise<unknown>) =>
  await work.then(
    () => undefined,
    (error: unknown) =>
      error instanceof SecureError ? { code: error.code, message: error.message, hint: error.hint } : String(error),
  )

const ballast = join(disk, 'ballast')
writeFileSync(ballast, Buffer.alloc(64 * 1024))
const journal = await createJournal(state, plan(), 'ana@laptop')
let appended = 0
let failure: unknown
while (failure === undefined && appended < 1000) {
  failure = await failureOf(journal.append(entry))
  if (failure === undefined) appended++
}
const size = statSync(journal.path).size
const again = await failureOf(journal.append(entry))
const sizeAfter = statSync(journal.path).size
await journal.close()
const read = await readJournal(journal.path)
const full = await failureOf(openJournal(state, clusterId, planId))
const left = readdirSync(dirname(journal.path))
const newPlan = await failureOf(createJournal(state, plan([], { id: 'cccc-cccc-cccc' }), 'ana@laptop'))
const leftByNew = readdirSync(dirname(journal.path)).filter((name) => name.startsWith('cccc'))
rmSync(ballast)
const reopened = await openJournal(state, clusterId, planId)
await reopened.append(entry)
await reopened.close()
const end = await readJournal(journal.path)
const result = {
  path: journal.path,
  appended,
  failure,
  again,
  isUntouched: size === sizeAfter,
  kept: read.entries.length,
  torn: read.torn,
  full,
  left,
  newPlan,
  leftByNew,
  types: end.entries.slice(appended + 1).map(({ type }) => type),
  broken: end.broken,
}
process.stdout.write(JSON.stringify(result))
