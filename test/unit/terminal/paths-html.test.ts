import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PathsReport } from '../../../src/attack/report.ts'
import { pathsColumns } from '../../../src/terminal/browser/paths-columns.ts'
import { pathsFind } from '../../../src/terminal/browser/paths-find.ts'
import { pathsGraph } from '../../../src/terminal/browser/paths-graph.ts'
import { pathsLayout } from '../../../src/terminal/browser/paths-layout.ts'
import { pathsView } from '../../../src/terminal/browser/paths-view.ts'
import { pathsWords } from '../../../src/terminal/browser/paths-words.ts'
import { pathsHtml } from '../../../src/terminal/paths-html.ts'
import { pathsPageData } from '../../../src/terminal/paths-page-data.ts'
import { drawnReports, grantOf, holding, hopOf, incident, manyPaths, pathsReport } from './paths-reports.ts'

const htmlOf = (report: PathsReport) =>
  [...pathsHtml(report, { source: { kind: 'cluster', server: 'https://x' }, made: '2026-11-21T03:00:12Z' })].join('')
const dataOf = (report: PathsReport) => pathsPageData(report).data

/** What is held on the paths of a report, and its moves as `rule: from, … → to`: what a drawing must have, worked out another way. */
function told({ paths }: PathsReport): { held: Set<string>; moves: Set<string> } {
  const [held, moves] = [new Set<string>(), new Set<string>()]
  for (const { from: start, hops } of paths) {
    held.add(start.text)
    const known = new Set([start.text])
    for (const { rule, from, to, needs } of hops) {
      const needed = needs.map((need) => hops[need]?.to.text ?? '')
      if (known.has(from.text)) moves.add(`${rule}: ${[...new Set([from.text, ...needed])].join()} → ${to.text}`)
      else {
        moves.add(`${rule}: ${from.text} → ${to.text}`)
        for (const whole of needed) moves.add(`one of: ${whole} → ${from.text}`)
      }
      for (const { text } of [from, to]) {
        held.add(text)
        known.add(text)
      }
    }
  }
  return { held, moves }
}

function drawn(report: PathsReport, isEach: boolean) {
  const data = dataOf(report)
  const graph = pathsGraph(data)(
    data.paths.map((_, path) => path),
    isEach,
  )
  const words = pathsWords(data)
  const { heights, widths } = words.sizes(graph)
  const columns = pathsColumns(graph, heights)
  return { data, graph, columns, layout: pathsLayout(columns, widths), words }
}

test('what is drawn is what the report has: each thing held, each move, once', () => {
  fc.assert(
    fc.property(drawnReports, (report) => {
      const { data, graph } = drawn(report, true)
      const name = (card: number) =>
        (graph.cards[card]?.nodes ?? []).map((node) => data.texts[data.nodes[node]?.copy ?? -1])
      const { held, moves } = told(report)
      expect(graph.cards.map((_, card) => name(card).join()).sort()).toEqual([...held].sort())
      const shown = graph.pills.map(({ rule, from, to }) => {
        const id = rule === undefined ? 'one of' : data.texts[data.rules[rule]?.id ?? -1]
        return `${id}: ${from.map(name).join()} → ${name(to).join()}`
      })
      expect(shown.sort()).toEqual([...moves].sort())
    }),
  )
})

test('starts that do the same are one card, and nothing is lost of it', () => {
  const report = manyPaths(40)
  const { graph, data } = drawn(report, false)
  expect(graph.cards.map(({ nodes }) => nodes.length).sort((a, b) => b - a)).toEqual([
    24, 12, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  ])
  expect(graph.cards.flatMap(({ nodes }) => nodes).sort((a, b) => a - b)).toEqual([...data.nodes.keys()])
  expect(graph.pills.flatMap(({ steps }) => steps).sort((a, b) => a - b)).toEqual([...data.steps.keys()])
  const merged = graph.pills.find(({ steps }) => steps.length === 24)
  expect(merged).toMatchObject({ paths: 24, hops: 24 })
  fc.assert(
    fc.property(drawnReports, (report) => {
      const { graph, data } = drawn(report, false)
      expect(graph.cards.flatMap(({ nodes }) => nodes).sort((a, b) => a - b)).toEqual([...data.nodes.keys()])
      const steps = graph.pills.flatMap(({ steps }) => steps)
      expect(steps.sort((a, b) => a - b)).toEqual([...data.steps.keys()])
    }),
  )
})

test('columns: nothing on another thing, lines to the right but for what leads back, subjects left and targets right', () => {
  fc.assert(
    fc.property(drawnReports, fc.boolean(), (report, isEach) => {
      const { graph, columns, layout } = drawn(report, isEach)
      const boxes = [...layout.cards.values(), ...layout.pills.values()]
      expect(boxes).toHaveLength(graph.cards.length + graph.pills.length)
      for (const [at, box] of boxes.entries()) {
        for (const other of boxes.slice(at + 1)) {
          const isApart =
            box.left + box.width <= other.left ||
            other.left + other.width <= box.left ||
            box.top + box.height <= other.top + 0.01 ||
            other.top + other.height <= box.top + 0.01
          expect(isApart).toBe(true)
        }
        expect(box.top).toBeGreaterThanOrEqual(layout.top - 0.01)
        expect(box.top + box.height).toBeLessThanOrEqual(layout.top + layout.height + 0.01)
        expect(box.left + box.width).toBeLessThanOrEqual(layout.width)
      }
      const last = Math.max(...[...layout.cards.values()].map(({ left }) => left))
      for (const [at, { isTarget }] of graph.cards.entries()) {
        const isLedTo = graph.pills.some(({ to }) => to === at)
        const leads = graph.pills.some(({ from }) => from.includes(at))
        if (!isLedTo) expect(layout.cards.get(at)?.left).toBe(0)
        if (isTarget && !leads) expect(layout.cards.get(at)?.left).toBe(last)
      }
      for (const { via, isIn } of columns.lines) {
        const numbers = via.map(({ column }) => column)
        if (isIn || (numbers.at(-1) ?? 0) > (numbers[0] ?? 0))
          expect(numbers).toEqual(numbers.map((_, place) => (numbers[0] ?? 0) + place))
      }
    }),
  )
})

test('each stands as many hops from the left as its longest way, and a line passes what it does not stop at', () => {
  const { graph, columns, words } = drawn(incident(), true)
  const at = columns.columns.map((items) =>
    items.map(({ card, pill }) => {
      if (card !== undefined)
        return words.card(graph.cards[card] ?? { nodes: [], isStart: false, isTarget: false }).name
      return pill === undefined ? '—' : (data(graph.pills[pill]?.rule) ?? '')
    }),
  )
  function data(rule: number | undefined) {
    const { rules, texts } = dataOf(incident())
    return texts[rules[rule ?? -1]?.id ?? -1]
  }
  expect(at.map((names) => names.sort())).toEqual([
    ['user:alice', 'user:bob'],
    ['bind', 'pod-create', 'sa-token'],
    ['sa:shop/web', '—'],
    ['pod-escape', '—'],
    ['node:worker', '—'],
    ['node-control-plane', '—'],
    ['admin'],
  ])
})

test('the page has of each hop what the report says of it', () => {
  const { data } = drawn(incident(), true)
  const partsOf = (path: number, hop: number) =>
    (data.hops[data.paths[path]?.hops[hop]?.hop ?? -1]?.parts ?? []).map(([name, texts]) => [
      data.texts[name],
      ...texts.map((text) => data.texts[text]),
    ])
  expect(partsOf(1, 0)).toEqual([
    ['Member of', 'developers'],
    [
      'Granted by',
      [
        'binding: RoleBinding/shop/dev',
        '  subject: user:alice',
        'role: ClusterRole/role-of-dev',
        'rule: # 2 of the role, from 0',
        '  verbs: [create]',
        '  apiGroups: [""]',
        '  resources: [pods]',
      ].join('\n'),
    ],
  ])
  expect(partsOf(1, 1)).toEqual([['State of the cluster', 'Pod shop/web-0 spec.hostPID is true']])
  expect(partsOf(2, 0).map(([name]) => name)).toEqual(['Waits', 'Not sure', 'Granted by'])
  expect(data.hops.map(({ isCut }) => isCut)).toEqual([false, true, false, false, false])
  expect(data.hops.map(({ waits, unsure }) => [waits, unsure])[4]).toEqual([true, true])
})

test('words find paths by subject, target, rule, grant and state; every word must be there', () => {
  const { data } = drawn(incident(), true)
  const find = pathsFind(data)
  const found = (text: string) =>
    find(
      text.split(' ').filter(Boolean),
      data.targets.map(() => true),
    )
  expect(found('')).toEqual([0, 1, 2])
  expect(found('alice')).toEqual([0, 1])
  expect(found('alice pod-escape')).toEqual([1])
  expect(found('hostpid')).toEqual([1, 2])
  expect(found('role-of-tokens')).toEqual([2])
  expect(found('waits')).toEqual([2])
  expect(found('admin')).toEqual([0, 1, 2])
  expect(found('nobody')).toEqual([])
  expect(find([], [false])).toEqual([])
})

test('a place stays where it is when it is zoomed at; what is fitted or shown is in sight', () => {
  const { zoom, fit, showing, within } = pathsView()
  const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
  const box = fc.record({
    left: number(-5e3, 5e3),
    top: number(-5e3, 5e3),
    width: number(10, 5e3),
    height: number(10, 5e3),
  })
  const view = fc.record({ x: number(-5e3, 5e3), y: number(-5e3, 5e3), scale: number(0.05, 2) })
  const size = { width: 800, height: 500 }
  fc.assert(
    fc.property(box, view, number(0.2, 5), number(0, 800), number(0, 500), (box, view, factor, x, y) => {
      const next = zoom(view, factor, x, y)
      expect((x - next.x) / next.scale).toBeCloseTo((x - view.x) / view.scale, 5)
      expect((y - next.y) / next.scale).toBeCloseTo((y - view.y) / view.scale, 5)
      const fitted = fit(box, size)
      const edges = ({ x, y, scale }: typeof view) => [
        x + box.left * scale,
        y + box.top * scale,
        x + (box.left + box.width) * scale,
        y + (box.top + box.height) * scale,
      ]
      const [left = 0, top = 0, right = 0, bottom = 0] = edges(fitted)
      expect(Math.min(left, top)).toBeGreaterThanOrEqual(23.9)
      expect(right).toBeLessThanOrEqual(size.width)
      expect(bottom).toBeLessThanOrEqual(size.height)
      if (box.width * view.scale < 700 && box.height * view.scale < 400) {
        const [left = 0, top = 0, right = 0, bottom = 0] = edges(showing(view, box, size))
        expect(left).toBeGreaterThan(-1)
        expect(top).toBeGreaterThan(-1)
        expect(right).toBeLessThan(801)
        expect(bottom).toBeLessThan(501)
      }
      const [, , atRight = 0, atBottom = 0] = edges(within(view, box, size))
      expect(atRight).toBeGreaterThan(0)
      expect(atBottom).toBeGreaterThan(0)
    }),
  )
})

test('what is not in the page, what could not be read, and what to take away are said', () => {
  const html = htmlOf({
    ...incident(),
    complete: false,
    gaps: [{ what: 'pods', why: 'forbidden', hides: 'paths by pods' }],
    notes: ['a <note>'],
    more: [
      { to: { kind: 'admin' }, count: 12 },
      { to: { kind: 'node' }, from: holding('user:<b>') },
    ],
  })
  expect(html).toContain('<li>12 more: <span class="name">admin</span></li>')
  expect(html).toContain('<li>There are more: <span class="name">user:&lt;b&gt; → a node</span></li>')
  expect(html).toContain('<li>pods: forbidden; hidden: paths by pods</li>')
  expect(html).toContain('a &lt;note&gt;')
  expect(html).toContain('user:alice in RoleBinding/shop/dev → ClusterRole/role-of-dev')
  expect(html).toContain('>kubectl delete rolebinding.rbac.authorization.k8s.io -n shop -- dev</pre>')
  expect(htmlOf(pathsReport([], { complete: false }))).toContain('No path to admin was found in what could be read.')
  const many = Array.from({ length: 5003 }, () => manyPaths(1).paths).flat()
  expect(htmlOf(pathsReport(many))).toContain('3 more: there was no room for them')
})

test('a command is shown as it must be typed, spaces and all', () => {
  const [cut] = incident().cuts ?? []
  const remove = [{ grant: grantOf('a'), command: `kubectl delete x -- 'a  <b>'`, breaks: 1 }]
  expect(htmlOf(pathsReport([], cut ? { cuts: [{ ...cut, remove }] } : {}))).toContain(
    '-- &#39;a  &lt;b&gt;&#39;</pre>',
  )
})

test('a name that is one of the language’s own is a name', () => {
  const names = ['__proto__', 'constructor', 'toString'].map((name) => holding(`user:${name}`))
  const report = pathsReport(
    names.map((from) => ({ from, to: { kind: 'admin' }, hops: [hopOf(from, holding('admin', 'admin'))] })),
  )
  expect(drawn(report, true).graph.cards).toHaveLength(4)
})
