import { describe, expect, test } from 'vitest'
import { checkAnalyzed, readAnalyzed } from './netpol-analyzer.ts'
import { hostNetwork, ingressController, otherNetworks } from './truth/exceptions.ts'

const truth = readAnalyzed()
const without = (dirs: string[]) => truth.filter(({ dir }) => !dirs.includes(dir))
const only = (dirs: string[]) => truth.filter(({ dir }) => dirs.includes(dir))
const fromController = ({ src, dst }: { src: string; dst: string }) => [src, dst].includes('{ingress-controller}')

describe("netpol-analyzer's tests", () => {
  test('every pair of workloads and addresses is connected as they expect', () => {
    let lines = 0
    for (const { dir, objects, expected } of without(otherNetworks.dirs)) {
      const except = ingressController.dirs.includes(dir)
      const wanted = except ? expected.filter((line) => !fromController(line)) : expected
      const found = checkAnalyzed({ dir, objects, expected: wanted })
      expect({ dir, disagreements: found.disagreements.slice(0, 5) }).toEqual({ dir, disagreements: [] })
      lines += found.lines
    }
    expect(lines).toBe(27_632)
  })

  test('every exception is needed', () => {
    for (const { dirs } of [otherNetworks, hostNetwork, ingressController]) expect(only(dirs)).toHaveLength(dirs.length)
    for (const entry of only([...otherNetworks.dirs, ...ingressController.dirs])) {
      expect({ dir: entry.dir, differs: checkAnalyzed(entry).disagreements.length > 0 }).toEqual({
        dir: entry.dir,
        differs: true,
      })
    }
    for (const entry of only(hostNetwork.dirs)) {
      const { disagreements } = checkAnalyzed(entry, { hostNetwork: true })
      expect({ dir: entry.dir, differs: disagreements.length > 0 }).toEqual({ dir: entry.dir, differs: true })
    }
  })

  test('a line that is missing, or has another port, is found', () => {
    const entry = truth.find(({ dir }) => dir === 'onlineboutique')
    if (!entry) throw new Error('no onlineboutique')
    for (const [index, line] of entry.expected.entries()) {
      const others = entry.expected.filter((_, other) => other !== index)
      expect(checkAnalyzed({ ...entry, expected: others }).disagreements).toHaveLength(1)
      const changed = { ...line, conn: 'TCP 1' }
      expect(checkAnalyzed({ ...entry, expected: [...others, changed] }).disagreements).toHaveLength(1)
    }
  })
})
