import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithCluster } from '../../cluster/suite.ts'
import { benchOn, trialFlags } from '../change/matrix/bench.ts'
import { cases } from './kill/cases.ts'
import { differences } from './kill/differences.ts'
import type { Doom } from './kill/doom.ts'
import { tryCase } from './kill/trial.ts'

// A sample of what `npm run fuzz:playbook -- kill` goes through in full: every shipped playbook, every record.
const points: [string, Doom[]][] = [
  [
    'compromised-pod',
    [
      { journal: 'run', how: 'after', k: 1 },
      { journal: 'run', how: 'before', k: 20 },
      { journal: 'plan', how: 'after', k: 5 },
    ],
  ],
  // Its plan has a journal by then, in which there is nothing.
  ['drill', [{ journal: 'plan', how: 'before', k: 1 }]],
  // By then the account that the run is about is another one, by the run itself.
  ['sa-token by hand', [{ journal: 'run', how: 'after', k: 31 }]],
]

describeWithCluster(
  'control-plane',
  'a playbook that is killed by -9',
  (running) => {
    let bench: Awaited<ReturnType<typeof benchOn>> | undefined
    beforeAll(async () => {
      bench = await benchOn(running())
    })
    afterAll(() => bench?.close())

    test.for(points)(
      '%s: resumed it ends as if nobody had disturbed it, and nothing is done twice',
      { timeout: 240_000 },
      async ([name, dooms]) => {
        const one = cases[name]
        if (!one || !bench) throw new TypeError(name)
        const calm = await tryCase(bench, one)
        expect(calm.seen.steps.at(-2)).toMatch(/^end finished/)
        for (const doom of dooms) {
          const { killed, seen } = await tryCase(bench, one, doom)
          expect({ doom, killed, differences: differences(calm.seen, seen) }).toEqual({
            doom,
            killed: true,
            differences: [],
          })
        }
      },
    )
  },
  { apiserverFlags: trialFlags },
)
