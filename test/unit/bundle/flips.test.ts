import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, gunzipSync, inflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCase } from '../../../src/bundle/case.ts'
import { seal } from '../../../src/bundle/seal.ts'
import { verify } from '../../../src/bundle/verify.ts'
import { freshDirectory, head, now } from './cases.ts'
import { rezipped, unpacked } from './tampering.ts'

type Stretch = { file: string | undefined; start: number; end: number }
let bytes: Buffer
let tar: Buffer
let base: string
/** Which bytes of the archive are which file; those between are headers and fillings. */
const stretches: Stretch[] = []

beforeAll(async () => {
  base = freshDirectory(afterAll)
  const made = await createCase(join(base, 'case'), head, now)
  await made.artefact(['pods', '1.json'], {}, Buffer.from('{"items":[]}'))
  await made.artefact(['logs', 'app'], {}, Buffer.from('one\ntwo\n'))
  await made.close()
  const { file } = await seal(join(base, 'case'), join(base, 'x.tar.gz'))
  bytes = readFileSync(file)
  tar = gunzipSync(bytes)
  let at = 0
  for (const { header, body } of await unpacked(file)) {
    stretches.push(
      { file: undefined, start: at, end: at + 512 },
      { file: header.name.slice('case-1/'.length), start: at + 512, end: at + 512 + body.length },
    )
    at += 512 + Math.ceil(body.length / 512) * 512
    stretches.push({ file: undefined, start: at - (Math.ceil(body.length / 512) * 512 - body.length), end: at })
  }
  stretches.push({ file: undefined, start: at, end: tar.length })
})

const named = ({ problems }: { problems: { kind: string; file?: string }[] }) =>
  new Set(problems.filter(({ kind }) => kind === 'changed' || kind === 'journal').map(({ file }) => file))

test('a bit that is flipped in any byte of the archive is found in the file that it is in', async () => {
  const file = join(base, 'flipped.tar.gz')
  for (const { file: of, start, end } of stretches) {
    // Every byte of what is small, and enough of zeros.
    for (let at = start; at < end; at += of === undefined ? 13 : of.endsWith('.jsonl') ? 23 : 5) {
      const flipped = Buffer.from(tar)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
      await rezipped(flipped, file)
      const report = await verify(file)
      expect(report.isIntact, `byte ${at}, in ${of}`).toBe(false)
      if (of !== undefined) expect(named(report), `byte ${at}`).toEqual(new Set([of]))
    }
  }
})

test('a bit that is flipped in any byte of the sealed file is found, and the files that it changes are named', async () => {
  const file = join(base, 'flipped.tar.gz')
  writeFileSync(`${file}.sha256`, readFileSync(join(base, 'x.tar.gz.sha256')))
  for (let at = 0; at < bytes.length; at++) {
    const flipped = Buffer.from(bytes)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
    writeFileSync(file, flipped)
    const report = await verify(file)
    expect(report.isIntact, `byte ${at}`).toBe(false)
    const changed = changedFiles(flipped)
    // With the journal and a manifest changed nothing is left to tell which of a file and its digest is right.
    if (changed?.has('custody/journal.jsonl') && [...changed].some((one) => one.includes('manifest'))) {
      expect(named(report).has('custody/journal.jsonl'), `byte ${at}`).toBe(true)
    } else if (changed) expect(named(report), `byte ${at}`).toEqual(changed)
    else
      expect(
        report.problems.some(({ kind }) => kind !== 'archive'),
        `byte ${at}`,
      ).toBe(true)
  }
})

/** What a flipped bit did, where it left an archive of the same length and the same headers. */
function changedFiles(flipped: Buffer): Set<string> | undefined {
  try {
    const found = inflateRawSync(flipped.subarray(10), { finishFlush: constants.Z_SYNC_FLUSH })
    if (found.length !== tar.length || flipped.subarray(0, 4).compare(bytes.subarray(0, 4)) !== 0) return undefined
    const changed = stretches.filter(({ start, end }) => !found.subarray(start, end).equals(tar.subarray(start, end)))
    if (changed.some(({ file }) => file === undefined)) return undefined
    return new Set(changed.map(({ file }) => file ?? ''))
  } catch {
    return undefined
  }
}

test('cut at any byte it is not whole, and says where reading ended', async () => {
  const file = join(base, 'cut.tar.gz')
  for (let length = 0; length < bytes.length; length += 3) {
    writeFileSync(file, bytes.subarray(0, length))
    const kinds = new Set((await verify(file)).problems.map(({ kind }) => kind))
    expect(kinds.has('truncated') || (length < 2 && kinds.size > 0), `${length} bytes`).toBe(true)
    expect(kinds.has('changed'), `${length} bytes`).toBe(false)
  }
})
