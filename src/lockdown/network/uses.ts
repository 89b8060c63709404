import { listAt, metaOf, type Raw, recordAt, textAt } from '../../isolation/raw.ts'
import type { Need, Source } from '../model.ts'
import { distinct, type Found, mergedNeeds } from './ends.ts'
import { type Ground, pathOf } from './ground.ts'
import { endOf } from './hosts.ts'
import { type Mention, mentionsIn } from './mentions.ts'
import { meaningOf } from './resolve.ts'
import { type Told, toldByConfig, toldByPod } from './texts.ts'
import { type Workload, workloadText } from './workloads.ts'

export const apiService = 'default/kubernetes'
const mostOutside = 200

/** Whom the workloads of the namespace call, by their environment, arguments and ConfigMaps, and the API server by their tokens. */
export function usesOf(ground: Ground): Found {
  const configMaps = new Map(ground.scene.configMaps.map((raw) => [metaOf(raw).name, raw]))
  const accounts = new Map(ground.scene.accounts.map((raw) => [metaOf(raw).name, raw]))
  const known = new Map<string, ReturnType<typeof mentionsIn>>()
  const found: Found = { needs: [], notes: [], gaps: [] }
  for (const workload of ground.workloads) {
    const whose = workloadText(workload)
    const config = toldByConfig(workload, configMaps)
    found.gaps.push(...config.gaps)
    const told = [...toldByPod(workload.spec, workload.specPath, whose, workload.ref), ...config.told]
    const used = usedBy(ground, workload, told, known)
    found.notes.push(...used.notes)
    found.gaps.push(...used.gaps)
    found.needs.push(...mergedNeeds([...used.needs, ...apiNeeds(ground, workload, accounts)]))
  }
  return { ...found, notes: distinct(found.notes) }
}

function usedBy(
  ground: Ground,
  workload: Workload,
  told: Told[],
  known: Map<string, ReturnType<typeof mentionsIn>>,
): Found {
  const found: Found = { needs: [], notes: [], gaps: [] }
  const from = endOf(ground, workload)
  let outside = 0
  for (const { text, by } of told) {
    // One ConfigMap is often mounted by many.
    const read = known.get(text) ?? mentionsIn(text)
    known.set(text, read)
    if (read.cut)
      found.gaps.push({ what: by.what, why: 'it is too long to be read whole', hides: 'whom the rest of it names' })
    for (const mention of read.mentions) {
      const meaning = meaningOf(ground, mention, ground.namespace)
      if (!meaning) continue
      if ('missing' in meaning) found.notes.push(`${by.what} names the Service ${meaning.missing}, which is not there`)
      else if ('targets' in meaning)
        found.needs.push(...serviceNeeds(from, meaning.targets, named(by, mention, meaning.service)))
      else {
        outside += 1
        if (outside <= mostOutside)
          found.needs.push({ from, to: meaning.outside, ports: meaning.ports, by: [named(by, mention)] })
      }
    }
  }
  if (outside > mostOutside)
    found.gaps.push({
      what: workloadText(workload),
      why: `it names more than ${mostOutside} hosts outside`,
      hides: 'the others of them',
    })
  return found
}

export function serviceNeeds(
  from: Need['from'],
  targets: { end: Need['to']; ports: Need['ports'] }[],
  by: Source,
): Need[] {
  return targets.map(({ end, ports }) => ({ from, to: end, ports, by: [by] }))
}

/** The source, with what of the text counts: never the text itself. */
export function named(by: Source, { host, port }: Mention, service?: Raw): Source {
  const what = service ? `Service ${pathOf(service)}` : host
  return { ...by, what: `${by.what}, which names ${what}${port === undefined ? '' : `:${port}`}` }
}

function apiNeeds(ground: Ground, workload: Workload, accounts: ReadonlyMap<string, Raw>): Need[] {
  const at = tokenOf(workload, accounts)
  const meaning =
    at === undefined ? undefined : meaningOf(ground, { host: 'kubernetes.default', how: 'url' }, ground.namespace)
  if (!meaning || !('targets' in meaning)) return []
  const what = `the token of a service account in ${workloadText(workload)}`
  return serviceNeeds(endOf(ground, workload), meaning.targets, {
    how: 'declared',
    what,
    ref: workload.ref,
    ...(at ? { at } : {}),
  })
}

/** Where a pod gets a token for the API server from; undefined where it gets none. The pod's own word counts before its account's. */
export function tokenOf({ spec, specPath }: Workload, accounts: ReadonlyMap<string, Raw>): string | undefined {
  for (const [index, volume] of listAt(spec, 'volumes').entries()) {
    const sources = listAt(recordAt(volume, 'projected'), 'sources').map((source) =>
      recordAt(source, 'serviceAccountToken'),
    )
    // With an audience of its own it is for somebody else.
    if (sources.some((token) => textAt(token, 'path') !== '' && textAt(token, 'audience') === ''))
      return `${specPath}.volumes[${index}]`
  }
  const field = 'automountServiceAccountToken'
  if (typeof spec[field] === 'boolean') return spec[field] ? `${specPath}.${field}` : undefined
  const account = accounts.get(textAt(spec, 'serviceAccountName') || 'default')
  return account?.[field] === false ? undefined : `${specPath}.serviceAccountName`
}
