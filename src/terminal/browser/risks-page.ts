import type { PageDocument, PageElement } from './dom.ts'
import type { pageKit } from './kit.ts'
import type { RiskRow, RisksData } from './risks-data.ts'
import type { risksList } from './risks-list.ts'

/** Runs in the browser: joins search, severities and table of the page that risks-html.ts makes. */
export function risksPage(
  document: PageDocument,
  data: RisksData,
  kitOf: typeof pageKit,
  listOf: typeof risksList,
): void {
  const kit = kitOf(document)
  const { part } = kit
  const [search, boxes, rules, count] = [part('search'), part('severities'), part('rules'), part('count')]
  const list = listOf(kit, data, part('table'), part('more'))

  function choice(text: string, total: number, into: PageElement, isOn = true): PageElement {
    const box = document.createElement('input')
    box.setAttribute('type', 'checkbox')
    box.checked = isOn
    box.addEventListener('change', update)
    const label = document.createElement('label')
    label.className = 'choice'
    label.append(box, ` ${text} (${total.toLocaleString('en')})`)
    into.append(label)
    return box
  }

  const wanted = data.severities.map((name, severity) =>
    choice(name, data.rows.filter((row) => row.severity === severity).length, boxes),
  )
  const excepted = data.rows.filter(({ mark }) => mark === 'excepted').length
  const withExcepted = excepted > 0 ? choice('excepted', excepted, boxes, false) : undefined

  const all = document.createElement('option')
  all.textContent = 'every rule'
  all.setAttribute('value', '')
  const counts = data.rules.map(() => 0)
  for (const { rule } of data.rows) counts[rule] = (counts[rule] ?? 0) + 1
  const options = data.rules
    .map((name, rule) => ({ name, rule }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, rule }) => {
      const option = document.createElement('option')
      option.textContent = `${name} (${(counts[rule] ?? 0).toLocaleString('en')})`
      option.setAttribute('value', String(rule))
      return option
    })
  rules.append(all, ...options)
  rules.addEventListener('change', update)

  // Made when words are first looked for: a large page has megabytes of text.
  let found: string[] | undefined
  function wordsOf(rows: RiskRow[]): string[] {
    const lower = data.texts.map((text) => text.toLowerCase())
    return rows.map(({ rule, who, scope, title, parts, mark }) =>
      [
        data.rules[rule],
        lower[who],
        lower[scope],
        lower[title],
        mark,
        ...parts.flatMap(([, lines]) => lines.map((line) => lower[line])),
      ].join('\n'),
    )
  }

  function update(): void {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean)
    if (words.length > 0) found ??= wordsOf(data.rows)
    const rows = data.rows.filter(({ severity, rule, mark }, index) => {
      if (wanted[severity]?.checked === false || (rules.value !== '' && Number(rules.value) !== rule)) return false
      if (mark === 'excepted' && withExcepted?.checked !== true) return false
      return words.every((word) => found?.[index]?.includes(word) === true)
    })
    count.textContent = `${rows.length.toLocaleString('en')} ${rows.length === 1 ? 'finding' : 'findings'}`
    list(rows)
  }

  let waiting: number | undefined
  search.addEventListener('input', () => {
    clearTimeout(waiting)
    waiting = setTimeout(update, 120) as unknown as number
  })
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && search.value !== '') {
      search.value = ''
      update()
      search.focus()
    }
    if (event.key === '/' && document.activeElement !== search) {
      event.preventDefault()
      search.focus()
    }
  })
  update()
}
