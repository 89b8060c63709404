import type { IsolationWarning } from './report.ts'

/** A warning and the pods that it is about: the same one of many pods is one line. */
export type About = IsolationWarning & { pods: string }

export function together(found: About[]): IsolationWarning[] {
  const groups = Map.groupBy(found, ({ kind, text, next }) => JSON.stringify([kind, text, next]))
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    const { pods: _, text, ...rest } = first
    return [{ ...rest, text: `${named(group.map(({ pods }) => pods))}: ${text}` }]
  })
}

const mostNames = 5

export function named(names: string[]): string {
  const all = [...new Set(names)]
  return all.length > mostNames
    ? `${all.slice(0, mostNames).join(', ')} and ${all.length - mostNames} more`
    : all.join(', ')
}

export const nameOf = ({ namespace, name }: { namespace: string; name: string }): string => `${namespace}/${name}`
