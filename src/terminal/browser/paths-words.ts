import type { PathsData } from './paths-data.ts'
import type { Card, Graph, Pill } from './paths-graph.ts'

/** Runs in the browser: what stands on cards and pills, and how much room it takes. Pure. */
export function pathsWords(data: PathsData) {
  const lineLength = 26
  const text = (place: number | undefined) => data.texts[place ?? -1] ?? ''
  const number = (count: number) => count.toLocaleString('en')

  function card({ nodes, isStart, isTarget }: Card): { name: string; more: string; about: string } {
    const [first] = nodes.map((node) => data.nodes[node])
    const kinds = new Set(nodes.map((node) => data.nodes[node]?.kind))
    const kind = kinds.size === 1 ? text(first?.kind) : 'several kinds'
    return {
      name: text(first?.name),
      more: nodes.length === 1 ? '' : `and ${number(nodes.length - 1)} more`,
      about: [
        nodes.length === 1 ? kind : `${number(nodes.length)} × ${kind}`,
        ...(isStart ? ['start'] : []),
        ...(isTarget ? ['target'] : []),
      ].join(' · '),
    }
  }

  function cardName(its: Card): string {
    const { name, more } = card(its)
    return more === '' ? name : `${name} ${more}`
  }

  /** Of so many hops, all or some. */
  function marks({ waits, unsure, cut, hops, paths }: Pill): string[] {
    const said = (count: number, what: string) => (count === 0 ? [] : [count < hops ? `some ${what}` : what])
    const many = paths > 1 ? [`${number(paths)} paths`] : []
    return [...many, ...said(waits, 'waits'), ...said(unsure, 'not sure'), ...said(cut, '✂ cut')]
  }

  function pill(graph: Graph, its: Pill): { rule: string; title: string; ends: string } {
    const names = (cards: number[]) => cards.flatMap((at) => graph.cards[at] ?? []).map(cardName)
    const { id, title } = data.rules[its.rule ?? -1] ?? {}
    return {
      rule: its.rule === undefined ? 'one of these' : text(id),
      title: its.rule === undefined ? 'All of a kind, of which one is used' : text(title),
      ends: `${names(its.from).join(' and ')} → ${names([its.to]).join('')}`,
    }
  }

  function sizes({ cards, pills }: Graph) {
    const tall = (one: Card) => {
      const lines = Math.min(3, Math.max(1, Math.ceil(card(one).name.length / lineLength)))
      return 34 + 17 * lines + (one.nodes.length > 1 ? 16 : 0)
    }
    const wide = pills.map((one) => {
      const rule = one.rule === undefined ? 'one of these' : text(data.rules[one.rule]?.id)
      return Math.ceil(Math.max(50, 8.3 * rule.length, 6.6 * marks(one).join(' · ').length) + 30)
    })
    return { heights: { cards: cards.map(tall), pill: 40, line: 8 }, widths: { card: 230, pills: wide, gap: 32 } }
  }

  return { text, number, card, cardName, pill, marks, sizes }
}

export type PathsWords = ReturnType<typeof pathsWords>
