import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { networkOf } from '../../../src/network/network.ts'
import { reach } from '../../../src/network/reach.ts'
import { reachLines } from '../../../src/terminal/browser/reach-lines.ts'
import { reachPageData } from '../../../src/terminal/reach-page-data.ts'
import { decisionText } from '../../../src/terminal/reach-text.ts'
import { escapeCell } from '../../../src/text/terminal.ts'
import { adminPolicy, enforcer, makeWorld, networkPolicy, objects } from '../network/arbitrary-world.ts'

const policies = fc.array(fc.oneof(networkPolicy, adminPolicy), { maxLength: 4 })
const reports = fc
  .tuple(objects, policies, enforcer)
  .map(([around, given, by]) => reach(networkOf(makeWorld([...around, ...given], by)), {}))

test('the page has every row of the report, with all that is said of it', () => {
  fc.assert(
    fc.property(reports, (report) => {
      const { data, leftOut } = reachPageData(report)
      expect(leftOut).toBe(0)
      const names = report.groups.map(({ members, ranges }) => (members.length > 0 ? members : ranges).map(escapeCell))
      expect(data.groups.map((group) => group.names)).toEqual(names)
      const shown = data.rows.map(([from, to, , connections]) => ({
        from,
        to,
        connections: connections.map((id) => {
          const [kind = 0, , by = [], reason = 0] = data.connections[id] ?? []
          return [data.kinds[kind]?.name, by.map((place) => data.by[place]), data.reasons[reason]]
        }),
      }))
      const wanted = report.rows.map(({ from, to, connections }) => ({
        from: report.groups.findIndex(({ id }) => id === from),
        to: to.map((end) => report.groups.findIndex(({ id }) => id === end)),
        connections: connections.map(({ verdict, by, reason }) => [
          verdict,
          by.map((decision) => escapeCell(decisionText(decision))),
          escapeCell(reason),
        ]),
      }))
      expect(shown).toEqual(wanted)
    }),
    { numRuns: 60 },
  )
}, 120_000)

test('without a filter every connection is listed, the most important first; with ends only theirs', () => {
  fc.assert(
    fc.property(reports, fc.nat(), fc.nat(), (report, one, other) => {
      const { data } = reachPageData(report)
      const find = reachLines(data)
      const kinds = data.kinds.map(() => true)
      const lines = find({ words: [], kinds })
      expect(lines).toHaveLength(report.rows.reduce((sum, { connections }) => sum + connections.length, 0))
      const order = lines.map(({ connection }) => data.connections[connection]?.[0] ?? 0)
      expect(order).toEqual(order.toSorted((a, b) => a - b))
      const [from, to] = [one % data.groups.length, other % data.groups.length]
      const ours = lines.filter(({ row }) => data.rows[row]?.[0] === from && data.rows[row]?.[1].includes(to))
      expect(find({ words: [], kinds, from, to })).toEqual(ours)
      // A name finds the lines that it stands in.
      const name = data.groups[from]?.names[0]?.toLowerCase() ?? ''
      const named = lines.filter(({ row }) => data.rows[row]?.[0] === from)
      expect(find({ words: name.split(' '), kinds })).toEqual(expect.arrayContaining(named))
    }),
    { numRuns: 60 },
  )
}, 120_000)
