import type { PodIsolation } from '../isolation/report.ts'

/** A text, and the pods it holds for. */
export type Alike = { text: string; pods: PodIsolation[] }

/** What is to be said of several pods, each text once. */
export function alike(pods: readonly PodIsolation[], textsOf: (pod: PodIsolation) => string[]): Alike[] {
  const groups = new Map<string, Alike>()
  for (const pod of pods) {
    for (const text of new Set(textsOf(pod))) {
      const group = groups.get(text) ?? { text, pods: [] }
      groups.set(text, group)
      group.pods.push(pod)
    }
  }
  return [...groups.values()]
}

/** The texts, with the pods named where a text does not hold for all of them. */
export function sharedTexts(pods: readonly PodIsolation[], textsOf: (pod: PodIsolation) => string[]): string[] {
  return alike(pods, textsOf).map((group) =>
    group.pods.length === pods.length ? group.text : `${group.text} (${podNames(group.pods)})`,
  )
}

export function podNames(pods: readonly PodIsolation[]): string {
  const names = pods.map(({ namespace, name }) => `${namespace}/${name}`)
  return names.length <= 3 ? names.join(', ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more pods`
}

/** The first of a list, with the number of those left out in place of the last. */
export function capped(texts: readonly string[], limit: number): string[] {
  return texts.length <= limit ? [...texts] : [...texts.slice(0, limit - 1), more(texts.length - limit + 1)]
}

export function more(number: number): string {
  return `and ${number} more (-o json lists them all)`
}
