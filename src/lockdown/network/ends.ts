import { selects } from '../../workload/label-selector.ts'
import type { LabelSelector } from '../../snapshot/objects.ts'
import type { Gap } from '../../snapshot/snapshot.ts'
import type { End, Need, Source } from '../model.ts'

export type Ports = Need['ports']
export type PodsEnd = Extract<End, { kind: 'pods' }>
export type BlockEnd = Extract<End, { kind: 'block' }>

/** What one place where connections are declared has said. */
export type Found = { needs: Need[]; notes: string[]; gaps: Gap[] }
export const nothing: Found = { needs: [], notes: [], gaps: [] }

export function together(found: readonly Found[]): Found {
  return {
    needs: mergedNeeds(found.flatMap(({ needs }) => needs)),
    notes: distinct(found.flatMap(({ notes }) => notes)),
    gaps: [...new Map(found.flatMap(({ gaps }) => gaps).map((gap) => [JSON.stringify(gap), gap])).values()],
  }
}

/** Equal for ends that mean the same, whatever they are called. */
export function endKey(end: End): string {
  switch (end.kind) {
    case 'pods':
      return JSON.stringify(['pods', end.namespace, selectorKey(end.selector)])
    case 'namespace':
      return JSON.stringify(['namespace', end.namespace])
    case 'block':
      return JSON.stringify(['block', [...end.cidrs].sort()])
    case 'anyone':
      return 'anyone'
    case 'unnamed':
      return JSON.stringify(['unnamed', end.name])
  }
}

export function endText(end: End): string {
  switch (end.kind) {
    case 'pods':
      return `${end.name} in ${end.namespace}`
    case 'namespace':
      return `all pods of ${end.namespace}`
    case 'block':
      return end.cidrs.length === 1 && end.name === '' ? (end.cidrs[0] ?? '') : end.name
    case 'anyone':
    case 'unnamed':
      return end.name
  }
}

/** `TCP 80, 443`; all ports where none is named. */
export function portsText(ports: Ports): string {
  if (ports.length === 0) return 'all ports'
  return ports
    .map(({ protocol, port, endPort }) => `${protocol} ${port}${endPort === undefined ? '' : `-${endPort}`}`)
    .join(', ')
}

/** Needs that say the same are one, with the sources of all. */
export function mergedNeeds(needs: readonly Need[]): Need[] {
  const found = new Map<string, Need>()
  for (const need of needs) {
    const key = needKey(need)
    const known = found.get(key)
    if (known) known.by = distinctSources([...known.by, ...need.by])
    else found.set(key, { ...need, ports: distinctPorts(need.ports), by: distinctSources(need.by) })
  }
  return [...found.values()]
}

/** Equal for needs that ask for the same, whoever says so. */
export function needKey({ from, to, ports }: Need): string {
  return `${endKey(from)} ${endKey(to)} ${JSON.stringify(distinctPorts(ports))}`
}

export function distinctPorts(ports: Ports): Ports {
  const keyOf = ({ protocol, port, endPort }: Ports[number]) => `${protocol} ${typeof port} ${port} ${endPort ?? ''}`
  return [...new Map(ports.map((port) => [keyOf(port), port])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, port]) => port)
}

export function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)]
}

export const labelsSelector = (matchLabels: Record<string, string>): LabelSelector => ({
  matchLabels,
  matchExpressions: [],
})

/** Whatever both select. */
export function bothSelectors(one: LabelSelector, other: LabelSelector | undefined): LabelSelector {
  if (!other) return one
  const twice = Object.entries(other.matchLabels).filter(
    ([key, value]) => Object.hasOwn(one.matchLabels, key) && one.matchLabels[key] !== value,
  )
  return {
    matchLabels: { ...other.matchLabels, ...one.matchLabels },
    matchExpressions: [
      ...one.matchExpressions,
      ...other.matchExpressions,
      // One key cannot have two values: as an expression it selects nothing, as a label it would select too much.
      ...twice.map(([key, value]) => ({ key, operator: 'In', values: [value] })),
    ],
  }
}

export function isPod(end: End, namespace: string, labels: Record<string, string>): boolean {
  if (end.kind === 'namespace') return end.namespace === namespace
  return end.kind === 'pods' && end.namespace === namespace && selects(end.selector, labels)
}

function selectorKey({ matchLabels, matchExpressions }: LabelSelector): string {
  return JSON.stringify([
    Object.entries(matchLabels).sort(([a], [b]) => (a < b ? -1 : 1)),
    matchExpressions.map((expression) => JSON.stringify(expression)).sort(),
  ])
}

function distinctSources(by: readonly Source[]): Source[] {
  const keyOf = ({ how, what, ...rest }: Source) =>
    JSON.stringify([how, what, rest.word === 'foreign' && rest.namespace])
  return [...new Map(by.map((source) => [keyOf(source), source])).values()]
}
