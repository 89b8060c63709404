import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithCluster } from '../../cluster/suite.ts'
import { benchOn, trialFlags } from './matrix/bench.ts'
import { faults, tryFault } from './matrix/faults.ts'
import { type Course, tryPoint } from './matrix/points.ts'
import { targets } from './matrix/targets.ts'
import type { Bench } from './matrix/trial.ts'
import type { Point } from './matrix/victim-job.ts'

// A sample of what `npm run fuzz:change` goes through in full: every target, every course, every way to be killed.
const courses: Course[] = ['finish', 'undo', 'record', 'killed undo', 'killed finish']
const hows: Point['how'][] = ['append', 'before', 'after']
const longest: Record<Course, number> = { finish: 24, undo: 24, record: 24, 'killed undo': 12, 'killed finish': 18 }
const seed = 11

const points = Object.keys(targets).map((name, row) => {
  const course = courses[(row + seed) % courses.length] as Course
  const how = hows[row % hows.length] as Point['how']
  const most = how === 'append' ? longest[course] : Math.floor(longest[course] / 2)
  return { name, course, how, k: 1 + ((row * 7 + seed) % most) }
})

describeWithCluster(
  'control-plane',
  'kill -9',
  (running) => {
    let bench: Bench & { close(): void }
    beforeAll(async () => {
      bench = await benchOn(running())
    })
    afterAll(() => bench?.close())

    test.concurrent.for(points)(
      '$name, $how $k, then $course: told truly, done once, and all as before',
      async ({ name, course, how, k }) => {
        const { wrong } = await tryPoint(bench, name, course, { how, k })
        expect(wrong).toEqual([])
      },
    )

    const isRoot = process.getuid?.() === 0
    const struck = faults
      .filter((fault) => isRoot || fault !== 'disk full')
      .map((fault, row) => {
        const isOfJournal = fault === 'disk full' || fault === 'state removed'
        const how: Point['how'] = isOfJournal ? 'append' : 'after'
        return { fault, course: row % 2 === 0 ? ('finish' as const) : ('undo' as const), how, k: 5 + row * 2 }
      })
    test.concurrent.for(struck)(
      '$fault at $how $k, then $course: told truly, done once, and all as before',
      async ({ fault, course, how, k }) => {
        const { wrong, killed } = await tryFault(bench, 'pod with policies', fault, { how, k }, course)
        expect({ wrong, killed }).toEqual({ wrong: [], killed: true })
      },
    )
  },
  { apiserverFlags: trialFlags },
)
