import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCluster } from '../cluster/start-cluster.ts'
import { killTrial, runCollect, wholeOf } from '../real/evidence/kill-trial.ts'

// `evidence.ts [TRIALS] [SEED]`: kills collections at random places of their journals and while they seal, lets them go on, and holds
// what came of it against an undisturbed one.
const trials = Number(process.argv[2] ?? 200)
let seed = Number(process.argv[3] ?? Date.now() % 1e9)
process.stdout.write(`seed ${seed}\n`)
const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
const home = mkdtempSync(join(tmpdir(), 'kubectl-secure-kill-'))
const running = await startCluster({ level: 'control-plane' })
let failed = 0
try {
  await runCollect(home, running.kubeconfig, ['--output', join(home, 'whole')])
  const wanted = await wholeOf(join(home, 'whole.tar.gz'))
  const bytes = statSync(join(home, 'whole/custody/journal.jsonl')).size
  for (let trial = 1; trial <= trials; trial++) {
    const at = random() < 0.1 ? -1 : Math.floor(random() * bytes * 0.95)
    const place = join(home, String(trial))
    mkdirSync(place)
    const wrong = await killTrial(place, running.kubeconfig, at, wanted)
    if (wrong.length > 0) failed++
    for (const line of wrong) process.stdout.write(`trial ${trial}, at ${at}: ${line}\n`)
    rmSync(place, { recursive: true, force: true })
  }
  process.stdout.write(`${trials} trials, ${failed} failed\n`)
} finally {
  await running.stop()
  rmSync(home, { recursive: true, force: true })
}
process.exitCode = failed > 0 ? 1 : 0
