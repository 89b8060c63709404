import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { startBench } from '../real/change/matrix/bench.ts'
import { type Fault, faults, tryFault } from '../real/change/matrix/faults.ts'
import { type Course, type Outcome, tryPoint } from '../real/change/matrix/points.ts'
import { cases, tryCase } from '../real/change/random-plans.ts'
import { targets } from '../real/change/matrix/targets.ts'
import type { Point } from '../real/change/matrix/victim-job.ts'

// `npm run fuzz:change`: kill -9 at every point of every kind of isolation, then resume and undo; see real/change/matrix.
const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    course: { type: 'string', multiple: true },
    fault: { type: 'string', multiple: true },
    step: { type: 'string', default: '1' },
    at: { type: 'string' },
    jobs: { type: 'string', default: '3' },
    plans: { type: 'string', default: '200' },
    seed: { type: 'string', default: '42' },
  },
})
const courses = (values.course ?? ['finish', 'undo', 'record', 'killed undo', 'killed finish']) as Course[]
const wanted = (values.fault ?? (values.course ? [] : faults)) as Fault[]
const hows: Point['how'][] = ['append', 'before', 'after']
const step = Number(values.step)

const bench = await startBench()
let [points, mismatches] = [0, 0]
const report = (line: string): void => void process.stdout.write(`${line}\n`)
type Lane = { name: string; what: string; how: Point['how']; go(at: Point): Promise<Outcome> }

const kills = (name: string): Lane[] =>
  courses.flatMap((course) =>
    hows.map((how) => ({ name, what: course, how, go: async (at) => await tryPoint(bench, name, course, at) })),
  )
// Whether it is finished or undone after that takes turns.
const strikes = (name: string): Lane[] =>
  wanted.map((fault) => ({
    name,
    what: fault,
    how: fault === 'disk full' || fault === 'state removed' ? 'append' : 'after',
    go: async (at) => await tryFault(bench, name, fault, at, at.k % 2 === 0 ? 'finish' : 'undo'),
  }))

try {
  const next = (values.target ?? Object.keys(targets)).flatMap((name) => [...kills(name), ...strikes(name)]).values()
  const work = async () => {
    for (const { name, what, how, go } of next) {
      let count = 0
      for (let k = values.at ? Number(values.at) : 1; ; k += step) {
        const { wrong, killed } = await go({ how, k })
        if (killed) count += 1
        if (wrong.length > 0) {
          mismatches += 1
          report(`MISMATCH ${name}, ${what}, ${how} ${k}:\n  ${wrong.join('\n  ')}`)
        }
        if (!killed || values.at) break
      }
      points += count
      report(`${name}, ${what}, ${how}: ${count} points`)
    }
  }
  await Promise.all(Array.from({ length: Number(values.jobs) }, work))
  report(`${points} points, ${mismatches} mismatches`)
  let plans = 0
  const property = fc.asyncProperty(cases, async (one) => {
    const wrong = await tryCase(bench, one)
    plans += 1
    if (wrong.length > 0) throw new Error(wrong.join('\n  '))
  })
  const found = await fc.check(property, {
    numRuns: Number(values.plans),
    seed: Number(values.seed),
    endOnFailure: true,
  })
  if (found.failed) {
    mismatches += 1
    report(`MISMATCH ${JSON.stringify(found.counterexample)}:\n  ${String(found.errorInstance)}`)
  }
  report(`${plans} random plans, seed ${values.seed}; ${mismatches} mismatches in all`)
  process.exitCode = mismatches > 0 ? 1 : 0
} finally {
  await bench.close()
}
