import type { PageDocument, PageElement } from './dom.ts'
import type { ReachData, ReachLine } from './reach-data.ts'

/** Runs in the browser: draws who reaches whom as a grid of groups; `pick` is called with the ends of a cell. */
export function reachMatrix(
  document: PageDocument,
  data: ReachData,
  pick: (from: number, to: number) => void,
): (lines: ReachLine[]) => { grid: PageElement; hidden: number } {
  const most = 40

  /** The groups to draw on one side: those with the most important lines first. */
  function drawn(best: Map<number, number>): number[] {
    const wanted = [...best].sort(([a, x], [b, y]) => x - y || a - b).slice(0, most)
    return wanted.map(([id]) => id).sort((a, b) => a - b)
  }

  function bestOf(lines: ReachLine[], endsOf: (line: ReachLine) => number[]): Map<number, number> {
    const best = new Map<number, number>()
    for (const line of lines) {
      const kind = data.connections[line.connection]?.[0] ?? 0
      for (const id of endsOf(line)) if (kind < (best.get(id) ?? 99)) best.set(id, kind)
    }
    return best
  }

  function cell(from: number, to: number, mask: number): PageElement {
    const found = document.createElement('td')
    const kinds = data.kinds.filter((_, index) => mask & (1 << index))
    const [first, ...more] = kinds
    if (!first) return found
    const button = document.createElement('button')
    button.className = `cell ${first.look}${more.length > 0 ? ' mixed' : ''}`
    button.textContent = kinds.map(({ mark }) => mark).join('')
    const said = kinds.map(({ name }) => name).join(' and ')
    button.title = `${data.groups[from]?.label} → ${data.groups[to]?.label}: ${said}`
    button.setAttribute('aria-label', button.title)
    button.tabIndex = -1
    button.addEventListener('click', () => pick(from, to))
    found.append(button)
    return found
  }

  function heading(id: number, scope: 'row' | 'col'): PageElement {
    const found = document.createElement('th')
    found.setAttribute('scope', scope)
    const name = document.createElement('span')
    name.className = 'name'
    name.textContent = data.groups[id]?.short ?? ''
    found.title = data.groups[id]?.label ?? ''
    found.append(name)
    return found
  }

  /** Tab enters the grid once; arrows, Home and End move in it. */
  function keys(buttons: (PageElement | undefined)[][]): void {
    const start = buttons.flat().find(Boolean)
    if (start) start.tabIndex = 0
    const move = (from: PageElement, to: PageElement | undefined) => {
      if (!to) return
      from.tabIndex = -1
      to.tabIndex = 0
      to.focus()
    }
    for (const [y, row] of buttons.entries()) {
      for (const [x, button] of row.entries()) {
        button?.addEventListener('keydown', (event) => {
          const column = buttons.map((other) => other[x])
          const next: Record<string, PageElement | undefined> = {
            ArrowRight: row.slice(x + 1).find(Boolean),
            ArrowLeft: row.slice(0, x).findLast(Boolean),
            ArrowDown: column.slice(y + 1).find(Boolean),
            ArrowUp: column.slice(0, y).findLast(Boolean),
            Home: row.find(Boolean),
            End: row.findLast(Boolean),
          }
          if (!Object.hasOwn(next, event.key)) return
          event.preventDefault()
          move(button, next[event.key])
        })
      }
    }
  }

  return (lines) => {
    const sources = bestOf(lines, ({ row }) => [data.rows[row]?.[0] ?? 0])
    const targets = bestOf(lines, ({ row }) => data.rows[row]?.[1] ?? [])
    const [rows, columns] = [drawn(sources), drawn(targets)]
    const [rowAt, columnAt] = [rows, columns].map((ids) => new Map(ids.map((id, index) => [id, index])))
    const masks = rows.map(() => columns.map(() => 0))
    for (const { row, connection } of lines) {
      const [from, to] = data.rows[row] ?? [0, []]
      const line = masks[rowAt?.get(from) ?? -1]
      const bit = 1 << (data.connections[connection]?.[0] ?? 0)
      for (const id of line ? to : []) {
        const at = columnAt?.get(id)
        if (line && at !== undefined) line[at] = (line[at] ?? 0) | bit
      }
    }
    const grid = document.createElement('table')
    grid.className = 'matrix'
    grid.setAttribute('aria-label', 'Who reaches whom: from the rows to the columns')
    const head = document.createElement('tr')
    const corner = document.createElement('td')
    corner.textContent = 'from ↓   to →'
    head.append(corner, ...columns.map((id) => heading(id, 'col')))
    const body = rows.map((from, y) => columns.map((to, x) => cell(from, to, masks[y]?.[x] ?? 0)))
    grid.append(
      head,
      ...rows.map((from, y) => {
        const line = document.createElement('tr')
        line.append(heading(from, 'row'), ...(body[y] ?? []))
        return line
      }),
    )
    keys(body.map((line) => line.map((entry) => entry.firstElementChild ?? undefined)))
    return { grid, hidden: sources.size - rows.length + targets.size - columns.length }
  }
}
