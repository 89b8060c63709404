import type { PageElement } from './dom.ts'
import type { PageKit } from './kit.ts'
import type { ReachData, ReachLine } from './reach-data.ts'

/** Runs in the browser: the table of connections. */
export function reachList(
  { element, growing }: PageKit,
  data: ReachData,
  table: PageElement,
  more: PageElement,
): (lines: ReachLine[]) => void {
  const grow = growing(more, 200)
  const headings = [data.heading, 'From', 'To', 'Ports', 'By', 'Reason']
  /** A list that is written out only once it is opened. */
  function folded(summary: string, names: () => string[]): PageElement {
    const details = element('details', '', element('summary', 'name', summary))
    let isFilled = false
    details.addEventListener('toggle', () => {
      if (isFilled) return
      isFilled = true
      details.append(element('ul', '', ...names().map((name) => element('li', 'name', name))))
    })
    return details
  }

  function group(id: number): PageElement {
    const { label = '', names = [] } = data.groups[id] ?? {}
    // A label names up to three.
    return names.length > 3 ? folded(label, () => names) : element('span', 'name', label)
  }

  function targets(ids: number[], where: number): PageElement {
    const place = data.wheres[where] ?? ''
    const [first, ...others] = ids
    const found = element('div', '', first === undefined ? '' : group(first))
    if (others.length === 1) found.append(...others.map(group))
    if (others.length > 1)
      found.append(folded(`and ${others.length} more groups`, () => others.map((id) => data.groups[id]?.label ?? '')))
    if (place !== '') found.append(element('span', 'soft', place))
    return found
  }

  function line({ row, connection }: ReachLine): PageElement {
    const [from, to, where] = data.rows[row] ?? [0, [], 0]
    const [kind, ports, by, reason] = data.connections[connection] ?? [0, 0, [], 0]
    const { name = '', mark = '', look = 'odd' } = data.kinds[kind] ?? {}
    const [first, ...rest] = by.map((id) => data.by[id] ?? '')
    const decided = element('div', '', element('span', 'name', first ?? ''))
    if (rest.length > 0) decided.append(folded(`and ${rest.length} more`, () => rest))
    const cells = [
      element('span', `verdict ${look}`, `${mark} ${name}`),
      group(from),
      targets(to, where),
      element('span', '', data.ports[ports] ?? ''),
      decided,
      element('span', '', data.reasons[reason] ?? ''),
    ]
    return element(
      'tr',
      '',
      ...cells.map((content, index) => {
        const cell = element('td', '', content)
        cell.setAttribute('data-heading', headings[index] ?? '')
        return cell
      }),
    )
  }

  const head = element(
    'thead',
    '',
    element(
      'tr',
      '',
      ...headings.map((text) => {
        const heading = element('th', '', text)
        heading.setAttribute('scope', 'col')
        return heading
      }),
    ),
  )
  return (lines) => {
    const body = element('tbody', '')
    table.replaceChildren(head, body)
    grow.show(lines.length, (from, to) => body.append(...lines.slice(from, to).map(line)))
  }
}
