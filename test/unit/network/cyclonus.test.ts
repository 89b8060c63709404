import { describe, expect, test } from 'vitest'
import { checkCyclonus, readCyclonus } from './cyclonus.ts'

describe("cyclonus' cases", () => {
  test('every flow of every step is as its engine says', () => {
    const { flows, disagreements } = checkCyclonus(readCyclonus())
    expect(disagreements.slice(0, 20)).toEqual([])
    expect(flows).toBe(124_822)
  }, 120_000)

  test('every wrong expectation is found, and is all that is found', () => {
    const truth = readCyclonus()
    const broken = new Set<string>()
    for (const [index, { description, steps }] of truth.cases.entries()) {
      const [first] = steps
      // In every third case a blocked flow is said to be open, in the next one an open flow to be blocked.
      if (!first || index % 3 === 2) continue
      if (index % 3 === 0 && first.blocked.length > 0) first.blocked.shift()
      else first.blocked.push(madeUp(first.blocked, first.probes[0]?.[0] ?? 'TCP', first.probes[0]?.[1] ?? 80))
      broken.add(`${description}, step 0`)
    }
    const { disagreements } = checkCyclonus(truth)
    const about = (where: string, line: string) => line.startsWith(`${where}: `)
    expect([...broken].filter((where) => !disagreements.some((line) => about(where, line)))).toEqual([])
    expect(disagreements.filter((line) => ![...broken].some((where) => about(where, line)))).toEqual([])
  }, 120_000)
})

function madeUp(blocked: string[], protocol: string, port: number): string {
  const pods = ['x/a', 'x/b', 'x/c', 'y/a', 'y/b', 'y/c']
  const flows = pods.flatMap((from) =>
    pods.filter((to) => to !== from).map((to) => `${from}>${to} ${protocol}/${port}`),
  )
  const open = flows.find((flow) => !blocked.some((line) => line.startsWith(`${flow} `)))
  if (!open) throw new Error('every flow is blocked')
  return `${open} ie`
}
