// The little of the DOM that pages use. TypeScript's own lib would put a browser's globals into every file of the tool.

export type PageElement = {
  textContent: string
  firstElementChild: PageElement | null
  className: string
  hidden: boolean
  tabIndex: number
  value: string
  checked: boolean
  open: boolean
  title: string
  setAttribute(name: string, value: string): void
  append(...children: (PageElement | string)[]): void
  replaceChildren(...children: (PageElement | string)[]): void
  addEventListener(type: string, listener: (event: PageEvent) => void): void
  focus(): void
  scrollIntoView(options?: { block: 'start' | 'nearest' }): void
  getBoundingClientRect(): { top: number }
}

export type PageEvent = { key: string; preventDefault(): void }

export type PageDocument = {
  getElementById(id: string): PageElement | null
  createElement(name: string): PageElement
  activeElement: PageElement | null
  addEventListener(type: string, listener: (event: PageEvent) => void): void
  defaultView: {
    innerHeight: number
    addEventListener(type: string, listener: () => void, capture?: boolean): void
  } | null
}
