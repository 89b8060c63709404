import type { Rule } from '../check.ts'
import type { Fix } from '../edit.ts'
import { otherSources, plainSources, type Volume } from '../volumes.ts'
import { plural, quoted, sortedSet } from '../wording.ts'

/** Source: check_hostPathVolumes.go. */
export const hostPathVolumes: Rule = (pod) => {
  const bad = pod.volumes.filter(({ sources }) => sources.includes('hostPath'))
  if (bad.length === 0) return undefined
  return {
    reason: 'hostPath volumes',
    detail: volumesText(bad),
    paths: bad.map(({ path }) => [...path, 'hostPath']),
    fix: emptied(bad),
  }
}

/** Source: check_restrictedVolumes.go. */
export const restrictedVolumes: Rule = (pod) => {
  const bad = pod.volumes.filter(({ sources }) => !sources.some((source) => plainSources.has(source)))
  if (bad.length === 0) return undefined
  const types = sortedSet(
    bad.map(({ sources }) => otherSources.find((source) => sources.includes(source)) ?? 'unknown'),
  )
  const what = plural(types.length, 'restricted volume type', 'restricted volume types')
  return {
    reason: 'restricted volume types',
    detail: `${volumesText(bad)} ${plural(bad.length, 'uses', 'use')} ${what} ${quoted(types)}`,
    paths: bad.flatMap(({ path, sources }) => sources.map((source) => [...path, source])),
    fix: emptied(bad),
  }
}

function volumesText(volumes: readonly Volume[]): string {
  return `${plural(volumes.length, 'volume', 'volumes')} ${quoted(volumes.map(({ name }) => name))}`
}

// Without the volume its mounts would be refused; what is in it is lost to the pod all the same.
function emptied(volumes: readonly Volume[]): Fix {
  const edits = volumes.flatMap(({ path, sources }) => [
    ...sources.filter((source) => !plainSources.has(source)).map((source) => ({ path: [...path, source] })),
    ...(sources.some((source) => plainSources.has(source)) ? [] : [{ path: [...path, 'emptyDir'], value: {} }]),
  ])
  return { edits, risky: true }
}
