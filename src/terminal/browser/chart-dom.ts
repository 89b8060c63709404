import type { PageDocument, PageElement, PageEvent } from './dom.ts'

// What a drawing needs of the DOM beyond what other pages do.

export type ChartEvent = PageEvent & {
  clientX: number
  clientY: number
  pointerId: number
  pointerType: string
  button: number
  deltaX: number
  deltaY: number
  deltaMode: number
  shiftKey: boolean
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
}

// Its own come first, so that listeners get the event of a chart.
export type ChartElement = {
  style: Record<'height' | 'width' | 'top' | 'left' | 'cursor' | 'transform', string> & {
    setProperty(name: string, value: string): void
  }
  scrollTop: number
  readonly clientWidth: number
  readonly clientHeight: number
  remove(): void
  setPointerCapture(id: number): void
  showModal(): void
  close(): void
  focus(options?: { preventScroll: boolean }): void
  getBoundingClientRect(): { left: number; top: number; width: number; height: number }
  addEventListener(type: string, listener: (event: ChartEvent) => void, options?: { passive: boolean }): void
} & PageElement

export type Canvas = ChartElement & { width: number; height: number; getContext(kind: '2d'): Brush }

export type Brush = {
  fillStyle: string
  strokeStyle: string
  lineWidth: number
  font: string
  textAlign: 'left' | 'center' | 'right'
  textBaseline: 'middle' | 'alphabetic'
  globalAlpha: number
  setTransform(a: number, b: number, c: number, d: number, e: number, f: number): void
  setLineDash(dashes: number[]): void
  clearRect(x: number, y: number, width: number, height: number): void
  fillRect(x: number, y: number, width: number, height: number): void
  strokeRect(x: number, y: number, width: number, height: number): void
  roundRect(x: number, y: number, width: number, height: number, radius: number): void
  beginPath(): void
  closePath(): void
  moveTo(x: number, y: number): void
  lineTo(x: number, y: number): void
  arc(x: number, y: number, radius: number, from: number, to: number): void
  rect(x: number, y: number, width: number, height: number): void
  fill(): void
  stroke(): void
  fillText(text: string, x: number, y: number): void
}

export type ChartWindow = {
  devicePixelRatio: number
  innerWidth: number
  requestAnimationFrame(draw: () => void): void
  addEventListener(type: string, listener: () => void, capture?: boolean): void
  matchMedia(query: string): { matches: boolean; addEventListener(type: string, listener: () => void): void }
  getComputedStyle(element: PageElement): { getPropertyValue(name: string): string }
}

export type ChartDocument = PageDocument & {
  createElementNS(namespace: string, name: string): ChartElement
  querySelectorAll(selector: string): Iterable<PageElement>
  documentElement: PageElement
  defaultView: ChartWindow | null
}
