import type { AttackPath, Cut, Holding, Hop, PathsReport } from '../attack/report.ts'
import { escapeCell } from '../text/terminal.ts'
import type { PathsData, PathsPath } from './browser/paths-data.ts'
import { hopEvidence } from './paths-evidence.ts'
import { holdingText, targetText } from './paths-text.ts'

/** More make a page that no browser opens in good time. */
const mostPaths = 5000

const kinds: Record<Holding['kind'], string> = {
  subject: 'user',
  role: 'role',
  'free-role': 'role',
  ability: 'part of a way',
  pod: 'pod',
  'any-pod': 'pods',
  'any-user': 'users',
  'any-group': 'groups',
  'any-account': 'service accounts',
  secret: 'secret',
  'any-secret': 'secrets',
  node: 'node',
  'any-node': 'nodes',
  'namespace-admin': 'namespace',
  admin: 'cluster admin',
}

/** Paths as the page gets them, what is the same on several but once, and texts fit to be looked at; and how many there was no room for. */
export function pathsPageData({ paths, cuts = [] }: Pick<PathsReport, 'paths' | 'cuts'>): {
  data: PathsData
  leftOut: number
} {
  const texts = placesOf<string>()
  const [rules, nodes] = [placesOf<PathsData['rules'][number]>(), placesOf<PathsData['nodes'][number]>()]
  const [steps, hops] = [placesOf<PathsData['steps'][number]>(), placesOf<PathsData['hops'][number]>()]
  const targets = placesOf<number>()
  const text = (raw: string) => texts.place(raw, escapeCell(raw))

  const nodeOf = (holding: Holding) =>
    nodes.place(`${holding.kind}\0${holding.text}`, {
      name: text(holdingText(holding)),
      copy: text(holding.text),
      kind: text(kindText(holding)),
    })

  const stepOf = (step: PathsData['steps'][number]) => steps.place(JSON.stringify(step), step)

  function hopOf(hop: Hop, needed: readonly Holding[]): number {
    const from = [...new Set([hop.from, ...needed].map(nodeOf))]
    const step = {
      rule: rules.place(hop.rule, { id: text(hop.rule), title: text(hop.title) }),
      from,
      to: nodeOf(hop.to),
    }
    const made = {
      step: stepOf(step),
      waits: hop.waits !== undefined,
      unsure: hop.unsure !== undefined,
      isCut: isCut(hop, cuts),
      // Blocks are escaped line by line.
      parts: hopEvidence(hop).map(([name, blocks]): [number, number[]] => {
        return [text(name), blocks.map((block) => texts.place(`\0${block}`, block))]
      }),
    }
    return hops.place(JSON.stringify(made), made)
  }

  function pathOf({ from, to, hops }: AttackPath): PathsPath {
    const links: number[] = []
    const given = new Set([nodeOf(from)])
    const made = hops.map((hop) => {
      const needed = hop.needs.flatMap((need) => hops[need]?.to ?? [])
      const isGiven = given.has(nodeOf(hop.from))
      // It starts from one of what was given as a whole.
      if (!isGiven) for (const whole of needed) links.push(stepOf({ from: [nodeOf(whole)], to: nodeOf(hop.from) }))
      given.add(nodeOf(hop.from)).add(nodeOf(hop.to))
      return { hop: hopOf(hop, isGiven ? needed : []), needs: hop.needs }
    })
    return { from: nodeOf(from), target: targets.place(targetText(to), text(targetText(to))), hops: made, links }
  }

  const made = paths.slice(0, mostPaths).map(pathOf)
  return {
    data: {
      texts: texts.list(),
      rules: rules.list(),
      nodes: nodes.list(),
      steps: steps.list(),
      hops: hops.list(),
      targets: targets.list(),
      paths: made,
    },
    leftOut: paths.length - made.length,
  }
}

function kindText({ kind, text }: Holding): string {
  if (kind !== 'subject') return kinds[kind]
  return text.startsWith('sa:') ? 'service account' : text.startsWith('group:') ? 'group' : 'user'
}

/** Whether a cut takes one of its grants away. */
function isCut({ grants }: Hop, cuts: readonly Cut[]): boolean {
  const removed = cuts.flatMap(({ remove }) => remove)
  return grants.some(({ binding, subjectMatch }) =>
    removed.some(({ grant, subject }) => {
      const isBinding =
        grant.binding.kind === binding.kind &&
        grant.binding.namespace === binding.namespace &&
        grant.binding.name === binding.name
      const { kind, namespace, name } = subject ?? subjectMatch
      return (
        isBinding && kind === subjectMatch.kind && namespace === subjectMatch.namespace && name === subjectMatch.name
      )
    }),
  )
}

/** What stands once, each at its place. */
function placesOf<T>(): { place: (key: string, made: T) => number; list: () => T[] } {
  const known = new Map<string, number>()
  const all: T[] = []
  return {
    place(key, made) {
      const at = known.get(key)
      if (at !== undefined) return at
      known.set(key, all.length)
      return all.push(made) - 1
    },
    list: () => all,
  }
}
