import type { PageElement } from './dom.ts'
import type { ChartElement } from './chart-dom.ts'
import type { PageKit } from './kit.ts'
import type { Lane } from './timeline-lanes.ts'

export type Placed = { lane: Lane; top: number; height: number }

/** Runs in the browser: the names at the left of the lanes, as far as they are in sight; groups are buttons, and always there. */
export function timelineNames(
  { element, button: buttonOf }: PageKit,
  parent: PageElement,
  toggle: (group: number) => void,
) {
  const groups = new Map<number, { button: ChartElement; name: PageElement; count: PageElement }>()
  const known = new Map<Lane, ChartElement>()

  function groupOf({ group }: Lane) {
    const old = groups.get(group)
    if (old) return old
    const [name, count] = [element('span', ''), element('span', 'soft')]
    const button = buttonOf('', () => toggle(group), 'lane group') as ChartElement
    button.append(name, count)
    const made = { button, name, count }
    groups.set(group, made)
    return made
  }

  const number = (count: number) => count.toLocaleString('en')

  function place(element: ChartElement, { top, height }: Placed, width: number): void {
    element.style.top = `${top}px`
    element.style.height = `${height}px`
    element.style.width = `${width}px`
  }

  function actorOf({ lane }: Placed): ChartElement {
    const old = known.get(lane)
    if (old) return old
    const name = element('span', 'name', lane.name.slice(0, 300))
    const made = element('div', 'lane actor', name, element('span', 'soft', number(lane.count))) as ChartElement
    made.title = lane.name
    known.set(lane, made)
    parent.append(made)
    return made
  }

  /** All lanes, and which of them are in sight. */
  return (all: Placed[], sight: Placed[], isOpen: boolean[], widthOf: (lane: Lane) => number): void => {
    const seen = new Set(sight.map(({ lane }) => lane))
    for (const [lane, element] of known) {
      if (seen.has(lane)) continue
      element.remove()
      known.delete(lane)
    }
    const heads = all.filter(({ lane }) => lane.actor === undefined)
    for (const [group, { button }] of groups) button.hidden = !heads.some(({ lane }) => lane.group === group)
    for (const placed of heads) {
      const isNew = !groups.has(placed.lane.group)
      const { button, name, count } = groupOf(placed.lane)
      const { lane } = placed
      name.textContent = `${isOpen[lane.group] ? '▾' : '▸'} ${lane.name}`
      const actors = `${number(lane.actors)} ${lane.actors === 1 ? 'actor' : 'actors'}`
      count.textContent = isOpen[lane.group] ? `${actors}, ${number(lane.count)}` : number(lane.count)
      button.title = `${lane.name}: ${actors}`
      button.setAttribute('aria-expanded', String(isOpen[lane.group]))
      place(button, placed, widthOf(lane))
      if (isNew) parent.append(button)
    }
    for (const placed of sight)
      if (placed.lane.actor !== undefined) place(actorOf(placed), placed, widthOf(placed.lane))
  }
}
