import type { PageDocument } from './dom.ts'
import type { pageKit } from './kit.ts'
import type { ReachData, ReachFilter } from './reach-data.ts'
import type { reachLines } from './reach-lines.ts'
import type { reachList } from './reach-list.ts'
import type { reachMatrix } from './reach-matrix.ts'

/** Runs in the browser: joins search, verdicts, drawing and table of the page that reach-html.ts makes. */
export function reachPage(
  document: PageDocument,
  data: ReachData,
  kitOf: typeof pageKit,
  linesOf: typeof reachLines,
  matrixOf: typeof reachMatrix,
  listOf: typeof reachList,
): void {
  const kit = kitOf(document)
  const { part } = kit
  const find = linesOf(data)
  const [search, kinds, drawing, count] = [part('search'), part('kinds'), part('drawing'), part('count')]
  const [picked, cut] = [part('picked'), part('cut')]
  const list = listOf(kit, data, part('table'), part('more'))
  const matrix = matrixOf(document, data, (from, to) => {
    ends = { from, to }
    // The drawing keeps the place of whoever moves in it by keys.
    update(false)
    part('list').scrollIntoView({ block: 'start' })
    picked.focus()
  })
  let ends: { from?: number; to?: number } = {}

  const boxes = data.kinds.map(({ name, mark, look }) => {
    const box = document.createElement('input')
    box.setAttribute('type', 'checkbox')
    box.checked = true
    box.addEventListener('change', () => update())
    const label = document.createElement('label')
    label.className = `verdict ${look}`
    const total = find({ words: [], kinds: data.kinds.map((kind) => kind.name === name) }).length
    label.append(box, ` ${mark} ${name} (${total.toLocaleString('en')})`)
    kinds.append(label)
    return box
  })

  function update(draw = true): void {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean)
    const filter: ReachFilter = { words, kinds: boxes.map((box) => box.checked) }
    const wide = find(filter)
    if (draw) {
      const { grid, hidden } = matrix(wide)
      drawing.replaceChildren(grid)
      cut.hidden = hidden === 0
      cut.textContent = `${hidden.toLocaleString('en')} more groups are not drawn: search for them; the table has them all.`
    }
    const lines = ends.from === undefined ? wide : find({ ...filter, ...ends })
    picked.hidden = ends.from === undefined
    const [from, to] = [ends.from, ends.to].map((id) => data.groups[id ?? -1]?.label ?? '')
    picked.textContent = `✕ only ${from} → ${to}`
    count.textContent = `${lines.length.toLocaleString('en')} ${lines.length === 1 ? 'connection' : 'connections'}`
    list(lines)
  }

  let waiting: number | undefined
  search.addEventListener('input', () => {
    ends = {}
    clearTimeout(waiting)
    waiting = setTimeout(() => update(), 120) as unknown as number
  })
  picked.addEventListener('click', () => {
    ends = {}
    update()
    search.focus()
  })
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && (ends.from !== undefined || search.value !== '')) {
      ends = {}
      search.value = ''
      update()
      search.focus()
    }
    if (event.key === '/' && document.activeElement !== search) {
      event.preventDefault()
      search.focus()
    }
  })
  update()
}
