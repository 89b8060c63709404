import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { knownRuns } from '../../../../src/change/find-run.ts'
import type { Cluster } from '../../../../src/cluster/cluster.ts'
import { SecureError } from '../../../../src/errors.ts'
import { carryOutIsolation } from '../../../../src/isolation/carry-out.ts'
import { refusalOf } from '../../../../src/change/refusal.ts'
import { prepareIsolation } from '../../../../src/isolation/prepare.ts'
import { faultProxy } from '../../../unit/cluster/fault-proxy.ts'
import { connectTo } from '../harness.ts'
import { type Doom, doomed, isWrite } from './doom.ts'
import { engineOf, image } from './engine.ts'
import type { Outcome } from './points.ts'
import { targets } from './targets.ts'
import { begin, type Bench, checkFinished, checkUndone, finish, lookAtRun, type Trial, undo } from './trial.ts'
import type { Point } from './victim-job.ts'

/** What goes wrong from a point on, for the rest of a run that itself lives on. */
export const faults = ['interrupted', 'network lost', 'state removed', 'disk full'] as const
export type Fault = (typeof faults)[number]

/** One isolation that meets a fault at a point; then all is well again, and it is finished or not, and undone. */
export async function tryFault(
  bench: Bench,
  name: string,
  fault: Fault,
  at: Point,
  course: 'finish' | 'undo',
): Promise<Outcome> {
  const target = targets[name]
  if (!target) throw new TypeError(`no target ${name}`)
  const trial = await begin(bench, target)
  const disk = fault === 'disk full' ? mountDisk(dirname(trial.place.responder.stateDir)) : undefined
  try {
    const struck = await isolateWith(trial, name, fault, at, disk)
    disk?.empty()
    // Whoever was struck has ended: nobody else goes on while he does.
    const { runs } = await knownRuns(trial.engine)
    const [known] = runs
    const run = known && (fault === 'state removed' ? known : await lookAtRun(trial))
    if (!run) return { wrong: trial.wrong, killed: struck }
    const canFinish = struck && run.records.includes('journal')
    if (course === 'finish' && canFinish) await checkFinished(trial, run.plan, await finish(trial, run.plan.id))
    await checkUndone(trial, run.plan, await undo(trial, run.plan.id))
    return { wrong: trial.wrong, killed: struck }
  } finally {
    disk?.remove()
    await trial.place.end()
  }
}

type Disk = { fill(): void; empty(): void; remove(): void }

/** A disk of some pages; root alone can mount it. */
function mountDisk(path: string): Disk {
  const run = (...argv: string[]) => {
    const { status, stderr } = spawnSync(argv[0] ?? '', argv.slice(1), { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
  }
  run('mount', '-t', 'tmpfs', '-o', 'size=512k,mode=0700', 'tmpfs', path)
  const ballast = join(path, 'ballast')
  return {
    fill() {
      const file = openSync(ballast, 'w')
      try {
        for (;;) writeSync(file, Buffer.alloc(4096))
      } catch {
        closeSync(file)
      }
    },
    empty: () => rmSync(ballast, { force: true }),
    remove: () => run('umount', path),
  }
}

async function isolateWith(
  trial: Trial,
  name: string,
  fault: Fault,
  at: Point,
  disk: Disk | undefined,
): Promise<boolean> {
  const { place, wrong } = trial
  const { responder, space, node } = place
  let isStruck = false
  const strike = () => {
    isStruck = true
    if (fault === 'state removed') rmSync(responder.stateDir, { recursive: true, force: true })
    disk?.fill()
  }
  const lost = () => (isStruck && fault === 'interrupted' ? new SecureError('interrupted', 'Ctrl-C') : undefined)
  const doom = doomed(at, strike, lost)
  const network = fault === 'network lost' ? await losingNetwork(trial, doom, at, strike) : undefined
  const cluster: Cluster = network?.cluster ?? trial.cluster
  try {
    const engine = await engineOf(doom.wrap(cluster), responder, doom.now)
    const prepared = await prepareIsolation(engine, {
      query: targets[name]?.query(space, node) ?? { kind: 'Node', name: node },
      options: targets[name]?.options ?? {},
      command: ['isolate'],
      image,
    })
    const refused = refusalOf(prepared.preflight)
    if (refused) throw refused
    doom.arm()
    await carryOutIsolation(engine, prepared, { since: Date.now() })
  } catch (error) {
    if (!(error instanceof SecureError) || !isStruck) wrong.push(String(error))
  } finally {
    await network?.close()
  }
  return isStruck
}

/** The cluster through a proxy that loses every connection from the k-th write on: before the server has that one, or after. */
async function losingNetwork(trial: Trial, doom: Doom, { how, k }: Point, strike: () => void) {
  let isLost = false
  const proxy = await faultProxy(trial.kubeconfig, (method, path) => {
    if (isLost) return { reset: 'before' }
    if (!isWrite({ method, path }) || how === 'append' || doom.counts.before !== k) return undefined
    isLost = true
    strike()
    return { reset: how }
  })
  const directory = mkdtempSync(join(dirname(trial.place.responder.stateDir), 'proxy-'))
  mkdirSync(directory, { recursive: true })
  const file = join(directory, 'kubeconfig')
  writeFileSync(file, proxy.kubeconfig(), { mode: 0o600 })
  const cluster = await connectTo(file)
  const close = async () => {
    cluster.close()
    await proxy.close()
  }
  return { cluster, close }
}
