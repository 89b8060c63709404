import type { AttackPath, PathsAnswer, PathsReport } from './report.ts'

/** All of an answer; each path is worked out when it is its turn. */
export function allOf({ rows, ...answer }: PathsAnswer): Omit<PathsReport, 'paths'> & { paths: Iterable<AttackPath> } {
  const more = rows.flatMap(({ to, from, count }) => (count === undefined ? [{ to, ...(from ? { from } : {}) }] : []))
  const paths = {
    *[Symbol.iterator]() {
      for (const row of rows) yield* row.paths
    },
  }
  return { ...answer, ...(more.length > 0 ? { more } : {}), paths }
}

/** As much of an answer as a reader takes in: so many paths to each target, or of each start to it. */
export function firstOf({ rows, ...answer }: PathsAnswer, most: number): PathsReport {
  const more = rows.flatMap(({ to, from, count }) => {
    if (count !== undefined && count <= most) return []
    return [{ to, ...(from ? { from } : {}), ...(count === undefined ? {} : { count: count - most }) }]
  })
  const paths = rows.flatMap((row) => [...Iterator.from(row.paths).take(most)])
  return { ...answer, paths, ...(more.length > 0 ? { more } : {}) }
}
