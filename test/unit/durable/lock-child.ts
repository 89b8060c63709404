// Takes the lock of a plan and says so; holds it until its input ends, or for as many milliseconds as it is told.
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { takeLock } from '../../../src/durable/lock.ts'

const [directory = '', planId = '', log = '', milliseconds] = process.argv.slice(2)
const lock = await takeLock(directory, planId, new Date()).catch((error: Error) => {
  process.stdout.write(`refused: ${error.message}\n`)
  process.exit(3)
})
appendFileSync(log, 'in\n')
process.stdout.write('locked\n')
if (milliseconds === undefined) for await (const _ of process.stdin);
else await sleep(Number(milliseconds))
appendFileSync(log, 'out\n')
await lock.release()
