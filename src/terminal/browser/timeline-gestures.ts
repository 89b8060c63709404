import type { Canvas } from './timeline-dom.ts'

/** What a hand does on a canvas; places are pixels from its left and top. */
export type Gestures = {
  /** Whether a drag from here selects a stretch; else it pans. */
  selects(isShift: boolean): boolean
  /** Returns whether anything changed: where it did not, the page scrolls. */
  zoom(factor: number, x: number): boolean
  pan(pixels: number): void
  /** A stretch that is being selected, and at last is. */
  selecting(from: number, to: number, isDone: boolean): void
  hover(x: number, y: number): void
  click(x: number, y: number, isDouble: boolean): void
}

/** Runs in the browser: mouse, wheel, touch and pen on a canvas as gestures. */
export function timelineGestures(canvas: Canvas, told: Gestures): void {
  const down = new Map<number, { x: number; y: number }>()
  let drag: { x: number; isSelecting: boolean; hasMoved: boolean } | undefined
  let pinch: { apart: number; middle: number } | undefined

  function place({ clientX, clientY }: { clientX: number; clientY: number }): { x: number; y: number } {
    const { left, top } = canvas.getBoundingClientRect()
    return { x: clientX - left, y: clientY - top }
  }

  function pinched(): { apart: number; middle: number } | undefined {
    const [one, other] = [...down.values()]
    if (!one || !other) return undefined
    return { apart: Math.max(Math.hypot(one.x - other.x, one.y - other.y), 10), middle: (one.x + other.x) / 2 }
  }

  canvas.addEventListener(
    'wheel',
    (event) => {
      const { x } = place(event)
      const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 200 : 1
      const [dx, dy] = event.shiftKey && event.deltaX === 0 ? [event.deltaY, 0] : [event.deltaX, event.deltaY]
      if (Math.abs(dx) > Math.abs(dy)) {
        event.preventDefault()
        told.pan(dx * unit)
        return
      }
      // The pinch of a touchpad comes as a wheel with Ctrl, in smaller steps.
      const by = Math.max(-1, Math.min(1, dy * unit * (event.ctrlKey ? 0.01 : 0.002)))
      if (told.zoom(Math.exp(by), x) || event.ctrlKey) event.preventDefault()
    },
    { passive: false },
  )
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return
    const at = place(event)
    down.set(event.pointerId, at)
    canvas.setPointerCapture(event.pointerId)
    pinch = pinched()
    drag = pinch ? undefined : { x: at.x, isSelecting: told.selects(event.shiftKey), hasMoved: false }
  })
  canvas.addEventListener('pointermove', (event) => {
    const at = place(event)
    const before = down.get(event.pointerId)
    if (!before) return told.hover(at.x, at.y)
    down.set(event.pointerId, at)
    const now = pinched()
    if (pinch && now) {
      told.zoom(pinch.apart / now.apart, now.middle)
      told.pan(pinch.middle - now.middle)
      pinch = now
      return
    }
    if (!drag || (!drag.hasMoved && Math.abs(at.x - drag.x) < 4)) return
    if (drag.isSelecting) told.selecting(drag.x, at.x, false)
    else told.pan(drag.hasMoved ? before.x - at.x : drag.x - at.x)
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
