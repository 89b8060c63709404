import type { PageDocument, PageElement, PageEvent } from './dom.ts'
import type { TimelineData } from './timeline-data.ts'
import type { Canvas } from './chart-dom.ts'
import type { Palette, timelineMarks } from './timeline-marks.ts'
import type { TimelineRows } from './timeline-rows.ts'

/** Runs in the browser: the search field, and boxes for weights and kinds that explain the marks too. */
export function timelineFilters(
  document: PageDocument,
  data: TimelineData,
  rows: TimelineRows,
  marks: ReturnType<typeof timelineMarks>,
  palette: () => Palette,
  show: (shown: Uint32Array<ArrayBuffer>) => void,
) {
  const search = document.getElementById('search') as PageElement
  const samples: { canvas: Canvas; kind: number; weight: number }[] = []

  function counts(column: Uint8Array, size: number): number[] {
    const found = Array.from({ length: size }, () => 0)
    for (const one of column) found[one] = (found[one] ?? 0) + 1
    return found
  }

  /** Boxes for what there is any of. */
  function boxes(
    id: string,
    names: string[],
    column: Uint8Array,
    markOf: (index: number) => [number, number],
  ): PageElement[] {
    const parent = document.getElementById(id)
    const found = counts(column, names.length)
    const labels: PageElement[] = []
    const made = names.map((name, index) => {
      const box = document.createElement('input')
      box.setAttribute('type', 'checkbox')
      box.checked = true
      box.addEventListener('change', apply)
      const canvas = document.createElement('canvas') as Canvas
      canvas.setAttribute('aria-hidden', 'true')
      const [kind, weight] = markOf(index)
      samples.push({ canvas, kind, weight })
      const label = document.createElement('label')
      label.append(box, canvas, `${name} (${(found[index] ?? 0).toLocaleString('en')})`)
      label.hidden = found[index] === 0
      labels.push(label)
      return box
    })
    // The gravest first.
    parent?.append(...labels.toReversed())
    return made
  }

  const plain = data.weights.findIndex(({ inner }) => inner === '')
  const circle = data.kinds.findIndex(({ shape }) => shape === 'circle')
  const weights = boxes(
    'weights',
    data.weights.map(({ name }) => name),
    rows.weight,
    (weight) => [circle, weight],
  )
  const kinds = boxes(
    'kinds',
    data.kinds.map(({ name }) => name),
    rows.kind,
    (kind) => [kind, plain],
  )

  function draw(): void {
    const colours = palette()
    for (const { canvas, kind, weight } of samples) {
      canvas.width = 40
      canvas.height = 40
      const brush = canvas.getContext('2d')
      brush.setTransform(2, 0, 0, 2, 0, 0)
      marks.mark(brush, colours, 10, 10, kind, weight)
    }
  }

  function apply(): void {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean)
    show(rows.find({ words, kinds: kinds.map((box) => box.checked), weights: weights.map((box) => box.checked) }))
  }

  let waiting: number | undefined
  search.addEventListener('input', () => {
    clearTimeout(waiting)
    waiting = setTimeout(apply, 150) as unknown as number
  })

  function key(event: PageEvent): void {
    if (event.key === 'Escape' && search.value !== '') {
      search.value = ''
      apply()
    }
    if (event.key === '/' && document.activeElement !== search) {
      event.preventDefault()
      search.focus()
    }
  }
  draw()
  return { apply, draw, key }
}
