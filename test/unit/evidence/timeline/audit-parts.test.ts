import { expect, test } from 'vitest'
import type { Kept } from '../../../../src/bundle/entry.ts'
import { auditParts } from '../../../../src/evidence/timeline/audit-parts.ts'

const one = (path: string, bytes: number, more: Partial<Kept> = {}): Kept => ({
  path: path.split('/'),
  file: `data/${path}`,
  sha256: '',
  bytes,
  meta: {},
  cut: undefined,
  ...more,
})

async function read(...all: Kept[]) {
  const kept = new Map(all.map((each) => [each.file, each]))
  const found = auditParts({
    kept,
    async *artefacts(filter = () => true) {
      for (const each of all) if (filter(each)) yield { ...each, async *content() {} }
    },
  })
  const names: string[] = []
  for await (const { name } of found?.parts.parts() ?? []) names.push(name)
  return { names, gaps: found?.gaps }
}

test('a log that was cut and then had whole is read once, and is no gap; one that stayed cut is', async () => {
  const part = one('audit/n/p/audit.log', 5, { file: 'data/audit/n/p/audit.log.part1', cut: 'cut short' })
  const whole = one('audit/n/p/audit.log', 9)
  expect(await read(part, whole)).toEqual({ names: ['audit/n/p/audit.log'], gaps: [] })
  expect(await read(part)).toMatchObject({ names: ['audit/n/p/audit.log'], gaps: [{ why: 'it was cut: cut short' }] })
  expect(await read(one('logs/x', 1))).toEqual({ names: [], gaps: undefined })
})

test('of a log with a beginning and an end, what is not between them is a gap', async () => {
  const head = one('audit/n/p/audit.log', 100)
  const tail = (from: number) =>
    one('audit/n/p/audit.log.tail', 50, { meta: { of: ['audit', 'n', 'p', 'audit.log'], from, total: from + 50 } })
  expect((await read(head, tail(100))).gaps).toEqual([])
  expect((await read(head, tail(130))).gaps).toMatchObject([{ why: expect.stringMatching(/^30 bytes/) }])
})
