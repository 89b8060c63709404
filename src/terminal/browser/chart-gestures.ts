import type { ChartElement } from './chart-dom.ts'

/** What a hand does on a drawing; places are pixels from its left and top. Time has no height: what has but a width takes no notice of it. */
export type Gestures = {
  /** Whether a drag from here selects a stretch; else it pans. */
  selects(isShift: boolean): boolean
  /** Returns whether anything changed: where it did not, the page scrolls. */
  zoom(factor: number, x: number, y: number): boolean
  pan(right: number, down: number): void
  /** A stretch that is being selected, and at last is. */
  selecting(from: number, to: number, isDone: boolean): void
  hover(x: number, y: number): void
  click(x: number, y: number, isDouble: boolean): void
}

/** Runs in the browser: mouse, wheel, touch and pen on a drawing as gestures. */
export function chartGestures(canvas: ChartElement, told: Gestures): void {
  const down = new Map<number, { x: number; y: number }>()
  let drag: { x: number; y: number; isSelecting: boolean; hasMoved: boolean } | undefined
  let pinch: { apart: number; x: number; y: number } | undefined

  function place({ clientX, clientY }: { clientX: number; clientY: number }): { x: number; y: number } {
    const { left, top } = canvas.getBoundingClientRect()
    return { x: clientX - left, y: clientY - top }
  }

  function pinched(): typeof pinch {
    const [one, other] = [...down.values()]
    if (!one || !other) return undefined
    const apart = Math.max(Math.hypot(one.x - other.x, one.y - other.y), 10)
    return { apart, x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 }
  }

  canvas.addEventListener(
    'wheel',
    (event) => {
      const { x, y } = place(event)
      const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 200 : 1
      const [dx, dy] = event.shiftKey && event.deltaX === 0 ? [event.deltaY, 0] : [event.deltaX, event.deltaY]
      if (Math.abs(dx) > Math.abs(dy)) {
        event.preventDefault()
        told.pan(dx * unit, 0)
        return
      }
      // The pinch of a touchpad comes as a wheel with Ctrl, in smaller steps.
      const by = Math.max(-1, Math.min(1, dy * unit * (event.ctrlKey ? 0.01 : 0.002)))
      if (told.zoom(Math.exp(by), x, y) || event.ctrlKey) event.preventDefault()
    },
    { passive: false },
  )
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return
    const at = place(event)
    down.set(event.pointerId, at)
    canvas.setPointerCapture(event.pointerId)
    pinch = pinched()
    drag = pinch ? undefined : { ...at, isSelecting: told.selects(event.shiftKey), hasMoved: false }
  })
  canvas.addEventListener('pointermove', (event) => {
    const at = place(event)
    const before = down.get(event.pointerId)
    if (!before) return told.hover(at.x, at.y)
    down.set(event.pointerId, at)
    const now = pinched()
    if (pinch && now) {
      told.zoom(pinch.apart / now.apart, now.x, now.y)
      told.pan(pinch.x - now.x, pinch.y - now.y)
      pinch = now
      return
    }
    if (!drag || (!drag.hasMoved && Math.hypot(at.x - drag.x, at.y - drag.y) < 4)) return
    if (drag.isSelecting) told.selecting(drag.x, at.x, false)
    else {
      const last = drag.hasMoved ? before : drag
      told.pan(last.x - at.x, last.y - at.y)
    }
    drag.hasMoved = true
  })
  const up = (isDone: boolean) => (event: { pointerId: number; clientX: number; clientY: number }) => {
    const at = place(event)
    if (!down.delete(event.pointerId)) return
    pinch = undefined
    if (drag?.hasMoved && drag.isSelecting) told.selecting(drag.x, isDone ? at.x : drag.x, true)
    else if (drag && isDone && !drag.hasMoved) told.click(at.x, at.y, false)
    drag = undefined
  }
  canvas.addEventListener('pointerup', up(true))
  canvas.addEventListener('pointercancel', up(false))
  canvas.addEventListener('pointerleave', () => told.hover(-1, -1))
  canvas.addEventListener('dblclick', (event) => {
    const { x, y } = place(event)
    told.click(x, y, true)
  })
}
