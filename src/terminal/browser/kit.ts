import type { PageDocument, PageElement } from './dom.ts'

/** Runs in the browser: what pages make their parts with. */
export function pageKit(document: PageDocument) {
  function part(id: string): PageElement {
    const found = document.getElementById(id)
    if (!found) throw new Error(`the page has no ${id}`)
    return found
  }

  function element(name: string, className: string, ...children: (PageElement | string)[]): PageElement {
    const found = document.createElement(name)
    found.className = className
    found.append(...children)
    return found
  }

  function button(text: string, act: () => void, className = ''): PageElement {
    const found = element('button', className, text)
    found.setAttribute('type', 'button')
    found.addEventListener('click', act)
    return found
  }

  /** A long list, made a piece at a time: more of it as its end comes near, in the window or in a box of its own, or is asked for by the button there. */
  function growing(more: PageElement, step: number) {
    let [made, count] = [0, 0]
    let make: (from: number, to: number) => void = () => {}

    function add(): void {
      const end = Math.min(made + step, count)
      make(made, end)
      made = end
      more.hidden = made === count
      more.textContent = `Show more (${made.toLocaleString('en')} of ${count.toLocaleString('en')} shown)`
    }

    function addNearEnd(): void {
      const { innerHeight = 0 } = document.defaultView ?? {}
      if (!more.hidden && more.getBoundingClientRect().top < innerHeight * 2) add()
    }

    more.addEventListener('click', add)
    // A box's own scrolling is not heard of otherwise.
    document.defaultView?.addEventListener('scroll', addNearEnd, true)
    return {
      /** Begins anew. */
      show(total: number, making: (from: number, to: number) => void) {
        made = 0
        count = total
        make = making
        add()
      },
      addUpTo(wanted: number) {
        while (made < Math.min(wanted, count)) add()
      },
    }
  }

  return { part, element, button, growing }
}

export type PageKit = ReturnType<typeof pageKit>
