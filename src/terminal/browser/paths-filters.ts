import type { PageDocument } from './dom.ts'
import type { PageKit } from './kit.ts'
import type { PathsData } from './paths-data.ts'
import type { PathsWords } from './paths-words.ts'

/** Runs in the browser: the search field, and a box for each target where there are several. */
export function pathsFilters(
  document: PageDocument,
  { part, element }: PageKit,
  data: PathsData,
  words: PathsWords,
  changed: () => void,
) {
  const search = part('search')
  const boxes = data.targets.map((name, target) => {
    const box = document.createElement('input')
    box.setAttribute('type', 'checkbox')
    box.checked = true
    box.addEventListener('change', changed)
    const total = data.paths.filter((path) => path.target === target).length
    part('targets').append(element('label', 'choice', box, ` to ${words.text(name)} (${words.number(total)})`))
    return box
  })
  part('targets').hidden = boxes.length < 2

  let waiting: number | undefined
  search.addEventListener('input', () => {
    clearTimeout(waiting)
    waiting = setTimeout(changed, 120) as unknown as number
  })
  return {
    words: () => search.value.toLowerCase().split(/\s+/).filter(Boolean),
    targets: () => boxes.map((box) => box.checked),
    clear() {
      if (search.value === '') return
      search.value = ''
      changed()
      search.focus()
    },
  }
}
