// Writes artefacts into a case for as long as it lives, or seals one; says what it has recorded, a line each.
import { existsSync } from 'node:fs'
import { createCase, openCase } from '../../../src/bundle/case.ts'
import { seal } from '../../../src/bundle/seal.ts'
import { head } from './cases.ts'

const [what, dir = '', out = ''] = process.argv.slice(2)
const chunk = Buffer.alloc(64 * 1024, 'a line of a log that goes on and on\n')
async function* log(count: number) {
  for (let sent = 0; sent < count; sent++) yield chunk
}
if (what === 'seal') {
  process.stdout.write('ready\n')
  for (let count = 0; ; count++) await seal(dir, `${out}.${count}.tar.gz`)
}
const made = existsSync(dir) ? await openCase(dir) : await createCase(dir, head)
process.stdout.write('ready\n')
for (let number = 0; ; number++) {
  const some = [`${number}.1`, `${number}.2`, `${number}.3`].map((name) => ['logs', name])
  const todo = some.filter((path) => !made.has(path))
  await Promise.all(
    todo.map(async (path) => {
      await made.artefact(path, { number }, log(1 + (Number(path[1]?.split('.')[1]) - 1) * 5))
      process.stdout.write(`${path.join('/')}\n`)
    }),
  )
}
