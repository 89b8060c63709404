import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createCase } from '../../../src/bundle/case.ts'
import { collectAuditLogs } from '../../../src/evidence/audit-files.ts'
import { limiter } from '../../../src/evidence/limiter.ts'
import { type Run, runOf } from '../../../src/evidence/run.ts'
import { newTally } from '../../../src/evidence/tally.ts'
import { freshDirectory, head } from '../bundle/cases.ts'

/** Copies the logs of a directory; `after` is told the source of each that is copied. What is there, by name, and the gaps. */
async function copied(place: string, after: (source: string) => void = () => {}) {
  const evidence = await createCase(join(freshDirectory(), 'case'), head)
  const told: typeof evidence = {
    ...evidence,
    async artefact(path, meta, source) {
      const done = await evidence.artefact(path, meta, source)
      after(meta['source'] as string)
      return done
    },
  }
  const parts = { evidence: told, limit: limiter(1, 1), tally: newTally(), done: new Map(), listed: new Map() }
  const run = runOf({ ...parts, request: {}, recorder: {}, engine: undefined } as unknown as Run, () => false)
  await collectAuditLogs(run, place, 1)
  const found: Record<string, string> = {}
  for (const { path = [], file, cut } of evidence.kept())
    if (cut === undefined) found[path.slice(2).join('/')] = readFileSync(join(evidence.dir, file), 'utf8')
  await evidence.close()
  return { found, gaps: run.gaps.map(({ what }) => what.replace(place, '')) }
}

test('logs that are rotated while they are copied are all there', async () => {
  const place = freshDirectory()
  const at = (name: string) => join(place, name)
  writeFileSync(at('audit-1.log'), 'one')
  writeFileSync(at('audit.log'), 'two')
  let turn = 2
  // As lumberjack does it; the second time while it is looked again.
  const { found, gaps } = await copied(place, (source) => {
    if (!/audit-[12]\.log$/.test(source)) return
    renameSync(at('audit.log'), at(`audit-${turn}.log`))
    writeFileSync(at('audit.log'), turn === 2 ? 'three' : 'four')
    turn++
  })
  expect(gaps).toEqual([])
  expect(found).toEqual({ 'audit-1.log': 'one', 'audit-2.log': 'two', 'audit-3.log': 'three', 'audit.log': 'three' })
})

test('one that is gone or cannot be read is a gap, and the others are there', async () => {
  const place = freshDirectory()
  const at = (name: string) => join(place, name)
  for (const name of ['a.log', 'b.log', 'd.log']) writeFileSync(at(name), name)
  mkdirSync(at('c'))
  writeFileSync(at('c/e.log'), 'e')
  symlinkSync('/etc/hostname', at('link.log'))
  const { found, gaps } = await copied(place, (source) => {
    if (source === at('a.log')) rmSync(at('b.log'))
  })
  expect(found).toEqual({ 'a.log': 'a.log', 'c/e.log': 'e', 'd.log': 'd.log' })
  expect(gaps).toEqual(['the audit log /b.log'])
})
