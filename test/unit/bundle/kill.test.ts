import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { createCase, openCase } from '../../../src/bundle/case.ts'
import { seal } from '../../../src/bundle/seal.ts'
import { verify } from '../../../src/bundle/verify.ts'
import { freshDirectory, head } from './cases.ts'

/** Runs the child until it is killed, so many milliseconds after it is ready; what it had said by then. */
async function killed(after: number, ...args: string[]): Promise<string[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'kill-child.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (part: Buffer) => (said += part.toString()))
  await once(child.stdout, 'data')
  await sleep(after)
  child.kill('SIGKILL')
  await once(child, 'close')
  return said.split('\n').slice(1, -1)
}

test('killed while it writes, again and again: nothing that was recorded is lost, nothing is spliced, and it can be sealed', async () => {
  const base = freshDirectory()
  const dir = join(base, 'case')
  const recorded = new Set<string>()
  for (const after of [3, 17, 40, 8, 23, 61, 5, 31]) {
    for (const name of await killed(after, 'write', dir)) recorded.add(name)
    const report = await verify(dir)
    // The last line of the journal may be half a line, and a file may not have got its name yet: a resume settles that.
    expect(report.problems.filter(({ kind }) => kind !== 'missing')).toEqual([])
  }
  const resumed = await openCase(dir)
  const kept = [...resumed.kept()]
  await resumed.close()
  const whole = kept.filter(({ cut }) => cut === undefined)
  expect(new Set(whole.map(({ path }) => path?.join('/'))).isSupersetOf(recorded)).toBe(true)
  for (const { path, bytes } of whole) expect(bytes).toBe((1 + (Number(path?.[1]?.split('.')[1]) - 1) * 5) * 64 * 1024)
  expect(kept.filter(({ cut }) => cut !== undefined).length).toBeGreaterThan(0)
  const { file } = await seal(dir, join(base, 'x.tar.gz'))
  expect(await verify(file)).toMatchObject({ isIntact: true, problems: [] })
})

test('killed while it seals: what is named .tar.gz is sealed', async () => {
  const base = freshDirectory()
  const dir = join(base, 'case')
  const made = await createCase(dir, head)
  await made.artefact(['log'], {}, Buffer.alloc(3_000_000, 'what is in it\n'))
  await made.close()
  let unfinished = 0
  for (const after of [1, 6, 14, 25, 33, 47, 60, 80]) {
    await killed(after, 'seal', dir, join(base, 'x'))
    const names = readdirSync(base)
    if (names.some((name) => name.endsWith('.sealing'))) unfinished++
    for (const name of names.filter((one) => one.endsWith('.tar.gz'))) {
      expect(await verify(join(base, name))).toMatchObject({ isIntact: true, problems: [] })
      expect(names).toContain(`${name}.sha256`)
    }
    for (const name of names.filter((one) => one.startsWith('x'))) rmSync(join(base, name))
  }
  expect(unfinished).toBeGreaterThan(0)
  await seal(dir, join(base, 'last.tar.gz'))
  expect(await verify(join(base, 'last.tar.gz'))).toMatchObject({ isIntact: true })
})
