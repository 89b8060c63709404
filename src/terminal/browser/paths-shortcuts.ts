import type { ChartDocument, ChartElement } from './chart-dom.ts'
import type { PageKit } from './kit.ts'

/** Runs in the browser: the keys of the page as a whole, the help that names them, and what paper and another size of the window ask for. */
export function pathsShortcuts(
  document: ChartDocument,
  { part }: PageKit,
  told: { escape(): void; print(isPrinting: boolean): void; resized(): void },
): void {
  const [search, help] = [part('search'), part('help') as ChartElement]
  document.addEventListener('keydown', (event) => {
    if (help.open) return
    if (event.key === 'Escape') told.escape()
    if (document.activeElement === search) return
    if (event.key === '?') help.showModal()
    if (event.key !== '/') return
    event.preventDefault()
    search.focus()
  })
  part('keys').addEventListener('click', () => help.showModal())
  part('close').addEventListener('click', () => help.close())
  document.defaultView?.addEventListener('beforeprint', () => told.print(true))
  document.defaultView?.addEventListener('afterprint', () => told.print(false))
  document.defaultView?.addEventListener('resize', told.resized)
}
