import type { PageElement } from './dom.ts'
import type { PageKit } from './kit.ts'
import type { PathsData } from './paths-data.ts'
import type { PathsWords } from './paths-words.ts'

/** Runs in the browser: the paths, each from whom to what and by which rules. Tab enters it once; arrows, Home and End move in it. */
export function pathsList(
  { element, button, growing }: PageKit,
  data: PathsData,
  words: PathsWords,
  parent: PageElement,
  more: PageElement,
  choose: (path: number) => void,
) {
  const grow = growing(more, 100)
  let [shown, chosen] = [[] as number[], undefined as number | undefined]
  let lines: PageElement[] = []

  function line(path: number): PageElement {
    const { from, target, hops } = data.paths[path] ?? { from: -1, target: -1, hops: [] }
    const its = hops.flatMap(({ hop }) => data.hops[hop] ?? [])
    const rules = its.map(({ step }) => words.text(data.rules[data.steps[step]?.rule ?? -1]?.id))
    const marks = [
      rules.join(' → '),
      hops.length === 1 ? '1 hop' : `${hops.length} hops`,
      ...(its.some(({ waits }) => waits) ? ['waits'] : []),
      ...(its.some(({ unsure }) => unsure) ? ['not sure'] : []),
      ...(its.some(({ isCut }) => isCut) ? ['✂ cut'] : []),
    ]
    const found = button('', () => choose(path), 'path')
    found.append(
      element(
        'span',
        'name',
        `${path + 1}. ${words.text(data.nodes[from]?.name)} → ${words.text(data.targets[target])}`,
      ),
      element('span', 'soft', marks.join(' · ')),
    )
    found.setAttribute('aria-pressed', String(path === chosen))
    found.tabIndex = -1
    const at = lines.push(found) - 1
    found.addEventListener('keydown', (event) => {
      const next: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }
      const to = Object.hasOwn(next, event.key) ? next[event.key] : undefined
      if (to === undefined) return
      event.preventDefault()
      grow.addUpTo(to + 1)
      enter(lines[to])?.focus()
    })
    return element('li', '', found)
  }

  /** Where Tab leads. */
  function enter(wanted: PageElement | undefined): PageElement | undefined {
    if (!wanted) return undefined
    for (const one of lines) one.tabIndex = -1
    wanted.tabIndex = 0
    return wanted
  }

  return {
    show(paths: number[]) {
      shown = paths
      lines = []
      parent.replaceChildren()
      grow.show(paths.length, (from, to) => parent.append(...paths.slice(from, to).map(line)))
      enter(lines[Math.max(0, paths.indexOf(chosen ?? -1))] ?? lines[0])
    },
    mark(path: number | undefined) {
      chosen = path
      const at = path === undefined ? -1 : shown.indexOf(path)
      grow.addUpTo(at + 1)
      for (const [index, one] of lines.entries()) one.setAttribute('aria-pressed', String(index === at))
      enter(lines[at])
    },
    /** For paper, which nobody scrolls. */
    addUpTo: grow.addUpTo,
  }
}
