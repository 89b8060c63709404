import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithCluster } from '../../cluster/suite.ts'
import { benchOn, trialFlags } from '../change/matrix/bench.ts'
import { type Course, tryPoint } from '../change/matrix/points.ts'
import { targets } from '../change/matrix/targets.ts'
import type { Bench } from '../change/matrix/trial.ts'
import type { Point } from '../change/matrix/victim-job.ts'

// A sample of what `npm run fuzz:change` goes through in full: every course and every way to be killed, each at two points.
const courses: Course[] = ['finish', 'undo', 'record', 'killed undo', 'killed finish']
const hows: Point['how'][] = ['append', 'before', 'after']
const names = Object.keys(targets).filter((name) => targets[name]?.lockdown)
const seed = 5
const points = courses.flatMap((course, row) =>
  hows.map((how, column) => {
    const at = row * hows.length + column
    const most = how === 'append' ? 30 : 14
    return { name: names[at % names.length] as string, course, how, k: 1 + ((at * 7 + seed) % most) }
  }),
)

describeWithCluster(
  'control-plane',
  'kill -9 of a lockdown',
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
  },
  { apiserverFlags: trialFlags },
)
