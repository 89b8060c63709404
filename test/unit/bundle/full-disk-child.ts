// Fills a disk with a case; says what happened, as JSON.
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCase, openCase } from '../../../src/bundle/case.ts'
import { seal } from '../../../src/bundle/seal.ts'
import { verify } from '../../../src/bundle/verify.ts'
import { SecureError } from '../../../src/errors.ts'
import { head } from './cases.ts'

const [disk = ''] = process.argv.slice(2)
const dir = join(disk, 'case')
const failureOf = async (work: Promise<unknown>) =>
  await work.then(
    () => undefined,
    (error: unknown) =>
      error instanceof SecureError ? { code: error.code, message: error.message, hint: error.hint } : String(error),
  )
const ballast = join(disk, 'ballast')
writeFileSync(ballast, Buffer.alloc(2 * 1024 * 1024))
async function* log() {
  for (let count = 0; count < 7; count++) yield Buffer.alloc(16 * 1024, count)
}
const made = await createCase(dir, head)
const recorded: string[] = []
let failure: unknown
while (failure === undefined && recorded.length < 1000) {
  const path = ['logs', String(recorded.length)]
  failure = await failureOf(made.artefact(path, {}, log()))
  if (failure === undefined) recorded.push(path.join('/'))
}
await made.close()
const full = await verify(dir)
const sealing = await failureOf(seal(dir, join(disk, 'x.tar.gz'), { sign: undefined }))
const looksSealed = existsSync(join(disk, 'x.tar.gz'))
rmSync(ballast)
const resumed = await openCase(dir)
const kept = [...resumed.kept()].map(({ path, cut }) => ({ name: path?.join('/'), isCut: cut !== undefined }))
await resumed.artefact(['logs', String(recorded.length)], {}, log())
await resumed.close()
const { file } = await seal(dir, join(disk, 'x.tar.gz'))
const end = await verify(file)
const left = readdirSync(disk)
process.stdout.write(
  JSON.stringify({ recorded, failure, problems: full.problems, sealing, looksSealed, kept, end: end.problems, left }),
)
