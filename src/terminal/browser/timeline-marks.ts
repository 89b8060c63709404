import type { Brush } from './chart-dom.ts'
import type { TimelineData } from './timeline-data.ts'

export type Palette = Record<
  | 'bg'
  | 'fg'
  | 'soft'
  | 'line'
  | 'panel'
  | 'focus'
  | 'good'
  | 'bad'
  | 'odd'
  | 'blue'
  | 'good-bg'
  | 'bad-bg'
  | 'odd-bg'
  | 'blue-bg'
  | 'soft-bg',
  string
>

/** Runs in the browser: draws marks and clusters. What a mark is shows in its shape, how grave it is in size, colour and sign. */
export function timelineMarks({ kinds, weights }: TimelineData) {
  function outline(brush: Brush, shape: string, x: number, y: number, radius: number): void {
    brush.beginPath()
    if (shape === 'circle') return brush.arc(x, y, radius, 0, Math.PI * 2)
    if (shape === 'square') return brush.rect(x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8)
    const corners = shape === 'triangle' ? 3 : shape === 'diamond' ? 4 : 6
    for (let corner = 0; corner < corners; corner += 1) {
      const angle = (corner / corners) * Math.PI * 2 - Math.PI / 2
      const [dx, dy] = [Math.cos(angle) * radius * 1.2, Math.sin(angle) * radius * 1.2]
      brush.lineTo(x + dx, y + dy + (shape === 'triangle' ? 1 : 0))
    }
    brush.closePath()
  }

  function mark(brush: Brush, colours: Palette, x: number, y: number, kind: number, weight: number): void {
    const { look = 'soft', inner = '', name = '' } = weights[weight] ?? {}
    const isGrave = look === 'bad'
    const radius = isGrave ? 8 : inner === 'small' ? 4 : 6.5
    outline(brush, kinds[kind]?.shape ?? 'circle', x, y, radius)
    const isHollow = inner === 'hollow'
    brush.fillStyle = isHollow ? colours.bg : colours[look]
    brush.fill()
    // A rim of the ground parts marks that touch.
    brush.lineWidth = isHollow ? 2 : 1
    brush.strokeStyle = isHollow ? colours[look] : colours.bg
    brush.stroke()
    if (inner.length !== 1 || name === '') return
    brush.fillStyle = colours.bg
    brush.font = `bold ${isGrave ? 12 : 11}px system-ui, sans-serif`
    brush.textAlign = 'center'
    brush.textBaseline = 'middle'
    brush.fillText(inner, x, y + 0.5)
  }

  function amount(count: number): string {
    if (count < 1000) return String(count)
    const [size, unit] = count < 999_500 ? [count / 1000, 'k'] : [count / 1_000_000, 'M']
    return `${Number(size.toFixed(size < 9.95 ? 1 : 0))}${unit}`
  }

  function cluster(
    brush: Brush,
    colours: Palette,
    {
      x,
      y,
      width,
      height,
      count,
      weight,
    }: { x: number; y: number; width: number; height: number; count: number; weight: number },
  ): void {
    const { look = 'soft', inner = '' } = weights[weight] ?? {}
    brush.beginPath()
    brush.roundRect(x, y - height / 2, width, height, 5)
    brush.fillStyle = colours[`${look}-bg`]
    brush.fill()
    brush.lineWidth = look === 'bad' ? 2 : 1
    brush.strokeStyle = colours[look]
    brush.stroke()
    brush.fillStyle = look === 'soft' ? colours.fg : colours[look]
    brush.font = `${look === 'bad' ? 'bold ' : ''}11px system-ui, sans-serif`
    brush.textAlign = 'center'
    brush.textBaseline = 'middle'
    brush.fillText(`${inner.length === 1 ? inner : ''}${amount(count)}`, x + width / 2, y + 0.5)
  }

  return { mark, cluster, amount }
}
