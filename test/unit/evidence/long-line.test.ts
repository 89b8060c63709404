import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freshDirectory } from '../bundle/cases.ts'

test('a log that is one line of any length is collected, sealed, checked and shown in little memory', () => {
  const mebibytes = 400
  const script = join(import.meta.dirname, 'long-line-child.ts')
  const { stdout, stderr } = spawnSync(process.execPath, [script, freshDirectory(), String(mebibytes)], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  const seen = JSON.parse(stdout) as { most: number; lines: number[] }
  // Of a line that is so long its beginning is shown.
  expect(seen).toMatchObject({ isIntact: true, tail: ' end', found: 2, first: '2026-01-01T00:00:00Z' })
  expect(seen.lines.toSorted((one, other) => one - other).map((length) => length >> 18)).toEqual([2, 4])
  expect(seen.most).toBeLessThan(300)
})
