import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { appendFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  createJournal,
  type Entry,
  hasBegun,
  listJournals,
  openJournal,
  readJournal,
  stateDirectory,
} from '../../../../src/change/journal/journal.ts'
import { clusterId, freshDirectory, plan, planId } from './plans.ts'

const intent: Entry = { type: 'intent', change: 'a', way: 'apply', request: { method: 'POST', path: '/x' } }
const result: Entry = { type: 'result', change: 'a', way: 'apply', outcome: 'applied' }
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

/** A state directory with a journal of three lines that nobody has open. */
async function finished(): Promise<{ state: string; path: string }> {
  const state = join(freshDirectory(), 'state', 'kubectl-secure')
  const journal = await createJournal(state, plan(), 'ana@laptop')
  await journal.append(intent)
  await journal.append(result)
  await journal.close()
  return { state, path: journal.path }
}

describe('a journal', () => {
  test('is for its owner alone, and holds what was appended, in order', async () => {
    const { state, path } = await finished()
    expect([modeOf(state), modeOf(dirname(path)), modeOf(path)]).toEqual(['700', '700', '600'])
    expect(path).toBe(join(state, clusterId, `${planId}.jsonl`))
    const { entries } = await readJournal(path)
    expect(entries).toMatchObject([{ type: 'begin', by: 'ana@laptop', plan: plan() }, intent, result])
    expect(readdirSync(dirname(path))).toEqual([`${planId}.jsonl`])
  })

  test('goes on after it was opened again', async () => {
    const { state, path } = await finished()
    const journal = await openJournal(state, clusterId, planId)
    const [, , last] = journal.entries
    expect(journal.head).toBe(last?.hash)
    await Promise.all([
      journal.append(intent),
      journal.append(result),
      journal.append({ type: 'end', state: 'undone' }),
    ])
    expect(journal.head).toBe(journal.entries[5]?.hash)
    await journal.close()
    const read = await readJournal(path)
    expect(read).toEqual({ entries: journal.entries })
    expect(read.entries.map(({ type }) => type).slice(3)).toEqual(['intent', 'result', 'end'])
  })

  test('is begun once', async () => {
    const { state, path } = await finished()
    const before = readFileSync(path)
    await expect(createJournal(state, plan(), 'eve@laptop')).rejects.toMatchObject({
      code: 'journal',
      message: expect.stringContaining(path),
      hint: expect.stringContaining('resume'),
    })
    expect(readFileSync(path)).toEqual(before)
    await (await openJournal(state, clusterId, planId)).close()
  })

  test('takes nothing once it is closed', async () => {
    const state = join(freshDirectory(), 'kubectl-secure')
    const journal = await createJournal(state, plan(), 'ana@laptop')
    await journal.close()
    await journal.close()
    await expect(journal.append(intent)).rejects.toMatchObject({ code: 'journal' })
  })

  test('that is not there is said so', async () => {
    const state = join(freshDirectory(), 'kubectl-secure')
    await expect(openJournal(state, clusterId, planId)).rejects.toMatchObject({ code: 'not-found' })
    await finished()
    await expect(openJournal((await finished()).state, clusterId, 'zzzz-zzzz-zzzz')).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('zzzz-zzzz-zzzz.jsonl'),
    })
  })

  test.each(['../../etc', 'bk4f-9xzt-2mwq/..', '', 'BK4F-9XZT-2MWQ', 'bk4f-9xzt-2mwq\n', 'a'.repeat(300)])(
    'is never looked for under the id %j',
    async (id) => {
      const state = freshDirectory()
      await expect(openJournal(state, clusterId, id)).rejects.toMatchObject({ code: 'usage' })
      await expect(openJournal(state, `${id}/`, planId)).rejects.toMatchObject({ code: 'usage' })
      const evil = plan([], { id, cluster: { id: `../${id}`, server: 'x' } })
      await expect(createJournal(state, evil, 'x')).rejects.toMatchObject({ code: 'usage' })
      expect(readdirSync(state)).toEqual([])
    },
  )
})

describe('a journal that was cut', () => {
  test('at any byte opens again, keeps the rest, and goes on', async () => {
    const { state, path } = await finished()
    const whole = readFileSync(path)
    const ends = [...whole.entries()].filter(([, byte]) => byte === 0x0a).map(([index]) => index + 1)
    const lengths = [...whole.keys()].filter(
      (index) => index % 7 === 0 || ends.some((end) => Math.abs(end - index) < 3),
    )
    for (const length of lengths) {
      for (const name of readdirSync(dirname(path))) rmSync(join(dirname(path), name))
      writeFileSync(path, whole.subarray(0, length), { mode: 0o600 })
      const kept = ends.filter((end) => end <= length)
      const torn = length - (kept.at(-1) ?? 0)
      const journal = await openJournal(state, clusterId, planId)
      expect(journal.entries.length).toBe(kept.length + (torn > 0 ? 1 : 0))
      if (torn > 0) {
        const data = { at: length - torn, bytes: torn, kept: `${planId}.jsonl.torn-1` }
        expect(journal.entries.at(-1)).toMatchObject({ type: 'note', kind: 'torn-line', data })
        expect(readFileSync(`${path}.torn-1`)).toEqual(whole.subarray(length - torn, length))
        expect(modeOf(`${path}.torn-1`)).toBe('600')
      }
      await journal.append(intent)
      await journal.close()
      expect((await readJournal(path)).entries).toEqual(journal.entries)
    }
    expect(lengths.length).toBeGreaterThan(100)
  })

  test('has begun with its first line, and one that is damaged may have', async () => {
    const { state, path } = await finished()
    const [first = ''] = readFileSync(path, 'utf8').split('\n')
    for (const [text, has] of [
      ['', false],
      [first.slice(0, -9), false],
      [`${first}\n`, true],
      ['x\n', true],
    ] as const) {
      writeFileSync(path, text)
      expect([text, await hasBegun(state, clusterId, planId)]).toEqual([text, has])
    }
    rmSync(path)
    expect(await hasBegun(state, clusterId, planId)).toBe(false)
  })

  test('twice has both pieces kept', async () => {
    const { state, path } = await finished()
    for (const _ of [1, 2]) {
      truncateSync(path, statSync(path).size - 1)
      await (await openJournal(state, clusterId, planId)).close()
    }
    expect(readdirSync(dirname(path)).length).toBe(3)
    expect((await readJournal(path)).broken).toBeUndefined()
  })

  test('is told, not changed, by reading', async () => {
    const { path } = await finished()
    truncateSync(path, statSync(path).size - 9)
    const before = readFileSync(path)
    const { torn, entries } = await readJournal(path)
    expect([torn, entries.length]).toEqual([before.lastIndexOf('\n') + 1, 2])
    expect(readFileSync(path)).toEqual(before)
  })
})

describe('what was changed by somebody else', () => {
  test('is not gone on with, and the line is named', async () => {
    const { state, path } = await finished()
    writeFileSync(path, readFileSync(path, 'utf8').replace('"POST"', '"GETS"'))
    await expect(openJournal(state, clusterId, planId)).rejects.toMatchObject({
      code: 'journal',
      message: expect.stringMatching(/jsonl, line 2, is not as it was written/),
    })
    expect((await readJournal(path)).broken).toMatchObject({ line: 2 })
    // The lock is given back.
    expect(readdirSync(dirname(path))).toEqual([`${planId}.jsonl`])
  })

  test.each([
    ['appended to', (path: string) => appendFileSync(path, 'x'), /changed the file/],
    ['cut', (path: string) => truncateSync(path, 10), /changed the file/],
    ['removed', (path: string) => rmSync(path), /removed the file/],
  ])('while it is open is noticed: %s', async (_, change, why) => {
    const state = join(freshDirectory(), 'kubectl-secure')
    const journal = await createJournal(state, plan(), 'ana@laptop')
    change(journal.path)
    const failure = { code: 'journal', message: expect.stringMatching(why) }
    await expect(journal.append(intent)).rejects.toMatchObject(failure)
    await expect(journal.append(intent)).rejects.toMatchObject(failure)
    expect(journal.entries.length).toBe(1)
    await journal.close()
  })

  test('a journal under the name of another plan or cluster is none', async () => {
    const { state, path } = await finished()
    const other = 'cccc-cccc-cccc'
    renameSync(path, join(dirname(path), `${other}.jsonl`))
    await expect(openJournal(state, clusterId, other)).rejects.toMatchObject({ message: /line 1.*bk4f-9xzt-2mwq/ })
    renameSync(dirname(path), join(state, 'f00'))
    renameSync(join(state, 'f00', `${other}.jsonl`), join(state, 'f00', `${planId}.jsonl`))
    await expect(openJournal(state, 'f00', planId)).rejects.toMatchObject({ message: /line 1/ })
  })
})

describe('a place that is not ours alone is refused', () => {
  test.each(['state', 'cluster', 'file'])('%s that others may write to', async (which) => {
    const { state, path } = await finished()
    const place = { state, cluster: dirname(path), file: path }[which] ?? ''
    chmodSync(place, 0o770)
    const failure = { code: 'journal', message: expect.stringContaining(`${place} is not used`) }
    await expect(openJournal(state, clusterId, planId)).rejects.toMatchObject(failure)
    await expect(readJournal(path)).rejects.toMatchObject(failure)
    chmodSync(place, 0o700)
    await (await openJournal(state, clusterId, planId)).close()
  })

  test.each(['state', 'cluster', 'file'])('%s that is a link', async (which) => {
    const { state, path } = await finished()
    const place = { state, cluster: dirname(path), file: path }[which] ?? ''
    renameSync(place, `${place}-elsewhere`)
    symlinkSync(`${place}-elsewhere`, place)
    await expect(openJournal(state, clusterId, planId)).rejects.toMatchObject({ code: 'journal' })
    await expect(createJournal(state, plan(), 'x')).rejects.toMatchObject({ code: 'journal' })
    await expect(readJournal(path)).rejects.toMatchObject({ code: 'journal' })
  })

  test('a directory above in which anyone may rename it', async () => {
    const { state, path } = await finished()
    chmodSync(dirname(state), 0o777)
    await expect(readJournal(path)).rejects.toMatchObject({ message: /anyone may rename/ })
    chmodSync(dirname(state), 0o1777)
    await readJournal(path)
  })

  test('a directory in the place of the journal, and a file in that of a directory', async () => {
    const { state, path } = await finished()
    rmSync(path)
    mkdirSync(path)
    await expect(readJournal(path)).rejects.toMatchObject({ message: /not a file/ })
    const other = join(freshDirectory(), 'kubectl-secure')
    writeFileSync(other, '')
    await expect(createJournal(other, plan(), 'x')).rejects.toMatchObject({ code: 'journal' })
    expect(existsSync(state)).toBe(true)
  })
})

test('journals are listed by cluster, and nothing else that lies there', async () => {
  const { state, path } = await finished()
  const other = plan([], { id: 'cccc-cccc-cccc', cluster: { id: 'f00', server: 'x' } })
  await (await createJournal(state, other, 'x')).close()
  writeFileSync(join(dirname(path), 'notes.jsonl'), '')
  writeFileSync(`${path}.torn-1`, '')
  mkdirSync(join(state, 'Not A Cluster'))
  const first = { path, clusterId, planId }
  const second = { path: join(state, 'f00', 'cccc-cccc-cccc.jsonl'), clusterId: 'f00', planId: 'cccc-cccc-cccc' }
  expect(await listJournals(state)).toEqual([first, second])
  expect(await listJournals(state, 'f00')).toEqual([second])
  expect(await listJournals(state, 'abc')).toEqual([])
  expect(await listJournals(join(state, 'nowhere'))).toEqual([])
})

test('the state directory is that of the XDG specification', () => {
  expect(stateDirectory({ XDG_STATE_HOME: '/var/s' }, '/home/ana')).toBe('/var/s/kubectl-secure')
  for (const state of [undefined, '', 'relative/path']) {
    expect(stateDirectory({ XDG_STATE_HOME: state }, '/home/ana')).toBe('/home/ana/.local/state/kubectl-secure')
  }
})
