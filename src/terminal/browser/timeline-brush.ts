import type { Brush, Canvas } from './chart-dom.ts'
import type { Palette } from './timeline-marks.ts'

/** Runs in the browser: what canvases are drawn on with. */
export function timelineBrush() {
  function start(canvas: Canvas, width: number, height: number, ratio: number): Brush {
    canvas.width = Math.round(width * ratio)
    canvas.height = Math.round(height * ratio)
    canvas.style.width = `${width}px`
    canvas.style.height = `${height}px`
    const brush = canvas.getContext('2d')
    brush.setTransform(ratio, 0, 0, ratio, 0, 0)
    return brush
  }

  function hatch(brush: Brush, colours: Palette, left: number, right: number, height: number): void {
    brush.globalAlpha = 0.8
    brush.fillStyle = colours.panel
    brush.fillRect(left, 0, right - left, height)
    brush.strokeStyle = colours.line
    brush.lineWidth = 1
    brush.beginPath()
    for (let x = Math.floor(left / 10) * 10 - height; x < right; x += 10) {
      const from = Math.max(x, left)
      const to = Math.min(x + height, right)
      if (from >= to) continue
      brush.moveTo(from, height - (from - x))
      brush.lineTo(to, height - (to - x))
    }
    brush.stroke()
    brush.globalAlpha = 1
  }

  /** What lasts, and how far a time is not sure, as bars behind the marks. */
  function bar(brush: Brush, colour: string, from: number, to: number, y: number, isUnsure: boolean): void {
    brush.strokeStyle = colour
    brush.lineWidth = isUnsure ? 1.5 : 4
    brush.globalAlpha = isUnsure ? 1 : 0.45
    brush.beginPath()
    brush.moveTo(from, y)
    brush.lineTo(to, y)
    if (isUnsure) {
      for (const end of [from, to]) {
        brush.moveTo(end, y - 5)
        brush.lineTo(end, y + 5)
      }
    }
    brush.stroke()
    brush.globalAlpha = 1
  }

  return { start, hatch, bar }
}
