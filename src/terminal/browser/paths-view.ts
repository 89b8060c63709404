import type { Box } from './paths-layout.ts'

/** Where the drawing's corner is on the screen, and how large it is. */
export type View = { x: number; y: number; scale: number }
export type Size = { width: number; height: number }

/** Runs in the browser: which part of the drawing is looked at. Pure. */
export function pathsView() {
  const [least, most, margin] = [0.03, 3, 24]
  const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(value, high))

  /** Some of the drawing stays in sight. */
  function within({ x, y, scale }: View, all: Box, size: Size): View {
    const room = Math.min(120, size.width / 2, size.height / 2)
    return {
      x: clamp(x, room - (all.left + all.width) * scale, size.width - room - all.left * scale),
      y: clamp(y, room - (all.top + all.height) * scale, size.height - room - all.top * scale),
      scale,
    }
  }

  /** Around a place on the screen that stays where it is. */
  function zoom(view: View, factor: number, x: number, y: number): View {
    const scale = clamp(view.scale * factor, least, most)
    const by = scale / view.scale
    return { x: x - (x - view.x) * by, y: y - (y - view.y) * by, scale }
  }

  /** All of a box, in the middle and rather above; no smaller than `smallest`, then its upper left. */
  function fit(box: Box, size: Size, smallest = least): View {
    const wanted = Math.min((size.width - 2 * margin) / box.width, (size.height - 2 * margin) / box.height, 1)
    const scale = clamp(wanted, Math.max(smallest, least), most)
    const place = (start: number, length: number, room: number, share: number) => {
      return Math.max((room - length * scale) * share, margin) - start * scale
    }
    return { x: place(box.left, box.width, size.width, 0.5), y: place(box.top, box.height, size.height, 0.25), scale }
  }

  /** Moved as little as brings a box into sight. */
  function showing(view: View, box: Box, size: Size): View {
    const move = (from: number, start: number, length: number, room: number) => {
      const [low, high] = [from + start * view.scale, from + (start + length) * view.scale]
      if (low < margin) return from + margin - low
      return high > room - margin ? from - Math.min(high - room + margin, low - margin) : from
    }
    return {
      x: move(view.x, box.left, box.width, size.width),
      y: move(view.y, box.top, box.height, size.height),
      scale: view.scale,
    }
  }

  return { within, zoom, fit, showing }
}
