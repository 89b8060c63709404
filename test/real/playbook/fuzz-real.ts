import type { ApiObject } from '../../../src/cluster/write.ts'
import type { Drawn } from '../../unit/playbook/fuzz-draw.ts'
import { type Mood, tryDrawn, type Tried } from '../../unit/playbook/fuzz-trial.ts'
import { answersOf } from '../../unit/playbook/fuzz-world.ts'
import { engineOf } from '../change/matrix/engine.ts'
import { pictureOf } from '../change/matrix/picture.ts'
import { setUp } from '../change/matrix/stage.ts'
import type { Bench } from '../change/matrix/trial.ts'
import { cases, digestOf } from './kill/cases.ts'
import { runsAs } from './kill/pods.ts'

/** What takes ten seconds, and what is for the whole cluster. */
export const leftOut = ['token.dead', 'drill.stage']

/** Runs a drawn playbook on a real server, in a place of its own. */
export async function tryOnServer(bench: Bench, drawn: Drawn, mood: Mood): Promise<Tried> {
  const target = cases['secret-exposure']?.target
  if (!target) throw new TypeError('no target')
  const place = await setUp(bench.cluster, bench.kubeconfig, target)
  try {
    await runsAs(bench.cluster, place)
    const engine = await engineOf({ ...bench.cluster, namespace: place.space }, place.responder)
    const picture = [...(await pictureOf(bench.cluster, place)).values()] as (ApiObject & { kind: string })[]
    const answers = {
      ...answersOf(picture),
      subject: [`sa:${place.space}/web`, `sa:${place.space}/default`],
      'image-digest': [digestOf(place.space)],
    }
    return await tryDrawn(drawn, { engine, answers, isLive: true }, mood)
  } finally {
    await place.end()
  }
}
