import type { PageDocument, PageElement } from './dom.ts'
import type { PageKit } from './kit.ts'
import type { PathsData } from './paths-data.ts'
import type { Graph } from './paths-graph.ts'
import type { Piece } from './paths-drawing.ts'
import type { PathsWords } from './paths-words.ts'

/** Runs in the browser: all that is known of a path, of something held, or of a hop. */
export function pathsPanel(
  document: PageDocument,
  { element, button }: PageKit,
  data: PathsData,
  words: PathsWords,
  panel: PageElement,
  told: { choose(path: number): void; open(piece: Piece): void; close(): void },
) {
  const [mostShown, { text, number }] = [20, words]

  function show(title: string, ...children: PageElement[]): void {
    const heading = element('h2', '', title)
    heading.tabIndex = -1
    heading.setAttribute('id', 'panel-title')
    panel.replaceChildren(element('div', 'head', heading, button('✕ Close', told.close)), ...children)
    panel.hidden = false
    document.getElementById('panel-title')?.focus()
  }

  /** The first, and the rest once it is asked for. */
  function listed(name: string, items: readonly number[], make: (item: number) => PageElement): PageElement[] {
    if (items.length === 0) return []
    const list = (some: readonly number[]) =>
      element('ul', 'plain', ...some.map((item) => element('li', '', make(item))))
    const rest = items.slice(mostShown)
    const found = [element('h3', '', name), list(items.slice(0, mostShown))]
    if (rest.length > 0) {
      const more = element('details', '', element('summary', '', `${number(rest.length)} more`))
      more.addEventListener('toggle', () => {
        if (rest.length > 0) more.append(list(rest.splice(0)))
      })
      found.push(more)
    }
    return found
  }

  function evidence(hop: number): PageElement {
    const list = element('dl', '')
    const { parts = [] } = data.hops[hop] ?? {}
    for (const [heading, texts] of parts) {
      const name = text(heading)
      const isCode = name === 'Granted by'
      list.append(element('dt', name === 'Waits' || name === 'Not sure' ? 'odd' : '', name))
      for (const one of texts) list.append(element('dd', '', element(isCode ? 'pre' : 'span', 'name', text(one))))
    }
    if (parts.length === 0) list.append(element('dd', 'soft', 'What is held already is enough.'))
    if (data.hops[hop]?.isCut) list.append(element('dd', '', '✂ The proposed cut takes a grant of this away.'))
    return list
  }

  const nodeName = (node: number | undefined) => text(data.nodes[node ?? -1]?.name)
  const stepOf = (hop: number) => data.steps[data.hops[hop]?.step ?? -1] ?? { rule: -1, from: [], to: -1 }

  /** A hop: who comes to hold what, and its evidence. */
  function section(hop: number, heading: PageElement): PageElement {
    const { from, to } = stepOf(hop)
    const [who, ...others] = from.map(nodeName)
    const having = others.length > 0 ? ` (having ${others.join(' and ')})` : ''
    return element('section', 'hop', heading, element('p', 'name', `${who}${having} → ${nodeName(to)}`), evidence(hop))
  }

  function pathButton(path: number): PageElement {
    const { from, target, hops } = data.paths[path] ?? { from: -1, target: -1, hops: [] }
    const count = hops.length === 1 ? '1 hop' : `${hops.length} hops`
    return button(
      `${path + 1}. ${nodeName(from)} → ${text(data.targets[target])} (${count})`,
      () => told.choose(path),
      'row name',
    )
  }

  function path(path: number): void {
    const { from, target, hops } = data.paths[path] ?? { from: -1, target: -1, hops: [] }
    const sections = hops.map(({ hop, needs }, index) => {
      const isNext = needs.length === 0 || (needs.length === 1 && needs[0] === index - 1)
      const after = isNext ? '' : ` (after ${needs.map((need) => need + 1).join(' and ')})`
      const { id, title } = data.rules[stepOf(hop).rule ?? -1] ?? {}
      return section(hop, element('h3', '', `${index + 1}${after} ${text(id)}: `, element('span', '', text(title))))
    })
    show(`${path + 1}. ${nodeName(from)} → ${text(data.targets[target])}`, ...sections)
  }

  function card(graph: Graph, at: number, paths: readonly number[]): void {
    const its = graph.cards[at] ?? { nodes: [], isStart: false, isTarget: false }
    const [name, { about }] = [words.cardName(its), words.card(its)]
    const pills = [...graph.pills.keys()]
    const pillButton = (pill: number) => {
      const found = graph.pills[pill]
      const { rule, ends } = found ? words.pill(graph, found) : { rule: '', ends: '' }
      return button(`${rule}: ${ends}`, () => told.open({ kind: 'pill', at: pill }), 'row name')
    }
    const copy = its.nodes.length === 1 ? text(data.nodes[its.nodes[0] ?? -1]?.copy) : name
    const isWith = its.nodes.length > 1 ? its.nodes : []
    show(
      name,
      element('p', 'soft', about),
      ...(copy === name ? [] : [element('p', 'name', copy)]),
      ...listed('All of them', isWith, (node) => element('span', 'name', nodeName(node))),
      ...listed(
        'Comes from',
        pills.filter((pill) => graph.pills[pill]?.to === at),
        pillButton,
      ),
      ...listed(
        'Leads to',
        pills.filter((pill) => graph.pills[pill]?.from.includes(at) === true),
        pillButton,
      ),
      ...listed(`On ${number(paths.length)} of the paths`, paths, pathButton),
    )
  }

  function pill(graph: Graph, at: number, hops: readonly number[], paths: readonly number[]): void {
    const its = graph.pills[at]
    if (!its) return
    const { rule, title, ends } = words.pill(graph, its)
    const many = hops.length > 1 ? [element('p', 'soft', `Possible in ${number(hops.length)} ways:`)] : []
    show(
      `${rule}: ${title}`,
      element('p', 'name', ends),
      ...many,
      ...(hops.length === 1
        ? hops.map(evidence)
        : hops.slice(0, mostShown).map((hop, index) => section(hop, element('h3', '', `Way ${index + 1}`)))),
      ...(hops.length > mostShown
        ? [element('p', 'soft', `${number(hops.length - mostShown)} more: see the paths below.`)]
        : []),
      ...listed(`On ${number(paths.length)} of the paths`, paths, pathButton),
    )
  }

  return { path, card, pill }
}
