import type { PageElement } from './dom.ts'
import type { PageKit } from './kit.ts'
import type { RiskRow, RisksData } from './risks-data.ts'

/** Runs in the browser: the table of findings, each with its evidence once it is opened. */
export function risksList(
  { element, button, growing }: PageKit,
  data: RisksData,
  table: PageElement,
  more: PageElement,
): (rows: RiskRow[]) => void {
  const grow = growing(more, 100)
  const looks = ['bad', 'bad', 'odd', 'soft']
  const marks = { '': '', new: '+ new', changed: '~ changed', gone: '− gone', excepted: 'excepted' }
  const columns: { name: string; of: (row: RiskRow) => string | number }[] = [
    { name: 'Severity', of: ({ severity }) => severity },
    { name: 'Rule', of: ({ rule }) => data.rules[rule] ?? '' },
    { name: 'Subject', of: ({ who }) => data.texts[who] ?? '' },
    { name: 'Scope', of: ({ scope }) => data.texts[scope] ?? '' },
    { name: 'What', of: ({ title, hops }) => `${data.texts[title] ?? ''} ${hops}` },
  ]
  // As they come: the worst first.
  let order = { column: 0, isDown: false }
  let shown: RiskRow[] = []

  const heads = columns.map(({ name }, column) => {
    const sorting = () => {
      order = { column, isDown: order.column === column && !order.isDown }
      sort()
    }
    const head = element('th', '', button(name, sorting, 'plain'))
    head.setAttribute('scope', 'col')
    return head
  })

  function sort(): void {
    const { of } = columns[order.column] ?? { of: () => 0 }
    const sign = order.isDown ? -1 : 1
    // Equal ones keep the order they came in.
    shown = shown.toSorted((one, other) => {
      const [a, b] = [of(one), of(other)]
      return a < b ? -sign : a > b ? sign : 0
    })
    for (const [column, head] of heads.entries())
      head.setAttribute('aria-sort', column !== order.column ? 'none' : order.isDown ? 'descending' : 'ascending')
    const body = element('tbody', '')
    table.replaceChildren(element('thead', '', element('tr', '', ...heads)), body)
    grow.show(shown.length, (from, to) => body.append(...shown.slice(from, to).map(line)))
  }

  function details(row: RiskRow): PageElement {
    const found = element('details', '', element('summary', '', data.texts[row.title] ?? ''))
    let isFilled = false
    found.addEventListener('toggle', () => {
      if (isFilled) return
      isFilled = true
      const parts = row.parts.flatMap(([name, lines]) => [
        element('dt', '', name),
        ...lines.map((line) => element('dd', name === 'Commands' ? 'name command' : 'name', data.texts[line] ?? '')),
      ])
      found.append(element('dl', '', ...parts))
    })
    return found
  }

  function line(row: RiskRow): PageElement {
    const { severity, mark, hops } = row
    const badge = element('span', `verdict ${looks[severity] ?? ''}`, data.severities[severity] ?? '')
    const what = element('div', '', details(row))
    if (hops > 0) what.append(element('span', 'soft', hops === 1 ? 'one hop' : `${hops} hops`))
    const cells = [
      element('span', '', badge, element('span', 'soft', marks[mark])),
      element('span', 'name', data.rules[row.rule] ?? ''),
      element('span', 'name', data.texts[row.who] ?? ''),
      element('span', 'name', data.texts[row.scope] ?? ''),
      what,
    ]
    const made = cells.map((content, index) => {
      const cell = element('td', '', content)
      cell.setAttribute('data-heading', columns[index]?.name ?? '')
      return cell
    })
    return element('tr', mark === 'gone' || mark === 'excepted' ? 'over' : '', ...made)
  }

  return (rows) => {
    shown = rows
    sort()
  }
}
