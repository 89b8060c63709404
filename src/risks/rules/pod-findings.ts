import type { StateFact } from '../../attack/model.ts'
import type { Escape } from '../../snapshot/cluster-state.ts'
import type { Found } from '../found.ts'
import { isWorse } from '../severity.ts'
import { objectFound } from './object-found.ts'
import { stateInfos as infos } from './state-texts.ts'
import type { Workload } from './workloads.ts'
import type { Worst } from './worst-of-accounts.ts'

/** What pods of a workload may of their node. */
export function* escapes(workload: Workload): Generator<Found> {
  const { kind, namespace, name } = workload
  // The API server has no say over static pods: only who is root on the node already makes them.
  if (workload.pods.length > 0 && workload.pods.every(({ mirror }) => mirror)) return
  const [root, others] = [
    workload.escapes.filter((escape) => escape.root),
    workload.escapes.filter((escape) => !escape.root),
  ]
  const object = { kind, namespace, name }
  if (root.length > 0) {
    const sure = root.some(({ unsure }) => unsure === undefined)
    const because = [
      'whoever gets code to run in it is root on its node',
      ...(sure ? [] : [`it may not work: ${root[0]?.unsure ?? ''}`]),
    ]
    yield {
      ...objectFound(infos.escape, object, sure ? 'high' : 'medium', because),
      state: root.map((each) => factOf(each, object)),
    }
  }
  if (others.length > 0) {
    const because = ['it does not give the node by itself']
    yield { ...objectFound(infos.host, object, 'low', because), state: others.map((each) => factOf(each, object)) }
  }
}

function factOf({ kind, field, detail }: Escape, object: { kind: string; namespace: string; name: string }): StateFact {
  return { ...object, field, says: detail === undefined ? kind : `${kind} ${detail}` }
}

/** A token that is mounted, where its account leads far. */
export function* tokens(workload: Workload, worst: Worst): Generator<Found> {
  const { kind, namespace, name, serviceAccount, token } = workload
  if (token !== true) return
  const lead = worst({ namespace, name: serviceAccount })
  if (!lead || isWorse('high', lead.severity)) return
  // The pods' own names change: a fact of one of them would be another each time.
  const says = `is ${serviceAccount}, and its token is mounted`
  const state: StateFact[] = [{ kind, namespace, name, field: 'spec.serviceAccountName', says }]
  const { because: _, ...found } = objectFound(infos.token, { kind, namespace, name }, lead.severity, [])
  yield { ...found, lead, state }
}
