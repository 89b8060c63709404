import { parseArgs } from 'node:util'
import { startCluster } from '../cluster/start-cluster.ts'
import { type Draw, drawFrom } from './draw.ts'
import { openGround } from './paths-field.ts'
import { addTally, emptyTally, summaryOf, tryEscalations } from './paths-trial.ts'
import { drawEscalations } from './paths-world.ts'
import { quietCluster } from './quiet-cluster.ts'
import { elapsed } from './run.ts'

// `npm run fuzz:paths -- --worlds N --seed S [--minutes M]`: what `paths` says of random worlds, walked on a real kube-apiserver; and a walker that escalates by trying.
const { values } = parseArgs({
  options: {
    worlds: { type: 'string', default: '200' },
    seed: { type: 'string' },
    minutes: { type: 'string', default: '600' },
    most: { type: 'string', default: '1' },
  },
})
const worlds = Number(values.worlds)
const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed)
const end = Date.now() + Number(values.minutes) * 60_000
const most = Number(values.most)

// The choices that follow those of the world.
function drawAgain(of: number): Draw {
  const draw = drawFrom(of)
  drawEscalations(draw)
  return draw
}

process.stderr.write(`seed ${seed}\n`)
const cluster = await startCluster({ level: 'control-plane', ...quietCluster })
try {
  const ground = await openGround(cluster)
  const tally = emptyTally()
  let wrong = 0
  let again = 0
  for (let number = 0; number < worlds && Date.now() < end && wrong < most; number += 1) {
    const draw = drawFrom(seed + number)
    const world = drawEscalations(draw)
    let counted = emptyTally()
    let found = await tryEscalations(ground, world, counted, draw)
    // Before anything is called wrong, it is tried again: the server may still have been at work.
    if (found.length > 0) {
      again += 1
      counted = emptyTally()
      found = await tryEscalations(ground, world, counted, drawAgain(seed + number))
    }
    addTally(tally, counted)
    if (found.length > 0) {
      wrong += 1
      process.stdout.write(`WORLD ${seed + number}\n${JSON.stringify(world)}\n  ${found.join('\n  ')}\n`)
    }
    if (number % 5 === 4) process.stderr.write(`${elapsed()}: ${summaryOf(tally)}\n`)
  }
  ground.close()
  process.stdout.write(`${summaryOf(tally)}; ${again} worlds tried again, ${wrong} with a difference, seed ${seed}\n`)
  process.exitCode = wrong > 0 ? 1 : 0
} finally {
  await cluster.stop()
}
