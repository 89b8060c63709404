import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Request } from '../../../src/cluster/cluster.ts'
import { connect } from '../../../src/cluster/connect.ts'
import type { ApiObject } from '../../../src/cluster/write.ts'
import type { Drawn } from '../../unit/playbook/fuzz-draw.ts'
import type { Mood } from '../../unit/playbook/fuzz-responder.ts'
import { tryDrawn, type Tried } from '../../unit/playbook/fuzz-trial.ts'
import { answersOf } from '../../unit/playbook/fuzz-world.ts'
import { unplanned } from '../../unit/playbook/fuzz-writes.ts'
import { engineOf } from '../change/matrix/engine.ts'
import { pictureOf } from '../change/matrix/picture.ts'
import type { Bench } from '../change/matrix/trial.ts'
import type { Written } from '../change/matrix/writes.ts'
import { namedIn, setStage } from './fuzz-stage.ts'
import { takenBack } from './fuzz-undone.ts'
import { digestOf } from './kill/around.ts'

/** What takes ten seconds, and what is for the whole cluster. */
export const leftOut = ['token.dead', 'drill.stage']
const around = { env: {}, cwd: '/', home: '/nonexistent', warn: () => {}, interactive: false }

/** `undone`: the plans that undo says it took back. */
export type Done = Tried & { undone: number }

/**
 * Runs a drawn playbook on a real server, in a place of its own and as a user of its own: all that the server carried out for that user is held against the plans.
 * Then all is taken back.
 */
export async function tryOnServer(bench: Bench, drawn: Drawn, mood: Mood): Promise<Done> {
  const place = await setStage(bench)
  const by = `drawn-${place.token}`
  const cluster = await connect({ kubeconfig: bench.kubeconfig, as: by, asGroups: ['system:masters'] }, around)
  try {
    const engine = await engineOf({ ...cluster, namespace: place.space }, place.responder)
    const before = await pictureOf(bench.cluster, place)
    const answers = {
      ...answersOf([...before.values()] as (ApiObject & { kind: string })[]),
      subject: [`sa:${place.space}/web`, `sa:${place.space}/default`],
      'image-digest': [digestOf(place.space)],
    }
    const tried = await tryDrawn(drawn, { engine, answers, named: namedIn(place), isLive: true }, mood)
    const writes = bench.audit.as(by).filter(isStored).map(asRequest)
    const wrong = [...tried.wrong, ...unplanned(writes, tried.plans, engine.stateNamespace)]
    if (mood !== 'confirms' && writes.length > 0) wrong.push(`${mood}, and the server has ${writes.length} writes`)
    const back = await takenBack(engine, bench.cluster, place, before)
    return { ...tried, writes: writes.length, wrong: [...wrong, ...back.wrong], undone: back.undone }
  } finally {
    cluster.close()
    await place.end()
    rmSync(dirname(place.responder.stateDir), { recursive: true, force: true })
  }
}

// Reviews store nothing.
const isStored = ({ uri }: Written): boolean => !/^\/apis\/auth(entication|orization)\.k8s\.io\//.test(uri)
const methods: Record<string, string> = { create: 'POST', patch: 'PATCH', update: 'PUT' }

function asRequest({ verb, uri, name }: Written): Request {
  return { method: methods[verb] ?? 'DELETE', path: uri, body: { metadata: { name } } }
}
