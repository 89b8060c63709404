import { listAt, metaOf, type Raw, recordAt, stringsAt, textAt, textsAt } from '../../isolation/raw.ts'
import type { Gap } from '../../snapshot/snapshot.ts'
import type { Source } from '../model.ts'
import { distinct } from './ends.ts'
import { type Workload, workloadText } from './workloads.ts'

/** Something that a workload is told, where a host may be named. Values stay out of what is shown of it: they hold passwords. */
export type Told = { text: string; by: Source }
export type ToldOf = { told: Told[]; gaps: Gap[] }

/** The environment and the arguments of a pod's containers. `whose` is in words. */
export function toldByPod(spec: Raw, specPath: string, whose: string, ref: Source['ref']): Told[] {
  return containersOf(spec, specPath).flatMap(({ container, at }) => {
    const told = (text: string, what: string, place: string): Told => ({
      text,
      by: { how: 'declared', what: `${what} of ${whose}`, ...(ref ? { ref } : {}), at: `${at}.${place}` },
    })
    const name = textAt(container, 'name')
    return [
      ...listAt(container, 'env').flatMap((entry, index) => {
        const variable = textAt(entry, 'name')
        // Whom not to call through a proxy says nothing about who is called.
        return variable.toLowerCase() === 'no_proxy'
          ? []
          : [told(textAt(entry, 'value'), `env ${variable}`, `env[${index}]`)]
      }),
      ...(['command', 'args'] as const).flatMap((key) =>
        textsAt(container, key).map((text, index) =>
          told(text, `${key}[${index}] of container ${name}`, `${key}[${index}]`),
        ),
      ),
    ].filter(({ text }) => text !== '')
  })
}

/** The values of ConfigMaps that a workload refers to; Secrets are not read, and what they may name is a gap. */
export function toldByConfig(workload: Workload, configMaps: ReadonlyMap<string, Raw>): ToldOf {
  const { spec, specPath, ref } = workload
  const whose = workloadText(workload)
  const told: Told[] = []
  const gaps: Gap[] = []
  const read = (name: string, keys: readonly string[] | undefined, at: string, optional: boolean) => {
    const data = configMaps.get(name)
    if (!data) {
      if (!optional) gaps.push(gapOf(whose, `ConfigMap ${name}`, 'it could not be read', ref))
      return
    }
    for (const [key, text] of Object.entries(stringsAt(data, 'data'))) {
      if (keys && !keys.includes(key)) continue
      told.push({
        text,
        by: { how: 'declared', what: `ConfigMap ${metaOf(data).namespace}/${name}, key ${key}, of ${whose}`, ref, at },
      })
    }
  }
  for (const { container, at } of containersOf(spec, specPath)) {
    for (const [index, entry] of listAt(container, 'env').entries()) {
      const from = recordAt(entry, 'valueFrom')
      const key = recordAt(from, 'configMapKeyRef')
      if (textAt(key, 'name') !== '')
        read(textAt(key, 'name'), [textAt(key, 'key')], `${at}.env[${index}]`, key['optional'] === true)
      const secret = textAt(recordAt(from, 'secretKeyRef'), 'name')
      if (secret !== '' && namesHost(textAt(entry, 'name')))
        gaps.push(gapOf(whose, `env ${textAt(entry, 'name')}`, `it is in Secret ${secret}, which is not read`, ref))
    }
    for (const [index, entry] of listAt(container, 'envFrom').entries()) {
      const map = recordAt(entry, 'configMapRef')
      if (textAt(map, 'name') !== '')
        read(textAt(map, 'name'), undefined, `${at}.envFrom[${index}]`, map['optional'] === true)
      const secret = textAt(recordAt(entry, 'secretRef'), 'name')
      if (secret !== '')
        gaps.push(gapOf(whose, 'its environment', `a part of it is in Secret ${secret}, which is not read`, ref))
    }
  }
  for (const [index, volume] of listAt(spec, 'volumes').entries()) {
    const sources = [
      recordAt(volume, 'configMap'),
      ...listAt(recordAt(volume, 'projected'), 'sources').map((source) => recordAt(source, 'configMap')),
    ]
    for (const source of sources) {
      const name = textAt(source, 'name')
      const items = listAt(source, 'items').map((item) => textAt(item, 'key'))
      if (name !== '')
        read(name, items.length > 0 ? items : undefined, `${specPath}.volumes[${index}]`, source['optional'] === true)
    }
  }
  return { told: [...new Map(told.map((one) => [one.by.what, one])).values()], gaps: distinctGaps(gaps) }
}

function containersOf(spec: Raw, specPath: string): { container: Raw; at: string }[] {
  return (['containers', 'initContainers'] as const).flatMap((list) =>
    listAt(spec, list).map((container, index) => ({ container, at: `${specPath}.${list}[${index}]` })),
  )
}

const hostWords = ['URL', 'URI', 'HOST', 'ADDR', 'ENDPOINT', 'DSN', 'SERVER', 'BROKER', 'CONNECTION', 'DATABASE']

/** Whether a variable of this name is likely to say whom to call: most Secrets are passwords, which do not. */
function namesHost(name: string): boolean {
  const upper = name.toUpperCase()
  return hostWords.some((word) => upper.includes(word)) && !upper.includes('PASSWORD')
}

function gapOf(whose: string, what: string, why: string, ref: Workload['ref']): Gap {
  return {
    what: `${what} of ${whose}`,
    resource: ref.resource,
    namespace: ref.namespace,
    name: ref.name,
    why,
    hides: 'whom it calls: that may be cut off without being listed',
  }
}

function distinctGaps(gaps: Gap[]): Gap[] {
  return distinct(gaps.map((gap) => JSON.stringify(gap))).map((text) => JSON.parse(text) as Gap)
}
