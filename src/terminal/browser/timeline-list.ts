import type { PageElement } from './dom.ts'
import type { PageKit } from './kit.ts'
import type { TimelineRows } from './timeline-rows.ts'

/** Runs in the browser: the table of rows, by time. */
export function timelineList(
  { element, button: buttonOf, growing }: PageKit,
  rows: TimelineRows,
  table: PageElement,
  more: PageElement,
  choose: (row: number) => void,
) {
  const grow = growing(more, 100)
  let [shown, isDown, chosen] = [new Uint32Array(), false, -1]
  const lines = new Map<number, PageElement>()

  const button = (text: string, act: () => void) => buttonOf(text, act, 'plain')
  const clip = (text: string, most = 300) => (text.length > most ? `${text.slice(0, most)}…` : text)
  const sort = button('', () => {
    isDown = !isDown
    make()
  })
  const timeHead = element('th', '', sort)
  const names = ['Time (UTC)', 'Actor', 'Outcome', 'What', 'Target', 'From', 'Kind']
  const heads = [timeHead, ...names.slice(1).map((name) => element('th', '', name))]
  for (const head of heads) head.setAttribute('scope', 'col')
  const head = element('thead', '', element('tr', '', ...heads))

  function line(row: number): PageElement {
    const its = rows.textsOf(row)
    const time = button(its.time === '' ? 'not known' : its.time.replace('T', ' ').replace('Z', ''), () => choose(row))
    time.className = 'plain time'
    const many = its.count > 1 ? ` (${its.count.toLocaleString('en')}×)` : ''
    const unsure = its.has('orderUnsure') ? [element('span', 'soft', ' order not sure')] : []
    const outcome = element('span', '', its.outcome, element('span', 'soft', its.weight))
    const cells: (PageElement | string)[] = [
      element('span', '', time, ...unsure),
      element('span', 'name', clip(its.actor)),
      outcome,
      element('span', 'name', clip(`${its.what}${many}`)),
      element('span', 'name', clip(its.target)),
      element('span', 'name', clip(its.from)),
      its.kind,
    ]
    const found = element(
      'tr',
      row === chosen ? 'chosen' : '',
      ...cells.map((content, index) => {
        const cell = element('td', '', content)
        cell.setAttribute('data-heading', names[index] ?? '')
        return cell
      }),
    )
    lines.set(row, found)
    return found
  }

  /** The rows are in order of time; those without one are last either way. */
  function rowAt(place: number): number {
    if (!isDown) return shown[place] ?? 0
    let timed = shown.length
    while (timed > 0 && (shown[timed - 1] ?? 0) >= rows.timed) timed -= 1
    return shown[place < timed ? timed - 1 - place : place] ?? 0
  }

  function make(): void {
    sort.textContent = `${names[0]} ${isDown ? '▼' : '▲'}`
    timeHead.setAttribute('aria-sort', isDown ? 'descending' : 'ascending')
    lines.clear()
    const body = element('tbody', '')
    table.replaceChildren(head, body)
    grow.show(shown.length, (from, to) => {
      body.append(...Array.from({ length: to - from }, (_, index) => line(rowAt(from + index))))
    })
  }

  function mark(row: number): void {
    const [old, now] = [lines.get(chosen), lines.get(row)]
    if (old) old.className = ''
    if (now) now.className = 'chosen'
    chosen = row
  }

  return {
    show(some: Uint32Array<ArrayBuffer>, its: number) {
      shown = some
      chosen = its
      make()
    },
    mark,
    /** For paper, which nobody scrolls. */
    addUpTo: grow.addUpTo,
  }
}
