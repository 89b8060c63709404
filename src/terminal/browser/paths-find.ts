import type { PathsData } from './paths-data.ts'

/** Runs in the browser: the paths that a filter lets through. Each word must be in its ends, its hops, or what makes them possible. Pure. */
export function pathsFind(data: PathsData): (words: string[], targets: boolean[]) => number[] {
  const lower = data.texts.map((text) => text.toLowerCase())
  const nodeText = ({ name, copy }: PathsData['nodes'][number]) => `${lower[name]}\n${lower[copy]}`
  const nodes = data.nodes.map(nodeText)
  const steps = data.steps.map(({ rule, from, to }) => {
    return [lower[data.rules[rule ?? -1]?.id ?? -1], ...from.map((node) => nodes[node]), nodes[to]].join('\n')
  })
  const hops = data.hops.map(({ step, parts, waits, unsure, isCut }) => {
    const marks = `${waits ? 'waits' : ''}\n${unsure ? 'not sure' : ''}\n${isCut ? 'cut' : ''}`
    return [steps[step], marks, ...parts.flatMap(([, texts]) => texts.map((text) => lower[text]))].join('\n')
  })
  const all = data.paths.map((_, path) => path)
  return (words, targets) => {
    const inHops = words.map((word) => hops.map((text) => text.includes(word)))
    const inNodes = words.map((word) => nodes.map((text) => text.includes(word)))
    const inTargets = words.map((word) => data.targets.map((target) => lower[target]?.includes(word) === true))
    return all.filter((path) => {
      const its = data.paths[path]
      if (!its || !targets[its.target]) return false
      return words.every((_, word) => {
        if (inNodes[word]?.[its.from] || inTargets[word]?.[its.target]) return true
        return its.hops.some(({ hop }) => inHops[word]?.[hop])
      })
    })
  }
}
