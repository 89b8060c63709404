import type { ReachData, ReachFilter, ReachLine } from './reach-data.ts'

/** Runs in the browser: finds the lines that a filter lets through. Every word must be in an end or in what decided. */
export function reachLines(data: ReachData): (filter: ReachFilter) => ReachLine[] {
  const lower = (texts: string[]) => texts.map((text) => text.toLowerCase())
  const groups = data.groups.map(({ label, names }) => lower([label, ...names]))
  const [ports, by, reasons, kinds] = [
    lower(data.ports),
    lower(data.by),
    lower(data.reasons),
    lower(data.kinds.map(({ name }) => name)),
  ]
  const texts = data.connections.map(([kind, port, decisions, reason]) => {
    return [kinds[kind], ports[port], ...decisions.map((id) => by[id]), reasons[reason]].join('\n')
  })
  const lines: ReachLine[] = data.rows
    .flatMap(([, , , connections], row) => connections.map((connection) => ({ row, connection })))
    .sort((a, b) => kindOf(a) - kindOf(b) || a.row - b.row)

  function kindOf({ connection }: ReachLine): number {
    return data.connections[connection]?.[0] ?? 0
  }

  return ({ words, kinds: wanted, from, to }) => {
    const hits = words.map((word) => ({
      groups: groups.map((names) => names.some((name) => name.includes(word))),
      connections: texts.map((text) => text.includes(word)),
    }))
    return lines.filter((line) => {
      const [source, targets] = data.rows[line.row] ?? [0, [] as number[]]
      if (!wanted[kindOf(line)]) return false
      if (from !== undefined && from !== source) return false
      if (to !== undefined && !targets.includes(to)) return false
      return hits.every((hit) => {
        return hit.connections[line.connection] || hit.groups[source] || targets.some((id) => hit.groups[id])
      })
    })
  }
}
